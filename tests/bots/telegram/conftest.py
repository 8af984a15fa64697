from collections.abc import AsyncIterator

import pytest

from tests.bots.telegram.harness import ADMIN_TOKEN, Steward, steward
from tests.sandbox.outside import Sandbox, running


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with running(None, limits=False) as one:
        await one.put_bot()
        await one.put_bot(ADMIN_TOKEN, "desk_bot", role="admin")
        yield one


@pytest.fixture
async def edge(sandbox: Sandbox) -> AsyncIterator[Steward]:
    async with steward(sandbox) as one:
        yield one
