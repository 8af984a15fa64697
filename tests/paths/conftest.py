from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from db.embedded import Services
from tests.support.databases import Urls
from tests.support.product import Product, running_product


@pytest.fixture
async def product(urls: Urls, services: Services, tmp_path: Path) -> AsyncIterator[Product]:
    async with running_product(urls, services, tmp_path, limits=False) as running:
        yield running
