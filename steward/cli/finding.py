"""The tenant that a command names."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from core.errors import Misconfigured
from core.ids import OPERATOR, TenantId
from db.engine.link import Link
from steward.data import Data, open_data
from steward.settings import Settings
from steward.setup import Setup


@asynccontextmanager
async def open_setup(settings: Settings) -> AsyncGenerator[tuple[Data, Link, Setup]]:
    async with open_data(settings) as data, Link(data.engine_url, "setup") as link:
        yield data, link, Setup(data.database, link, data.vault)


async def find_tenant(setup: Setup, slug: str) -> TenantId:
    """“operator” is the installation's own. Raises Misconfigured for a slug that nobody has."""
    if slug == "operator":
        return OPERATOR
    tenant = await setup.find(slug)
    if tenant is None:
        raise Misconfigured(f"There is no tenant “{slug}”. `python -m steward tenant list` shows them all.")
    return tenant
