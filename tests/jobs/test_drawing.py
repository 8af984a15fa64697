"""Charts: drawn in a child from the tenant's own figures, kept for a week, shown to nobody else."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest
from PIL import Image
from pydantic import JsonValue

from admin.reports.pictures import Drawn
from agents.actions.declaration import read_arguments
from agents.actions.desks.drawing import DRAW_CHART
from core.actions import ActionCall
from core.errors import Rejected
from core.ids import INTERNAL, AccountId, StreamId, TenantId
from core.messages import SendMedia
from core.money import MICROS
from core.turns import TenantProfile
from db.database import Database
from db.engine.link import Link
from db.pictures import drop_old_pictures
from documents.workers import WorkerPool
from jobs.charts.drawing import draw_png
from jobs.charts.spec import Chart, Outlook
from jobs.charts.style import write_value
from jobs.drawing import DrawChart
from jobs.media import MediaFetcher, refuse_foreign
from tests.admin.spending import spend
from tests.support.clocks import HandClock
from tests.support.databases import Urls

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
TODAY = NOON.date()
DESK = StreamId(UUID(int=9))


async def add_tenant(owner: asyncpg.Connection, slug: str) -> TenantProfile:
    tenant = await owner.fetchval(
        "INSERT INTO tenants (slug, name, language, time_zone, currency) "
        "VALUES ($1, 'Bakery $5 Lindenhof', 'en', 'Europe/Berlin', 'EUR') RETURNING tenant_id",
        slug,
    )
    return TenantProfile(
        tenant_id=TenantId(tenant), slug=slug, name="Bakery $5 Lindenhof", language="en", time_zone="Europe/Berlin",
        currency="EUR", persona="",
    )  # fmt: skip


@pytest.fixture
async def artist(database: Database, owner_connection: asyncpg.Connection, tmp_path: Path) -> AsyncIterator[DrawChart]:
    profiles = {p.tenant_id: p for p in [await add_tenant(owner_connection, f"bakery-{n}") for n in range(2)]}

    async def profile(tenant: TenantId) -> TenantProfile:
        return profiles[tenant]

    pool = WorkerPool(size=1)
    yield DrawChart(database, profile, pool, tmp_path / "fonts", HandClock(NOON))
    await pool.aclose()


def call(tenant: int, key: str = "k", **arguments: JsonValue) -> ActionCall:
    checked = read_arguments(DRAW_CHART, arguments)
    return ActionCall(
        tenant_id=TenantId(tenant), stream_id=DESK, account_id=AccountId(1), seq=1, key=key, name="draw_chart",
        arguments=checked,
    )  # fmt: skip


MONTH: dict[str, JsonValue] = {"report": "spending", "first": "2026-11-01", "last": "2026-11-30", "language": "ru"}


async def test_a_picture_is_drawn_kept_and_shown_to_its_own_tenant_only(
    artist: DrawChart, database: Database, owner_connection: asyncpg.Connection, urls: Urls
) -> None:
    for ago in range(20):
        await spend(database, TenantId(2), 1.5, TODAY - timedelta(days=ago))
    await owner_connection.execute("INSERT INTO budgets VALUES (2, 'month', 50000000, 'EUR', 1, now(), '')")
    drawn = Drawn.model_validate(await artist(call(2, **MONTH)))
    assert (drawn.total, drawn.expected, drawn.limit) == (
        30 * MICROS,
        (30 + 7 * 3 // 2) * MICROS + MICROS // 2,
        50 * MICROS,
    )
    again = Drawn.model_validate(await artist(call(2, **MONTH)))
    assert again == drawn and await owner_connection.fetchval("SELECT count(*) FROM pictures") == 1
    fetcher = MediaFetcher({}, lambda account: None, database)
    data = await fetcher.fetch(INTERNAL, drawn.ref)
    with Image.open(BytesIO(data)) as picture:
        assert (picture.format, picture.size) == ("PNG", (900, 600))
    assert len(data) < 100_000
    sent = SendMedia(media="photo", from_account=INTERNAL, ref=drawn.ref)
    refuse_foreign(TenantId(2), sent)
    with pytest.raises(Rejected):
        refuse_foreign(TenantId(3), sent)
    other = f"3:{drawn.ref.partition(':')[2]}"  # the other tenant's name on it finds nothing
    for broken in (other, "2:", "2:x", ":", "", "x:y", f"2:{uuid4().hex}", f"{'9' * 19}:{uuid4().hex}"):
        with pytest.raises(Rejected):
            await fetcher.fetch(INTERNAL, broken)
    with pytest.raises(Rejected):
        await fetcher.fetch_received(INTERNAL, drawn.ref)
    await owner_connection.execute("UPDATE pictures SET expires_at = now() - interval '1 second'")
    with pytest.raises(Rejected, match="no longer kept"):
        await fetcher.fetch(INTERNAL, drawn.ref)
    async with Link(urls.engine, "test") as link, link.use() as tx:
        await drop_old_pictures(tx, 10)
    assert await owner_connection.fetchval("SELECT count(*) FROM pictures") == 0


async def test_each_reads_its_own_figures_and_several_at_once_get_theirs(artist: DrawChart, database: Database) -> None:
    await spend(database, TenantId(3), 2, TODAY)
    week: dict[str, JsonValue] = {"report": "spending", "first": "2026-11-17", "last": "2026-11-23", "language": "de"}
    messages: dict[str, JsonValue] = {**week, "report": "messages"}
    results = await asyncio.gather(
        artist(call(2, "a", **week)), artist(call(3, "a", **week)), artist(call(3, "b", **messages))
    )
    drawn = [Drawn.model_validate(each) for each in results]
    assert [each.total for each in drawn] == [0, 2 * MICROS, 0]
    assert len({each.ref for each in drawn}) == 3
    assert all(each.expected is None and each.limit is None for each in drawn)


@pytest.mark.parametrize(
    "broken",
    [{"last": "2026-12-15"}, {"last": "2026-10-01"}, {"report": "secrets"}, {"language": "e" * 40}, {"first": "soon"},
     {"tenant": 3}],
)  # fmt: skip
def test_other_arguments_are_refused(broken: dict[str, JsonValue]) -> None:
    with pytest.raises(Rejected):
        read_arguments(DRAW_CHART, {**MONTH, **broken})


@pytest.mark.parametrize(
    ("value", "language", "currency", "written"),
    [(12.3, "en", "EUR", "€12.30"), (0.042, "en", "EUR", "€0.042"), (1250, "de", "EUR", "1.250 €"),
     (17, "ru", None, "17"),
     (40, "en", "JPY", "¥40"), (0, "fr", "EUR", "0 €"), (0.5, "es", "EUR", "0,50 €"), (1234.4, "en", None, "1,234")],
)  # fmt: skip
def test_values_are_written_shortly_and_as_the_language_does(
    value: float, language: str, currency: str | None, written: str
) -> None:
    assert write_value(value, language, currency).replace("\N{NO-BREAK SPACE}", " ") == written


@pytest.mark.parametrize("so_far", [1, 2, 15, 30, 31])
@pytest.mark.parametrize("limit", [None, 0.0, 40.0, 4000.0])
def test_any_month_can_be_drawn(so_far: int, limit: float | None) -> None:
    outlook = Outlook(
        so_far=so_far, heading="С начала месяца $x^", expected=None if so_far < 3 else 30.0, expected_label="прогноз",
        limit=limit, limit_label="лимит",
    )  # fmt: skip
    values = tuple(float(day % 4) if day <= so_far and limit != 0 else 0.0 for day in range(1, 32))
    chart = Chart(
        title="Расходы $\\frac", days=tuple(map(str, range(1, 32))), values=values, language="ru", currency="RUB",
        outlook=outlook,
    )  # fmt: skip
    assert 1_000 < len(draw_png(chart)) < 100_000
