"""The sandbox's process outlives every Steward but the last one that uses it."""

from pathlib import Path

from steward.sandbox import open_sandbox
from steward.settings import Settings
from tests.support.product import free_port


async def test_a_second_steward_that_gives_up_leaves_the_first_ones_sandbox_alone(tmp_path: Path) -> None:
    settings = Settings(state=tmp_path, sandbox_port=free_port())
    async with open_sandbox(settings) as first:
        async with open_sandbox(settings) as second:
            assert await second.answers()
        assert await first.answers()
        assert (tmp_path / "sandbox.pid").exists()
    assert not (tmp_path / "sandbox.pid").exists()
