"""Reserve, settle, release, expire: what the counters, the rows and the owner's alerts say after each."""

import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import asyncpg
import pytest

from admin.amounts import HIGHEST_BUDGET
from core.errors import LimitReached, Misconfigured
from core.ids import StreamId
from core.models import TokenUsage
from core.spending import Cost, PaidUsage
from db.database import Database
from routing.ledger import Ledger
from tests.routing.conftest import STREAM, TENANT, Books, attempt, spending, usd

USED = PaidUsage(tokens=TokenUsage(input_tokens=100, cached_read_tokens=40, output_tokens=7))
DAY, MONTH = ("day", "2026-11-27"), ("month", "2026-11")
AGENT, TALK = ("agent", "billing:2026-11"), ("conversation", f"{STREAM}:2026-11-27")


async def test_a_settled_call_moves_every_counter_of_its_own_and_no_other(books: Books) -> None:
    hold = await books.ledger.reserve(spending(), attempt(), usd(500))
    assert await books.counters() == dict.fromkeys((AGENT, TALK, DAY, MONTH), (500, 0))
    assert hold.fullest == 0  # nothing is limited
    await books.ledger.settle(hold, usd(120), USED, model="gpt-4.1-mini-2025")
    assert await books.counters() == dict.fromkeys((AGENT, TALK, DAY, MONTH), (0, 120))
    row = await books.owner.fetchrow("SELECT * FROM ledger")
    assert (row["status"], row["cost_micros"], row["reserved_micros"]) == ("settled", 120, 500)
    assert (row["input_tokens"], row["cached_read_tokens"], row["output_tokens"]) == (100, 40, 7)
    assert (row["model"], row["seq"], row["price_certainty"]) == ("gpt-4.1-mini-2025", 1, "exact")
    assert row["decision"] == '{"why":"cheapest"}'


async def test_a_case_has_a_counter_for_its_whole_life(books: Books) -> None:
    await books.ledger.reserve(spending(kind="case"), attempt(), usd(500))
    assert ("case", str(STREAM)) in await books.counters()


@pytest.mark.parametrize("scope", ["day", "month", "conversation", "agent"])
async def test_each_limit_refuses_by_itself_and_says_which(books: Books, scope: str) -> None:
    await books.limit(scope, 1000)
    await books.ledger.reserve(spending(), attempt(), usd(600))
    with pytest.raises(LimitReached) as caught:
        await books.ledger.reserve(spending(), attempt(), usd(401))
    assert caught.value.scope == scope
    assert (caught.value.limit.micros, caught.value.used.micros, caught.value.wanted.micros) == (1000, 600, 401)
    assert await books.statuses() == ["reserved", "refused"]
    assert set((await books.counters()).values()) == {(600, 0)}
    await books.ledger.reserve(spending(), attempt(), usd(400))


async def test_a_refusal_is_one_sentence_with_figures_that_are_not_rounded_away(books: Books) -> None:
    await books.limit("day", 20_000_000)
    await books.ledger.reserve(spending(), attempt(), usd(19_999_700))
    with pytest.raises(LimitReached) as caught:
        await books.ledger.reserve(spending(), attempt(), usd(400))
    assert str(caught.value) == (
        "The day's budget of 20.00 USD does not allow this call: 19.9997 USD are spent or reserved, and the call may "
        "cost 0.0004 USD"
    )


async def test_an_agent_may_have_a_limit_of_its_own(books: Books) -> None:
    await books.limit("agent", 1000)
    await books.limit("agent", 50, name="billing")
    with pytest.raises(LimitReached):
        await books.ledger.reserve(spending(), attempt(), usd(51))
    await books.ledger.reserve(spending(agent="general"), attempt(), usd(1000))


async def test_what_is_free_passes_at_the_limit_and_what_is_not_does_not(books: Books) -> None:
    await books.limit("day", 0)
    await books.ledger.reserve(spending(), attempt(), usd(0))
    with pytest.raises(LimitReached):
        await books.ledger.reserve(spending(), attempt(), usd(1))


async def test_a_share_may_be_kept_free_for_those_who_ask_for_none(books: Books) -> None:
    await books.limit("day", 1000)
    share = Decimal("0.1")
    await books.ledger.reserve(spending(), attempt(), usd(900), keep_free=share)
    with pytest.raises(LimitReached):
        await books.ledger.reserve(spending(), attempt(), usd(1), keep_free=share)
    await books.ledger.reserve(spending(), attempt("whatsapp"), usd(100))


async def test_the_highest_budget_can_be_counted_with(books: Books) -> None:
    await books.limit("month", HIGHEST_BUDGET)
    half = Decimal("0.5")
    await books.ledger.reserve(spending(), attempt(), usd(HIGHEST_BUDGET // 2), keep_free=half)
    with pytest.raises(LimitReached):
        await books.ledger.reserve(spending(), attempt(), usd(1), keep_free=half)


async def test_a_provider_that_lies_is_counted_and_breaks_nothing(books: Books) -> None:
    for lie in (10**40, -(10**40)):
        hold = await books.ledger.reserve(spending(), attempt(), usd(10))
        tokens = TokenUsage(input_tokens=lie, cached_read_tokens=lie, cached_write_tokens=lie, output_tokens=lie)
        await books.ledger.settle(hold, usd(lie), PaidUsage(tokens=tokens, seconds=Decimal(lie), units=lie))
    assert (await books.counters())[DAY] == (0, 10**12)
    assert await books.statuses() == ["settled", "settled"]


async def test_extras_raise_the_day_and_its_month(books: Books) -> None:
    await books.limit("day", 100)
    await books.limit("month", 100)
    await books.owner.execute(
        "INSERT INTO budget_extras (tenant_id, day, micros, currency, given_by) "
        "VALUES (2, '2026-11-27', 50, 'USD', 1), (2, '2026-11-26', 50, 'USD', 1), "
        "(2, '2026-10-31', 50, 'USD', 1), (2, '2026-11-27', 50, 'EUR', 1)"
    )
    day, month = await _limits(books)
    assert (day, month) == (150, 200)
    await books.ledger.reserve(spending(), attempt(), usd(150))
    with pytest.raises(LimitReached) as caught:
        await books.ledger.reserve(spending(), attempt(), usd(1))
    assert caught.value.scope == "day"


async def _limits(books: Books) -> tuple[int | None, int | None]:
    found = {standing.scope: standing.limit_micros for standing in await books.ledger.standings(spending())}
    return found["day"], found["month"]


async def test_a_budget_in_another_currency_refuses_with_what_to_do(books: Books) -> None:
    await books.limit("month", 10**9, currency="EUR")
    with pytest.raises(Misconfigured, match="Set it again in USD"):
        await books.ledger.reserve(spending(), attempt(), usd(1))
    assert await books.alerts() == []


async def test_settling_twice_is_settling_once(books: Books) -> None:
    hold = await books.ledger.reserve(spending(), attempt(), usd(500))
    await books.ledger.settle(hold, usd(120), USED)
    await books.ledger.settle(hold, usd(130), USED)
    await books.ledger.release(hold)
    assert set((await books.counters()).values()) == {(0, 120)}


async def test_a_cost_above_its_reservation_counts_in_full(books: Books) -> None:
    await books.limit("day", 1000)
    hold = await books.ledger.reserve(spending(), attempt(), usd(900))
    await books.ledger.settle(hold, usd(5000), USED)
    assert (await books.counters())[DAY] == (0, 5000)


async def test_a_release_costs_nothing_and_a_later_bill_counts(books: Books) -> None:
    hold = await books.ledger.reserve(spending(), attempt(), usd(500))
    await books.ledger.release(hold, error="Busy")
    assert set((await books.counters()).values()) == {(0, 0)}
    await books.ledger.settle(hold, usd(3), USED)
    assert set((await books.counters()).values()) == {(0, 3)}


@pytest.mark.parametrize(("cost", "spent"), [(120, 120), (500, 500), (700, 700), (0, 0)])
async def test_what_expired_is_presumed_spent_until_a_late_settle_corrects_it(
    books: Books, cost: int, spent: int
) -> None:
    hold = await books.ledger.reserve(spending(), attempt(), usd(500))
    assert len(await books.expire()) == 1
    assert set((await books.counters()).values()) == {(0, 500)}
    assert await books.expire() == []
    await (books.ledger.settle(hold, usd(cost), USED) if cost else books.ledger.release(hold))
    assert set((await books.counters()).values()) == {(0, spent)}
    assert await books.disagreements() == []


async def test_days_begin_where_the_tenant_is_and_a_late_settle_counts_on_its_day(books: Books) -> None:
    books.clock.at = datetime(2026, 10, 31, 23, 30, tzinfo=UTC)  # 00:30 on 1 November in Berlin
    hold = await books.ledger.reserve(spending(time_zone="Europe/Berlin"), attempt(), usd(500))
    books.clock.at = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)
    await books.ledger.settle(hold, usd(120), USED)
    assert {("day", "2026-11-01"), ("month", "2026-11")} < (await books.counters()).keys()
    assert set((await books.counters()).values()) == {(0, 120)}


async def test_alerts_are_written_as_spending_crosses_each_threshold_once(books: Books) -> None:
    await books.limit("day", 1000)

    async def spend(micros: int) -> None:
        await books.ledger.settle(await books.ledger.reserve(spending(), attempt(), usd(micros)), usd(micros), USED)

    await spend(499)
    assert await books.alerts() == []
    await spend(1)
    assert await books.alerts() == [("day", 50)]
    await spend(400)
    assert await books.alerts() == [("day", 50), ("day", 75), ("day", 90)]
    await spend(1)
    for _ in range(2):
        with pytest.raises(LimitReached):
            await spend(100)
    assert await books.alerts() == [("day", 50), ("day", 75), ("day", 90), ("day", 100)]
    await books.limit("day", 1200)  # 901 spent is 75.08 % of it: only what is crossed from now on is news
    await spend(179)
    assert (await books.alerts())[4:] == [("day", 90)]


async def test_what_is_presumed_spent_alerts_too(books: Books) -> None:
    await books.limit("month", 1000)
    await books.ledger.reserve(spending(), attempt(), usd(800))
    await books.expire()
    assert await books.alerts() == [("month", 50), ("month", 75)]


async def test_a_cancelled_turn_settles_all_the_same(books: Books) -> None:
    hold = await books.ledger.reserve(spending(), attempt(), usd(500))
    task = asyncio.create_task(books.ledger.settle(hold, usd(120), USED))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await books.ledger.drain()
    assert set((await books.counters()).values()) == {(0, 120)}


@pytest.mark.parametrize("turns_of_the_loop", [1, 2, 3, 5, 8, 13])
async def test_a_reservation_that_nobody_waited_for_is_given_back(books: Books, turns_of_the_loop: int) -> None:
    await books.ledger.standings(spending())  # so that the connection is there
    task = asyncio.create_task(books.ledger.reserve(spending(), attempt(), usd(500)))
    for _ in range(turns_of_the_loop):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await books.ledger.drain()
    assert set(await books.statuses()) <= {"released"}
    assert set((await books.counters()).values()) <= {(0, 0)}


async def test_settling_waits_for_a_database_that_went_away(books: Books, database: Database) -> None:
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    ledger = Ledger(database, books.clock, pause=pause)
    hold = await ledger.reserve(spending(), attempt(), usd(500))
    await books.owner.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'steward_app' "
        "AND datname = current_database()"
    )
    await ledger.settle(hold, usd(120), USED)
    assert set((await books.counters()).values()) == {(0, 120)}


async def test_a_refusal_without_a_limit_is_written_for_the_trace(books: Books) -> None:
    await books.ledger.refuse(spending(), attempt(), "Misconfigured")
    row = await books.owner.fetchrow("SELECT status, error, cost_micros, decision FROM ledger")
    assert tuple(row) == ("refused", "Misconfigured", 0, '{"why":"cheapest"}')
    assert await books.counters() == {}


async def test_a_connection_of_statements_keeps_no_tenant(books: Books, database: Database) -> None:
    await books.ledger.reserve(spending(), attempt(), usd(500))
    async with database.statements() as tx:
        assert not await tx.fetchval("SELECT current_setting('app.tenant_id', true)")
        assert await tx.fetchval("SELECT count(*) FROM ledger") == 0


async def test_one_tenant_cannot_reserve_in_the_name_of_another(books: Books, database: Database) -> None:
    from db.ledger import NewEntry, reserve_spend

    entry: NewEntry = books.ledger._entry(
        spending(), attempt(), (await books.ledger._currencies.rate("USD")).convert(5)
    )
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with database.tenant(type(TENANT)(1)) as tx:
            await reserve_spend(tx, TENANT, entry, keep_free=Decimal(0))
    assert await books.counters() == {}


async def test_money_is_counted_in_the_tenants_currency_and_rounded_up(books: Books) -> None:
    hold = await books.ledger.reserve(spending(currency="EUR"), attempt(), Cost(usd_micros=1))
    assert (hold.amount.micros, hold.amount.currency) == (1, "EUR")
    other = await books.ledger.reserve(
        spending(currency="EUR", stream=StreamId(UUID(int=8))), attempt(), Cost(usd_micros=1_117_200)
    )
    assert other.amount.micros == 1_000_000
    assert await books.owner.fetchval("SELECT rate_date::text FROM ledger LIMIT 1") == "2026-10-30"


async def test_a_currency_without_a_rate_is_refused_with_the_command_that_helps(books: Books) -> None:
    with pytest.raises(Misconfigured, match=r"python -m steward cost rate RUB 0\.0123"):
        await books.ledger.reserve(spending(currency="RUB"), attempt(), usd(1))
