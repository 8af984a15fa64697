"""aiogram with its models built late: each of them works, and the import stays small."""

import subprocess
import sys

BUILD = """
from bots.telegram.vendor import Bot, methods, types
from pydantic import BaseModel
models = [each for space in (types, methods) for name in space.__all__
          if isinstance(each := getattr(space, name), type) and issubclass(each, BaseModel)]
assert len(models) > 400, len(models)
for model in models:
    if "{" not in repr(model) and not getattr(model, "__abstractmethods__", None):
        assert model.model_rebuild() is not False and model.__pydantic_complete__, model
update = types.Update.model_validate({"update_id": 1, "message": {"message_id": 1, "date": 1, "text": "x",
    "chat": {"id": 1, "type": "private"}, "from": {"id": 1, "is_bot": False, "first_name": "A"}}})
assert update.message.from_user.full_name == "A" and update.event_type == "message"
"""
WEIGH = """
def weigh():
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmRSS")).split()[1]) / 1024
import aiohttp.web, orjson, pydantic, structlog
before = weigh()
import bots.telegram.edge
print(weigh() - before)
"""


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_every_model_of_aiogram_can_still_be_built() -> None:
    run(BUILD)


def test_the_edge_costs_less_than_sixty_megabytes() -> None:
    assert float(run(WEIGH)) < 60
