"""WhatsApp's fee of one message: counted, reserved, settled; given back when the message did not go."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from core.channels import Account
from core.errors import LimitReached
from core.ids import AccountId, StreamId, TenantId
from core.messages import OutMessage, React, SendTemplate, SendText
from core.turns import TenantProfile
from db.database import Database, Transaction
from routing.fees import FeeHold, WhatsAppFees
from routing.ledger import Ledger
from tests.support.clocks import HandClock

TENANT = TenantId(2)
NUMBER = Account(
    account_id=AccountId(7), tenant_id=TENANT, channel="whatsapp", role="customer", external_id="1", path_id="p",
    delivery="webhook",
)  # fmt: skip
SPANISH, HIDDEN = "34600111222", "US.13491208655302741918"
HELLO = SendText(text="Hello")
LATE = SendTemplate(name="late", language="en", text="Late")


class Till:
    def __init__(self, database: Database, owner: Transaction) -> None:
        self.owner = owner
        clock = HandClock(datetime(2026, 11, 27, 12, tzinfo=UTC))
        self.fees = WhatsAppFees(database, Ledger(database, clock, pause=clock.sleep), self._profile, clock)

    async def _profile(self, tenant: TenantId) -> TenantProfile:
        return TenantProfile(
            tenant_id=tenant, slug="t", name="T", language="en", time_zone="UTC", currency="USD", persona=""
        )

    async def reserve(self, message: OutMessage = HELLO, chat: str = SPANISH) -> FeeHold | None:
        return await self.fees.reserve(NUMBER, StreamId(UUID(int=5)), 1, chat, message)

    async def use_up_the_free_ones(self) -> None:
        await self.owner.execute(
            "INSERT INTO whatsapp_messages VALUES (2, 7, '2026-11-01', 'service', 1000) "
            "ON CONFLICT (tenant_id, account_id, month, category) DO UPDATE SET sent = 1000"
        )

    async def sent(self, category: str = "service") -> int:
        return await self.owner.fetchval("SELECT sent FROM whatsapp_messages WHERE category = $1", category)

    async def rows(self) -> list[tuple[str, int]]:
        return [tuple(row) for row in await self.owner.fetch("SELECT status, cost_micros FROM ledger")]


@pytest.fixture
async def till(database: Database, owner_connection: Transaction) -> Till:
    return Till(database, owner_connection)


async def test_the_free_ones_are_counted_and_cost_nothing(till: Till) -> None:
    held = await till.reserve()
    assert held is not None and held.hold is None
    await till.fees.close(held, billed=True)
    assert await till.sent() == 1 and await till.rows() == []


async def test_then_each_costs_what_its_market_asks(till: Till) -> None:
    await till.use_up_the_free_ones()
    held = await till.reserve()
    assert held is not None
    await till.fees.close(held, billed=True)
    assert await till.rows() == [("settled", 20_000)]
    assert await till.sent() == 1001


async def test_a_hidden_number_costs_the_dearest_and_templates_are_never_free(till: Till) -> None:
    held = await till.reserve(LATE, HIDDEN)
    assert held is not None and held.cost.usd_micros >= 50_000
    assert await till.sent("utility") == 1


async def test_what_did_not_go_is_given_back(till: Till) -> None:
    await till.use_up_the_free_ones()
    held = await till.reserve()
    assert held is not None
    await till.fees.close(held, billed=False)
    assert await till.rows() == [("released", 0)]
    assert await till.sent() == 1000


async def test_what_no_budget_allows_is_not_counted_either(till: Till) -> None:
    await till.use_up_the_free_ones()
    await till.owner.execute(
        "INSERT INTO budgets (tenant_id, scope, limit_micros, currency, set_by) VALUES (2, 'month', 100, 'USD', 1)"
    )
    with pytest.raises(LimitReached):
        await till.reserve()
    assert await till.sent() == 1000
    assert await till.rows() == [("refused", 0)]


async def test_reactions_are_not_messages(till: Till) -> None:
    assert await till.reserve(React(message_id="m", emoji="👍")) is None
    assert await till.owner.fetchval("SELECT count(*) FROM whatsapp_messages") == 0
