"""`python -m steward cost`: what a person sees of the ledger, and what they are told when they mistype."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import asyncpg
import pytest

from core.ids import StreamId, TenantId
from core.models import TokenUsage
from core.spending import Attempt, Cost, PaidKind, PaidUsage, Spending
from db.database import Database
from routing.ledger import Ledger
from tests.steward.conftest import REPO, Cli
from tests.support.clocks import HandClock

NOVEMBER = ("--month", "2026-11")


@pytest.fixture
async def bakery(cli: Cli, owner_connection: asyncpg.Connection) -> TenantId:
    added = await cli.here("tenant", "add", REPO / "demo" / "bakery")
    assert added.code == 0, added.err
    return TenantId(await owner_connection.fetchval("SELECT tenant_id FROM tenants WHERE slug = 'bakery'"))


@pytest.fixture
async def spent(bakery: TenantId, database: Database, owner_connection: asyncpg.Connection) -> TenantId:
    """Two questions, of which one was escalated; a voice message; a call that expired; one that was refused."""
    await owner_connection.execute("UPDATE tenants SET language = 'en', currency = 'EUR', time_zone = 'UTC'")
    clock = HandClock()
    ledger = Ledger(database, clock)

    async def pay(
        agent: str, usd_micros: int, *, kind: PaidKind = "chat", seq: int = 1, certainty: str = "exact", day: int = 27
    ) -> None:
        clock.at = datetime(2026, 11, day, 12, tzinfo=UTC)
        whose = Spending(
            tenant_id=bakery, stream_id=StreamId(UUID(int=1)), stream_kind="conversation", seq=seq, agent=agent,
            workflow="conversation", channel="telegram", time_zone="UTC", currency="EUR",
        )  # fmt: skip
        trial = Attempt(
            call_id=uuid4(), kind=kind, provider="openai", model="gpt-4.1-mini", deadline=timedelta(seconds=9)
        )
        cost = Cost(usd_micros=usd_micros, certainty=certainty)  # type: ignore[arg-type]
        hold = await ledger.reserve(whose, trial, cost)
        if agent != "lost":
            usage = PaidUsage(
                tokens=TokenUsage(input_tokens=1000, cached_read_tokens=400, output_tokens=50),
                seconds=Decimal(12) if kind == "transcription" else Decimal(0),
            )
            await ledger.settle(hold, cost, usage)

    await pay("billing", 1_117_200)
    await pay("billing", 2_234_400, seq=2, day=26)
    await pay("intake", 11_172)
    await pay("read_document", 5_586, kind="transcription", certainty="estimated", seq=3)
    await pay("lost", 1_117_200, seq=4)
    await owner_connection.execute(
        "UPDATE ledger SET status = 'expired', cost_micros = reserved_micros WHERE status = 'reserved'"
    )
    for seq, trace in ((1, '{"by": "model"}'), (2, '{"escalated": "not_in_knowledge"}')):
        await owner_connection.execute(
            "INSERT INTO turns VALUES ($1, $2, $3, 1, 1, 0, now(), now(), $4)", bakery, UUID(int=1), seq, trace
        )
    await owner_connection.execute(
        "INSERT INTO budgets (tenant_id, scope, limit_micros, currency, set_by) "
        "VALUES ($1, 'month', 10000000, 'EUR', 1)",
        bakery,
    )
    return bakery


def cells(out: str, first: str) -> list[str]:
    return next(line.split() for line in out.splitlines() if line.startswith(first))


async def test_a_tenants_spending_by_agent(cli: Cli, spent: TenantId) -> None:
    told = await cli.here("cost", "bakery", *NOVEMBER)
    assert told.code == 0, told.err
    assert cells(told.out, "agent")[:4] == ["agent", "calls", "refused", "input"]
    assert cells(told.out, "billing") == ["billing", "2", "0", "2,000", "800", "100", "0", "€3.00", "exact"]
    assert cells(told.out, "intake")[-2:] == ["€0.01", "exact"]
    assert cells(told.out, "read_document")[-3:] == ["12", "€0.005", "estimated"]
    assert cells(told.out, "lost")[-2:] == ["€1.00", "presumed"]
    assert cells(told.out, "total EUR")[2:] == ["5", "0", "4,000", "1,600", "200", "12", "€4.02", "presumed"]
    assert told.out.index("billing") < told.out.index("lost") < told.out.index("intake")


async def test_finished_items_and_the_budget(cli: Cli, spent: TenantId) -> None:
    told = await cli.here("cost", "bakery", *NOVEMBER)
    assert "1 resolved question, €1.01 each" in told.out  # 1.00 and 0.01; the escalated one does not count
    assert "1 document, €0.005 each" in told.out
    assert "budget of 2026-11: €10.00, 40 % used (€3.02 spent, €1.00 reserved)" in told.out


async def test_by_model_channel_workflow_and_day(cli: Cli, spent: TenantId) -> None:
    for by, name in (("model", "openai/gpt-4.1-mini"), ("channel", "telegram"), ("workflow", "conversation")):
        told = await cli.here("cost", "bakery", *NOVEMBER, "--by", by)
        assert cells(told.out, name)[1] == "5", by
    days = (await cli.here("cost", "bakery", *NOVEMBER, "--by", "day")).out
    assert days.index("2026-11-26") < days.index("2026-11-27")
    one = await cli.here("cost", "bakery", "--day", "2026-11-26")
    assert cells(one.out, "total EUR")[2] == "1"
    assert (await cli.here("cost", "bakery", "--since", "2020-01-01")).code == 0


async def test_all_tenants_and_a_language_of_ones_own(
    cli: Cli, spent: TenantId, owner_connection: asyncpg.Connection
) -> None:
    await owner_connection.execute("UPDATE tenants SET language = 'de' WHERE slug = 'bakery'")
    told = await cli.here("cost", *NOVEMBER)
    assert cells(told.out, "bakery")[:2] == ["bakery", "5"]
    assert "4,02\xa0€" in told.out
    apart = await cli.here("cost", *NOVEMBER, "--by", "agent")
    assert "bakery · billing" in apart.out


async def test_a_month_without_calls(cli: Cli, bakery: TenantId) -> None:
    assert (await cli.here("cost", "bakery", "--month", "2020-01")).out == "Nothing was spent in that time.\n"


async def test_a_rate_is_stored_with_its_day(cli: Cli, owner_connection: asyncpg.Connection) -> None:
    for worth in ("0.0123", "0.0125"):
        told = await cli.here("cost", "rate", "rub", worth)
        assert told.out.startswith(f"1 RUB is {worth} USD from now on.")
    row = await owner_connection.fetchrow("SELECT currency, usd_per_unit, as_of, source FROM exchange_rates")
    assert tuple(row) == ("RUB", Decimal("0.0125"), datetime.now(UTC).date(), "operator")


async def test_prices_are_listed(cli: Cli) -> None:
    told = await cli.here("cost", "prices")
    assert cells(told.out, "anthropic/claude-sonnet-4-5")[1:] == ["3.00", "0.30", "15.00", "exact"]
    assert "--provider shows one of" in told.out
    assert cells((await cli.here("cost", "prices", "--provider", "groq")).out, "groq/llama-3.3-70b-versatile")[1:] == [
        "0.59", "0.59", "0.79", "exact",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nobody",), "There is no tenant “nobody”"),
        (("--month", "2026-13"), "“2026-13” is no month"),
        (("--month", "November"), "“November” is no month"),
        (("--month", "9999-12"), "no month"),
        (("--day", "2026-02-30"), "“2026-02-30” is no day"),
        (("--since", "2026-W01"), "is no day"),
        (("--since", "2999-01-01"), "still to come"),
        (("bakery", "forwarder"), "one word too many"),
        (("rate",), "Which rate?"),
        (("rate", "R1B", "1"), "is no currency"),
        (("rate", "RUB", "abc"), "is no number"),
        (("rate", "RUB", "0"), "No RUB is worth 0 US dollars"),
        (("rate", "RUB", "NaN"), "No RUB is worth NaN"),
        (("rate", "USD", "2"), "One US dollar is one US dollar"),
        (("prices", "--provider", "nobody"), "has no provider “nobody”"),
    ],
)
async def test_what_is_mistyped_is_named(cli: Cli, arguments: tuple[str, ...], words: str) -> None:
    told = await cli.here("cost", *arguments)
    assert told.code == 2
    assert words in told.err
    assert "\n" not in told.err


async def test_a_mistake_is_one_line_and_code_2(cli: Cli) -> None:
    assert "is no month" in await cli.fails("cost", "bakery", "--month", "soon")
