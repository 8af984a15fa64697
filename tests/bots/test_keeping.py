"""Whose a bot may be, over the real database: one business's, whoever is first; and what a known one keeps."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import asyncpg
import pytest

from bots.keeping import AccountBook, Newcomer
from bots.telegram import refusals as telegram
from bots.troubles import classify_trouble
from bots.whatsapp import refusals as whatsapp
from core.ids import OPERATOR, AccountId, TenantId
from db.database import Database, open_pool
from db.engine.link import Link
from tenants.secrets import SANDBOX, Vault
from tests.support.databases import Urls

MINE, THEIRS = TenantId(2), TenantId(3)
VAULT = Vault(bytes(32))
BOT = Newcomer(
    channel="telegram", external_id="77", name="Oven", handle="oven_bot", delivery="polling",
    secrets={"token": "77:a"}, made={"webhook_secret": "first"},
)  # fmt: skip


@dataclass
class Shelf:
    book: AccountBook
    owner: asyncpg.Connection

    async def row(self) -> asyncpg.Record:
        found = await self.owner.fetchrow("SELECT * FROM channel_accounts WHERE external_id = '77'")
        assert found is not None
        return found


@pytest.fixture
async def shelf(urls: Urls, owner_connection: asyncpg.Connection) -> AsyncIterator[Shelf]:
    await owner_connection.execute(
        """INSERT INTO tenants (tenant_id, slug, name, language, time_zone, currency) OVERRIDING SYSTEM VALUE
           VALUES (2, 'bakery', 'Bakery', 'en', 'UTC', 'EUR'), (3, 'other', 'Other', 'en', 'UTC', 'EUR')"""
    )
    async with open_pool(urls.app, size=8) as pool, Link(urls.engine, "keeping") as link:
        yield Shelf(book=AccountBook(Database(pool), link, VAULT, sandbox=True), owner=owner_connection)


async def test_of_two_businesses_that_connect_a_bot_at_once_one_gets_it(shelf: Shelf) -> None:
    for _ in range(5):
        kept = await asyncio.gather(shelf.book.keep(MINE, BOT), shelf.book.keep(THEIRS, BOT))
        assert sorted(each.outcome for each in kept) == ["already_here", "connected"]
        assert await shelf.owner.fetchval("SELECT count(*) FROM channel_accounts") == 1
        await shelf.owner.execute("DELETE FROM channel_accounts")


async def test_a_known_bot_gets_its_new_token_runs_again_and_keeps_what_its_vendor_was_told(shelf: Shelf) -> None:
    first = await shelf.book.keep(MINE, replace(BOT, managed_by=AccountId(5)))
    assert (await shelf.book.keep(MINE, replace(BOT, made={"webhook_secret": "second"}))).outcome == "unchanged"
    await shelf.owner.execute(
        "UPDATE channel_accounts SET status = 'paused', trouble = 'revoked', trouble_code = 'token'"
    )
    before = await shelf.row()
    newer = replace(BOT, secrets={"token": "77:b"}, made={"webhook_secret": "second"})
    kept = await shelf.book.keep(MINE, newer)
    after = await shelf.row()
    assert (kept.outcome, kept.account_id, kept.path_id) == ("mended", first.account_id, first.path_id)
    assert (after["status"], after["trouble"], after["trouble_code"]) == ("active", "", "")
    assert after["version"] > before["version"] and after["managed_by"] == 5
    assert VAULT.open(MINE, after["secrets"]) == {"token": "77:b", "webhook_secret": "first", SANDBOX: "1"}
    assert "77:b" not in repr(kept) + repr(newer)


async def test_the_admin_bot_is_nobodys_and_the_operator_has_no_customers(shelf: Shelf) -> None:
    await shelf.owner.execute(
        """INSERT INTO channel_accounts (tenant_id, channel, role, external_id, path_id, delivery, secrets)
           VALUES (1, 'telegram', 'admin', '900', 'p', 'polling', $1)""",
        VAULT.seal(OPERATOR, {"token": "900:x"}),
    )
    assert (await shelf.book.keep(MINE, replace(BOT, external_id="900"))).outcome == "admin_bot"
    assert (await shelf.book.keep(OPERATOR, BOT)).outcome == "admin_bot"
    admin = await shelf.owner.fetchval("SELECT account_id FROM channel_accounts")
    assert await shelf.book.admin_token(admin) == "900:x"
    mine = await shelf.book.keep(MINE, BOT)
    assert mine.account_id is not None
    assert await shelf.book.admin_token(mine.account_id) is None  # a customers' bot manages nobody
    assert await shelf.book.find(THEIRS, mine.account_id) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (telegram.TOKEN, "token"),
        (str(telegram.Conflict("terminated by other getUpdates request")), "conflict"),
        (f"{whatsapp.REMEDIES[190]} (190)", "token"),
        (f"{whatsapp.TOKEN} (HTTP 401)", "token"),
        (f"{whatsapp.REMEDIES[131042]} (131042)", "vendor"),
        ("Channel account 7 does not run in this process. Is it paused?", None),
        ("This account lacks its token. Set it with `steward tenant`", None),
    ],
)
def test_troubles_are_told_apart_by_what_an_owner_can_do(text: str, code: str | None) -> None:
    assert classify_trouble(text) == code
