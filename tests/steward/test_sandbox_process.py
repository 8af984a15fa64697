"""The sandbox's process outlives every Steward but the last one that uses it."""

import socket
from pathlib import Path

from steward.sandbox import open_sandbox
from steward.settings import Settings


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


async def test_a_second_steward_that_gives_up_leaves_the_first_ones_sandbox_alone(tmp_path: Path) -> None:
    settings = Settings(state=tmp_path, sandbox_port=_free_port())
    async with open_sandbox(settings) as first:
        async with open_sandbox(settings) as second:
            assert await second.answers()
        assert await first.answers()
        assert (tmp_path / "sandbox.pid").exists()
    assert not (tmp_path / "sandbox.pid").exists()
