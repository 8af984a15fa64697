from collections.abc import AsyncIterator

import pytest

from tests.hostile.business import running_business
from tests.hostile.world import World, open_world
from tests.support.databases import Urls


@pytest.fixture
async def world(urls: Urls) -> AsyncIterator[World]:
    async with running_business() as business, open_world(urls, business) as opened:
        yield opened
