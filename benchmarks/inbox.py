"""The inbox with 1,000 and 10,000 pending cards, beside a floor in the same run.

The floor reads six approvals by their keys, in the same kind of transaction: what is on a page, and nothing else. A
page in the middle is what *More* shows after hundreds of pages. A turn is the whole `/inbox`: the page, the counts,
what is alike, the texts.
"""

import statistics
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

import asyncpg

from admin.desk import handle_desk
from benchmarks.ground import MILLI, percentile, print_table, print_verdict, stand
from core.clock import SystemClock
from core.events import MessageReceived, RecordedEvent, Sender
from core.ids import AccountId, StreamId, TenantId
from core.models import ModelReply, ModelRequest
from core.office import Office
from core.office.inbox import Waiting
from core.turns import TenantProfile, TurnInput, TurnTools
from db.database import APP_ROLE, ENGINE_ROLE, Database, open_pool, url_for_role
from db.engine.link import Link
from db.migrations import migrate
from db.office import open_office
from db.reader import TenantReader

_PASSWORD = "00"
_ADMIN, _CHAT, _DESK = AccountId(900), "ana", StreamId(UUID(int=7))
_SIZES = (10, 1_000, 10_000)
_SHOWN = 6
_FILL = """
INSERT INTO approvals (tenant_id, approval_id, stream_id, kind, question, reason, contact_name, channel, created_at,
                       action, action_hash, expires_at)
SELECT $1, 'card' || lpad(n::text, 9, '0'), gen_random_uuid(), CASE WHEN n % 5 = 0 THEN 'action' ELSE 'escalation' END,
       'Do you bake cakes without nuts, eggs and milk, and for how many people? ' || n,
       CASE WHEN n % 7 = 0 THEN 'upset' ELSE 'not_in_knowledge' END, 'Person ' || n, 'telegram',
       now() - n * interval '1 second',
       CASE WHEN n % 5 = 0 THEN json_build_object(
           'action', json_build_object('name', 'create_ticket', 'arguments', json_build_object('title', 'T')),
           'action_hash', 'h', 'expires_at', now() + interval '1 day', 'approver', 'manager') END,
       CASE WHEN n % 5 = 0 THEN 'h' END, CASE WHEN n % 5 = 0 THEN now() + interval '1 day' END
  FROM generate_series(1, $2) AS n
"""
_FLOOR = """
SELECT approval_id, kind, question, reason, contact_name, channel, created_at, action
  FROM approvals WHERE tenant_id = $1 AND approval_id = ANY ($2::text[])
"""


class NoModels:
    available = False
    prices: Literal["exact", "estimated", "free"] = "exact"

    async def reply(self, request: ModelRequest) -> ModelReply:
        raise AssertionError(f"{request.agent} asks a model")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """A business with so many pending cards, and its owner's desk."""

    cards: int
    profile: TenantProfile
    office: Office
    reader: TenantReader
    database: Database
    middle: Waiting

    async def floor(self) -> None:
        keys = [f"card{n:09}" for n in range(1, _SHOWN + 1)]
        async with self.database.tenant(self.profile.tenant_id, readonly=True) as tx:
            await tx.fetch(_FLOOR, self.profile.tenant_id, keys)

    async def first_page(self) -> None:
        await self.office.inbox.page(datetime.now(UTC), None, _SHOWN)

    async def middle_page(self) -> None:
        await self.office.inbox.page(datetime.now(UTC), None, _SHOWN, after=self.middle.place)

    async def counts(self) -> None:
        await self.office.inbox.counts(datetime.now(UTC))

    async def turn(self) -> None:
        now = datetime.now(UTC)
        message = MessageReceived(message_id="m", sender=Sender(external_id=_CHAT), at=now, text="/inbox")
        turn = TurnInput(
            tenant=self.profile, stream_id=_DESK, stream_kind="desk", account_id=_ADMIN, channel="telegram",
            chat=_CHAT, mode="bot", state={}, window_open=True,
            events=(RecordedEvent(seq=1, recorded_at=now, event=message),),
        )  # fmt: skip
        outcome = await handle_desk(
            turn, TurnTools(models=NoModels(), reader=self.reader, clock=SystemClock(), office=self.office)
        )
        assert outcome.messages, "the inbox says something"


async def open_shop(owner: asyncpg.Connection, database: Database, link: Link, cards: int) -> Shop:
    tenant = TenantId(
        await owner.fetchval(
            "INSERT INTO tenants (slug, name, language, time_zone, currency) "
            "VALUES ($1, 'Bakery', 'en', 'Europe/Berlin', 'EUR') RETURNING tenant_id",
            f"bakery-{cards}",
        )
    )
    await owner.execute(
        "INSERT INTO members (tenant_id, name, role, account_id, chat, language, desk) "
        "VALUES ($1, 'Ana', 'owner', $2, $3, 'en', $4)",
        tenant, _ADMIN, _CHAT, _DESK,
    )  # fmt: skip
    await owner.execute(_FILL, tenant, cards)
    await owner.execute("VACUUM ANALYZE approvals")
    profile = TenantProfile(
        tenant_id=tenant, slug=f"bakery-{cards}", name="Bakery", language="en", time_zone="Europe/Berlin",
        currency="EUR", persona="",
    )  # fmt: skip
    office = open_office(database, link, tenant)
    middle = (await office.inbox.page(datetime.now(UTC), "question", cards))[cards // 3]
    return Shop(
        cards=cards, profile=profile, office=office, reader=TenantReader(database, tenant), database=database,
        middle=middle,
    )  # fmt: skip


async def measure(run: Callable[[], Awaitable[None]], times: int) -> tuple[float, float]:
    """Median and 95th percentile, in milliseconds."""
    for _ in range(20):
        await run()
    spent: list[float] = []
    for _ in range(times):
        started = time.perf_counter()
        await run()
        spent.append((time.perf_counter() - started) * MILLI)
    return statistics.median(spent), percentile(spent, 0.95)


async def run(*, short: bool) -> bool:
    times = 100 if short else 400
    async with stand() as ground, AsyncExitStack() as stack:
        await migrate(ground.database_url, {APP_ROLE: _PASSWORD, ENGINE_ROLE: _PASSWORD})
        owner = await asyncpg.connect(ground.database_url)
        stack.push_async_callback(owner.close)
        app = await stack.enter_async_context(open_pool(url_for_role(ground.database_url, APP_ROLE, _PASSWORD), size=2))
        link = await stack.enter_async_context(
            Link(url_for_role(ground.database_url, ENGINE_ROLE, _PASSWORD), "inbox benchmark")
        )
        shops = [await open_shop(owner, Database(app), link, cards) for cards in _SIZES]
        found: dict[tuple[str, int], tuple[float, float]] = {}
        steps = ("floor", "first_page", "middle_page", "counts", "turn")
        for shop in shops:
            for name in steps:
                found[name, shop.cards] = await measure(getattr(shop, name), times)
    print_table(
        "The inbox, ms: median (95 %), and times the floor",
        ("pending", *(name.replace("_", " ") for name in steps)),
        [(f"{cards:,}", *(_write(found, name, cards) for name in steps)) for cards in _SIZES],
    )
    most = _SIZES[-1]
    return all(
        [
            print_verdict("first page of 10,000, times the floor", _ratio(found, "first_page", most), 4.0),
            print_verdict("a page in the middle of 10,000, times the floor", _ratio(found, "middle_page", most), 4.0),
            print_verdict("first page of 10,000, times that of 10", _growth(found, "first_page"), 1.5),
            print_verdict("the whole /inbox with 10,000, times that with 10", _growth(found, "turn"), 2.0),
        ]
    )


def _write(found: dict[tuple[str, int], tuple[float, float]], name: str, cards: int) -> str:
    median, tail = found[name, cards]
    return f"{median:.2f} ({tail:.2f}) x{_ratio(found, name, cards):.1f}"


def _ratio(found: dict[tuple[str, int], tuple[float, float]], name: str, cards: int) -> float:
    return found[name, cards][0] / found["floor", cards][0]


def _growth(found: dict[tuple[str, int], tuple[float, float]], name: str) -> float:
    return found[name, _SIZES[-1]][0] / found[name, _SIZES[0]][0]
