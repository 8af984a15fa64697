"""One migrated database for the room's tests; each test opens tenants of its own in it."""

from collections.abc import AsyncIterator
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from db.database import APP_ROLE, ENGINE_ROLE, Database, open_pool, url_for_role
from db.embedded import Services
from db.engine.link import Link
from db.migrations import migrate
from tests.admin.desk_world import World

# The embedded server trusts its own sockets, so any password will do.
_PASSWORD = "00"


@pytest.fixture(scope="session")
async def world(services: Services) -> AsyncIterator[World]:
    server = await asyncpg.connect(services.database_url)
    await server.execute("CREATE DATABASE desk_tests")
    await server.close()
    url = urlunsplit(urlsplit(services.database_url)._replace(path="/desk_tests"))
    await migrate(url, {APP_ROLE: _PASSWORD, ENGINE_ROLE: _PASSWORD})
    superuser = await asyncpg.connect(url)
    async with (
        open_pool(url_for_role(url, APP_ROLE, _PASSWORD), size=4) as app,
        open_pool(url_for_role(url, ENGINE_ROLE, _PASSWORD), size=2) as engine,
        Link(url_for_role(url, ENGINE_ROLE, _PASSWORD), "desk tests") as link,
    ):
        yield World(database=Database(app), engine=engine, link=link, superuser=superuser)
    await superuser.close()
