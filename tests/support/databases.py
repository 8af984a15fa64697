"""A fresh, migrated database for each test that asks for one: a copy of a template made once."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import count
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from db.cache import Redis, open_redis
from db.database import APP_ROLE, ENGINE_ROLE, Database, open_pool, url_for_role
from db.embedded import Services
from db.migrations import migrate

PASSWORDS = {APP_ROLE: "aa", ENGINE_ROLE: "bb"}
_numbers = count()


@dataclass(frozen=True, slots=True, kw_only=True)
class Urls:
    owner: str
    app: str
    engine: str


def _named(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


@pytest.fixture(scope="session")
async def template(services: Services) -> str:
    connection = await asyncpg.connect(services.database_url)
    await connection.execute("CREATE DATABASE steward_template")
    await connection.close()
    await migrate(_named(services.database_url, "steward_template"), PASSWORDS)
    return "steward_template"


@pytest.fixture
async def urls(services: Services, template: str) -> AsyncIterator[Urls]:
    name = f"test_{next(_numbers)}"
    connection = await asyncpg.connect(services.database_url)
    await connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    owner = _named(services.database_url, name)
    yield Urls(
        owner=owner,
        app=url_for_role(owner, APP_ROLE, PASSWORDS[APP_ROLE]),
        engine=url_for_role(owner, ENGINE_ROLE, PASSWORDS[ENGINE_ROLE]),
    )
    await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await connection.close()


@pytest.fixture
async def owner_connection(urls: Urls) -> AsyncIterator[asyncpg.Connection]:
    """As the schema's owner and superuser: sees everything, for looking at what was written."""
    connection = await asyncpg.connect(urls.owner)
    yield connection
    await connection.close()


@pytest.fixture
async def database(urls: Urls) -> AsyncIterator[Database]:
    async with open_pool(urls.app, size=5) as pool:
        yield Database(pool)


@pytest.fixture
async def redis(services: Services) -> AsyncIterator[Redis]:
    """The run's Redis, emptied."""
    async with open_redis(services.redis_url) as client:
        await client.flushall()
        yield client
