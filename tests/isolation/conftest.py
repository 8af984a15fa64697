"""A world of two tenants, and the app's database that may see one at a time."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import asyncpg
import pytest

from db.database import Database, open_pool
from tests.isolation.two_tenants import MARK, A, B, Belongings, furnish
from tests.support.databases import Urls


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    database: Database
    owner: asyncpg.Connection
    a: Belongings
    b: Belongings


@pytest.fixture
async def world(urls: Urls, owner_connection: asyncpg.Connection) -> AsyncIterator[World]:
    a = await furnish(owner_connection, A, "of-a")
    b = await furnish(owner_connection, B, MARK)
    async with open_pool(urls.app, size=2) as pool:
        yield World(database=Database(pool), owner=owner_connection, a=a, b=b)
