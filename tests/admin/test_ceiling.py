"""What the operator lets a business spend: held by the ledger, whatever limit its owner sets."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

from core.changes import AddToBudget, SetBudget
from core.desk_changes import ChangeBusiness
from core.ids import MemberId
from core.money import MICROS, Money
from core.spending import Attempt, Spending
from core.turns import TurnOutcome
from db.ledger import NewEntry, reserve_spend
from db.openings import save_ceiling
from tests.admin.desk_world import NOW, Seat, Tenant, World, texts


async def limited(world: World, units: int = 100) -> tuple[Tenant, Seat]:
    tenant = await world.open_tenant()
    async with world.database.tenant(tenant.id) as tx:
        await save_ceiling(tx, tenant.id, units * MICROS)
    return tenant, await tenant.join("Ana")


async def may_spend(world: World, tenant: Tenant, seat: Seat, units: int) -> bool:
    entry = NewEntry(
        entry_id=uuid4(),
        spending=Spending(
            tenant_id=tenant.id, stream_id=seat.desk, stream_kind="desk", seq=1, agent="desk", workflow="desk",
            channel=None, time_zone="Europe/Berlin", currency="EUR",
        ),
        attempt=Attempt(call_id=uuid4(), kind="chat", provider="p", model="m", deadline=timedelta(1)),
        amount=Money(micros=units * MICROS, currency="EUR"), certainty="exact", basis="", rate=Decimal(1),
        rate_date=NOW.date(), day=NOW.date(),
    )  # fmt: skip
    async with world.database.tenant(tenant.id) as tx:
        return (await reserve_spend(tx, tenant.id, entry, keep_free=Decimal(0))).refused_by is None


async def test_an_owner_cannot_go_beyond_it_and_is_told_whom_to_ask(world: World) -> None:
    _, ana = await limited(world)
    outcome = await ana.write("/budget 80")
    assert [each.limit.micros for each in outcome.changes if isinstance(each, SetBudget)] == [80 * MICROS]
    refused = await ana.write("/budget 101")
    assert not [each for each in refused.changes if isinstance(each, SetBudget)]
    assert "€100.00" in texts(refused)[0]
    assert [each for each in (await ana.write("/budget day 300")).changes if isinstance(each, SetBudget)]


async def test_the_ledger_holds_it_whatever_the_limit_says(world: World) -> None:
    tenant, ana = await limited(world)
    assert await may_spend(world, tenant, ana, 60), "no limit of its own"
    member = MemberId(1)
    over = SetBudget(limit=Money(micros=5_000 * MICROS, currency="EUR"), member_id=member)
    more = AddToBudget(amount=Money(micros=5_000 * MICROS, currency="EUR"), member_id=member)
    assert await ana.finish(TurnOutcome(changes=(over, more)))
    assert not await may_spend(world, tenant, ana, 41)
    assert await may_spend(world, tenant, ana, 40)
    assert not await may_spend(world, tenant, ana, 1)


async def test_another_currency_moves_it_by_its_worth(world: World) -> None:
    _, ana = await limited(world)
    outcome = await ana.tap("new:cur:JPY")
    moved = [each.spend_ceiling_micros for each in outcome.changes if isinstance(each, ChangeBusiness)]
    assert moved == [15_000 * MICROS]
