"""Money that a business has spent, written as the ledger writes it."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

from core.ids import StreamId, TenantId
from core.money import MICROS, Money
from core.spending import Attempt, Spending
from db.database import Database
from db.ledger import Closing, NewEntry, reserve_spend, settle_spend


async def spend(
    database: Database,
    tenant: TenantId,
    amount: float,
    day: date,
    *,
    agent: str = "general",
    model: str = "small",
    channel: str | None = "telegram",
    currency: str = "EUR",
    settled: bool = True,
) -> None:
    entry, micros = uuid4(), round(amount * MICROS)
    spending = Spending(
        tenant_id=tenant, stream_id=StreamId(uuid4()), stream_kind="conversation", seq=1, agent=agent,
        workflow="conversation", channel=channel, time_zone="Europe/Berlin", currency=currency,  # type: ignore[arg-type]
    )  # fmt: skip
    attempt = Attempt(call_id=entry, kind="chat", provider="groq", model=model, deadline=timedelta(minutes=1))
    new = NewEntry(
        entry_id=entry, spending=spending, attempt=attempt, amount=Money(micros=micros, currency=currency),
        certainty="exact", basis="", rate=Decimal(1), rate_date=day, day=day,
    )  # fmt: skip
    async with database.tenant(tenant) as tx:
        await reserve_spend(tx, tenant, new, keep_free=Decimal(0))
        if settled:
            await settle_spend(tx, tenant, entry, Closing(cost_micros=micros, certainty="exact", basis=""))
