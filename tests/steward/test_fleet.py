"""The fleet over the real directory: an account that cannot be started keeps no other from running."""

from collections.abc import Mapping

import asyncpg
import pytest

from core.channels import Account
from core.errors import Misconfigured
from core.ids import AccountId, TenantId
from db.engine.leadership import Leadership
from db.engine.link import Link
from steward.fleet import Fleet
from tenants.directory import TenantDirectory
from tenants.secrets import Vault
from tests.support.databases import Urls

TENANT = TenantId(2)


class Edge:
    """Starts every account but one."""

    def __init__(self, bad: str, error: Exception) -> None:
        self._bad, self._error = bad, error

    async def start(self, account: Account, credentials: Mapping[str, str]) -> None:
        if account.external_id == self._bad:
            raise self._error

    async def replace(self, account: Account, credentials: Mapping[str, str]) -> None: ...
    async def stop(self, account_id: AccountId) -> None: ...
    async def set_webhook(self, account: Account, public_url: str) -> None: ...


@pytest.mark.parametrize("error", [Misconfigured("bad"), KeyError("app_secret"), ValueError("no token")], ids=repr)
async def test_an_account_that_cannot_be_started_keeps_no_other_from_running(
    urls: Urls, owner_connection: asyncpg.Connection, error: Exception
) -> None:
    vault = Vault(b"\x00" * 32)
    await owner_connection.execute(
        "INSERT INTO tenants (tenant_id, slug, name, language, time_zone, currency) "
        "VALUES ($1, 'bakery', 'Bakery', 'en', 'UTC', 'EUR')",
        TENANT,
    )
    for external_id in ("1", "2", "3"):
        await owner_connection.execute(
            "INSERT INTO channel_accounts (tenant_id, channel, role, external_id, name, path_id, delivery, secrets) "
            "VALUES ($1, 'telegram', 'customer', $2, $2, $2, 'polling', $3)",
            TENANT, external_id, vault.seal(TENANT, {"token": "x"}),
        )  # fmt: skip
    async with Link(urls.engine, "fleet") as link, Link(urls.engine, "leader") as leader:
        directory = TenantDirectory(link)
        fleet = Fleet(
            edges={"telegram": Edge("2", error)}, directory=directory, vault=vault,
            leadership=Leadership(leader, "fleet"), sandbox=False, listens=False, public_url="",
        )  # fmt: skip
        await fleet.sync()
        running = [directory.account(each) for each in fleet.running()]
        assert [each.external_id for each in running if each] == ["1", "3"]
        await fleet.stop()
