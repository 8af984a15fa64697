"""Many businesses in one process: memory, readiness, and whether a loud one makes the others wait.

1,000 tenants with a Telegram bot and 1,000 with a WhatsApp number, each with the bakery's knowledge. Ready is when the
HTTP port answers, counted from the end of the imports. The loud tenant gets 100 times the messages of each other one.
"""

import statistics
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.ground import MILLI, Ground, percentile, print_table, print_verdict, stand
from benchmarks.installation import ROOT, add_telegram, open_setup, run_steward
from benchmarks.outside import Bot, Load, Outside
from core.turns import TenantProfile
from db.knowledge import replace_passages
from db.tenants import new_tenant_id, save_tenant
from memory.passages import split_markdown
from steward.setup import Setup
from tenants.files import read_knowledge

QUIET, TIMES_LOUDER = 20, 100
_IMPORTS = "import time; t = time.perf_counter(); import steward.cli.main; print(time.perf_counter() - t)"


async def add_tenants(setup: Setup, count: int) -> tuple[list[str], int]:
    """`count` on each channel; the paths of the Telegram webhooks."""
    passages = [p for name, text in read_knowledge(ROOT / "demo/bakery") for p in split_markdown(text, name)]
    paths: list[str] = []
    for number in range(2 * count):
        async with setup.link.use() as tx:
            tenant = await new_tenant_id(tx)
        profile = TenantProfile(
            tenant_id=tenant, slug=f"shop-{number}", name=f"Shop {number}", language="en", time_zone="UTC",
            currency="EUR", persona="",
        )  # fmt: skip
        async with setup.database.tenant(tenant) as tx:
            await save_tenant(tx, profile)
            await replace_passages(tx, tenant, passages)
        if number < count:
            paths.append(await add_telegram(setup, tenant, number))
        else:
            await setup.connect(
                tenant, channel="whatsapp", role="customer", external_id=str(900_000 + number), name=f"Shop {number}",
                delivery="webhook", credentials={"token": "x", "app_secret": "y", "verify_token": "z"},
            )  # fmt: skip
    return paths, len(passages)


def import_seconds() -> float:
    runs = [
        float(subprocess.run([sys.executable, "-c", _IMPORTS], cwd=ROOT, capture_output=True, check=True).stdout)
        for _ in range(3)
    ]
    return statistics.median(runs)


async def hear(outside: Outside, port: int, bots: list[Bot], messages: int, rate: float) -> list[float]:
    """Reply times of the quiet tenants, in seconds."""
    times = await outside.drive(Load(port=port, bots=bots, messages=messages, rate=rate, together=64))
    return [reply for reply, at in zip(times.replies, times.bots, strict=True) if at < QUIET]


async def compare_loudness(outside: Outside, port: int, paths: list[str], seconds: int) -> tuple[float, float]:
    """The quiet tenants' p99 without and with the loud one, in milliseconds; the middle one of three."""
    quiet = [Bot(path=path, first_chat=5_000_000 + 100 * n, chats=20) for n, path in enumerate(paths[:QUIET])]
    loud = [Bot(path=paths[QUIET], first_chat=6_000_000 + 100 * n, chats=20) for n in range(TIMES_LOUDER)]
    for bots in (quiet, loud):  # everybody's first message writes down who it is
        await outside.drive(Load(port=port, bots=bots, messages=20 * len(bots), together=64))
    alone: list[float] = []
    beside: list[float] = []
    for _ in range(3):
        calm = await hear(outside, port, quiet, QUIET * seconds, QUIET)
        both = QUIET + TIMES_LOUDER
        busy = await hear(outside, port, quiet + loud, both * seconds, both)
        alone.append(percentile(calm, 0.99) * MILLI)
        beside.append(percentile(busy, 0.99) * MILLI)
    return statistics.median(alone), statistics.median(beside)


async def measure(ground: Ground, state: Path, outside: Outside, count: int, seconds: int) -> bool:
    async with open_setup(ground, state) as setup:
        paths, passages = await add_tenants(setup, count)
    imports = import_seconds()
    vendors = {"STEWARD_TELEGRAM_URL": outside.url, "STEWARD_WHATSAPP_URL": f"{outside.url}/v26.0"}
    began = time.perf_counter()
    async with run_steward(ground, state, vendors) as steward:
        ready = time.perf_counter() - began - imports
        idle = steward.memory_mb()
        bots = [Bot(path=path, first_chat=1_000_000 + n, chats=1) for n, path in enumerate(paths)]
        await outside.drive(Load(port=steward.port, bots=bots, messages=len(bots), together=64))
        used = steward.memory_mb()
        calm, busy = await compare_loudness(outside, steward.port, paths, seconds)
    print_table(
        f"{count} Telegram and {count} WhatsApp tenants with {passages} passages each, in one process",
        ("", "figure"),
        [
            ("imports, s", f"{imports:.2f}"), ("ready after imports, s", f"{ready:.2f}"), ("idle, MB", f"{idle:.0f}"),
            ("after a message to each bot, MB", f"{used:.0f}"),
            (f"p99 of {QUIET} quiet tenants, ms", f"{calm:.1f}"),
            (f"the same beside one {TIMES_LOUDER} times as loud, ms", f"{busy:.1f}"),
        ],
    )  # fmt: skip
    met = [
        print_verdict("memory after use", used, 350, " MB"),
        print_verdict("ready after imports", ready, 2, " s"),
        print_verdict("the others' p99 beside a loud one, times without", busy / calm, 2),
    ]
    return all(met)


async def run(*, short: bool) -> bool:
    async with stand() as ground:
        with Outside() as outside:
            return await measure(ground, ground.state / "steward", outside, 100 if short else 1000, 5 if short else 15)
