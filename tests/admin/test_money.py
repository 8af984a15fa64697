"""Limits and spending at an owner's desk: words and taps, figures and forecasts, and who may."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin.money.forecast import forecast_month
from admin.money.wishes import Wish, read_wish
from admin.session import DeskTurn
from admin.texts import write
from core.changes import DropBudget, SetBudget
from core.events import ActionResult, BudgetReached
from core.ids import INTERNAL
from core.messages import BUTTON_ID_BYTES, EditCard, SendMedia, SendText
from core.money import MICROS, Money
from core.turns import TurnTools
from tests.admin.desk_world import KeylessModels, Seat, Tenant, World, buttons, texts
from tests.admin.spending import spend
from tests.support.clocks import HandClock

LANGUAGES = ["en", "es", "ru", "de", "fr", "pt"]
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
TODAY = NOON.date()


async def owner(world: World, language: str = "en", role: str = "owner") -> tuple[Tenant, Seat]:
    tenant = await world.open_tenant(language=language)
    seat = await tenant.join("Ana", role, language=language)  # type: ignore[arg-type]
    seat.clock = HandClock(NOON)
    return tenant, seat


async def limits(tenant: Tenant) -> dict[str, int]:
    rows = await tenant.world.superuser.fetch("SELECT scope, limit_micros FROM budgets WHERE tenant_id = $1", tenant.id)
    return {row[0]: row[1] for row in rows}


def desk_of(seat: Seat) -> DeskTurn:
    tools = TurnTools(models=KeylessModels(), reader=seat.tenant.reader, clock=seat.clock)
    return DeskTurn(seat.turn(seat.message("")), tools, None)


@pytest.mark.parametrize(
    ("words", "scope", "amount"),
    [
        ("80", "month", 80), ("day 5", "day", 5), ("case 2", "case", 2), ("conversation 0.50", "conversation", 0.5),
        ("set the limit to 80 euros", "month", 80), ("Set the daily limit to €5.50!", "day", 5.5),
        ("please raise our monthly budget to 1,250.00 EUR", "month", 1250), ("at most 2 euros per case", "case", 2),
        ("pon el límite en 80 euros", "month", 80), ("5 € al día", "day", 5), ("máximo 2 euros por caso", "case", 2),
        ("поставь лимит 80 евро", "month", 80), ("лимит 5 € в день", "day", 5), ("1 250 евро в месяц", "month", 1250),
        ("80 € im Monat", "month", 80), ("setze das Budget auf 5 Euro pro Tag", "day", 5),
        ("2,50 je Fall", "case", 2.5),
        ("mets la limite à 80 euros par mois", "month", 80), ("5 € par jour", "day", 5), ("dossier 2", "case", 2),
        ("define o limite para 80 euros por mês", "month", 80), ("5 euros no dia", "day", 5),
        ("80 no mês", "month", 80),
    ],
)  # fmt: skip
async def test_limits_are_understood_in_six_languages(world: World, words: str, scope: str, amount: float) -> None:
    _, ana = await owner(world)
    wish = read_wish(desk_of(ana), words)
    assert wish == Wish(scope=scope, amount=Money(micros=round(amount * MICROS), currency="EUR"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("words", "scope"),
    [("none", None), ("no limit", None), ("day off", "day"), ("sin límite", None), ("без лимита в месяц", "month"),
     ("kein Limit pro Tag", "day"), ("sans limite", None), ("sem limite por caso", "case")],
)  # fmt: skip
async def test_so_is_that_there_should_be_none(world: World, words: str, scope: str | None) -> None:
    _, ana = await owner(world)
    assert read_wish(desk_of(ana), words) == Wish(scope=scope, amount=None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("words", "shown"),
    [("", None), ("what is my budget", None), ("show me the limit a day", "day"), ("month", "month")],
)  # fmt: skip
async def test_and_that_they_are_only_to_be_shown(world: World, words: str, shown: str | None) -> None:
    _, ana = await owner(world)
    assert read_wish(desk_of(ana), words) == shown


@pytest.mark.parametrize(
    "words",
    ["fifty", "-5", "50 USD", "$50", "1,2,3", "50.123", "1e3", "٥٠", "50 50 €x", "²", "50 50", "do not set it to 80",
     "raise by 20", "20 %", "80 or 90", "day 5 month 80", "no limit of 80"],
)  # fmt: skip
async def test_what_is_no_limit_is_refused_with_examples(world: World, words: str) -> None:
    tenant, ana = await owner(world)
    outcome = await ana.write(f"/budget {words}")
    assert not outcome.changes and await limits(tenant) == {}
    assert "/budget 80" in ana.last and "EUR" in ana.last


@pytest.mark.parametrize(
    ("typed", "micros"),
    [("50", 50_000_000), ("49,90", 49_900_000), ("€50", 50_000_000), ("50 EUR", 50_000_000), ("50eur", 50_000_000),
     ("1.250,00", 1_250_000_000), ("0", 0), ("10000000", 10_000_000_000_000)],
)  # fmt: skip
async def test_the_owner_sets_the_budget(world: World, typed: str, micros: int) -> None:
    tenant, ana = await owner(world)
    outcome = await ana.take(ana.message(f"/budget {typed}"), ana.message("/budget"))
    assert (await tenant.reader.status()).budget == Money(micros=micros, currency="EUR")
    assert [note.action for note in outcome.audit] == ["budget.set"]
    assert " a month." in texts(outcome)[0]
    assert "This month: €0.00 of €" in ana.last


@pytest.mark.parametrize("typed", ["10000000.01", "999999999", "1000000000", "day 99999999"])
async def test_an_absurd_amount_is_refused_with_the_most(world: World, typed: str) -> None:
    _, ana = await owner(world)
    assert not (await ana.write(f"/budget {typed}")).changes
    assert "€10,000,000.00 is the most" in ana.last


@pytest.mark.parametrize("role", ["manager", "viewer"])
async def test_others_see_the_limits_and_cannot_change_them(world: World, role: str) -> None:
    tenant, bob = await owner(world, role=role)
    outcome = await bob.write("/budget")
    assert "Only the owner changes limits." in bob.last
    assert [shown.label for shown in buttons(outcome)] == ["Spending"]
    for forged in (
        "mon:to:month:50000000",
        "mon:drop:all",
        "mon:none",
        "mon:up:day:2026-11-23:1000000",
        "mon:other:day",
    ):
        assert not (await bob.tap(forged)).changes
        assert bob.last == write("owner_only", "en")
    assert not (await bob.write("/budget 50")).changes
    assert await limits(tenant) == {}


async def test_three_limits_by_taps(world: World) -> None:
    tenant, ana = await owner(world)
    outcome = await ana.write("/budget")
    labels = [shown.label for shown in buttons(outcome)]
    assert labels == ["Monthly limit", "Daily limit", "Limit per case", "No limit", "Spending"]
    assert "nothing stops spending" in ana.last
    for scope, label in (("month", "€50"), ("day", "€5"), ("case", "€2")):
        shown = buttons(await ana.tap(f"mon:set:{scope}"))
        chosen = next(each for each in shown if each.label == label)
        assert isinstance((await ana.tap(chosen.id)).changes[0], SetBudget)
    assert await limits(tenant) == {"month": 50 * MICROS, "day": 5 * MICROS, "case": 2 * MICROS}


async def test_another_amount_is_asked_for_and_asked_again_until_it_is_one(world: World) -> None:
    tenant, ana = await owner(world)
    await ana.tap("mon:other:day")
    await ana.write("a lot")
    assert "could not read" in ana.last
    await ana.write("7,50 €")
    assert await limits(tenant) == {"day": 7_500_000}
    await ana.tap("mon:other:month")
    await ana.write("9", at=datetime(2026, 11, 23, 15, tzinfo=UTC))
    assert "no longer open" in ana.last
    assert await limits(tenant) == {"day": 7_500_000}


async def test_no_limit_asks_first_and_takes_away_what_is_tapped(world: World) -> None:
    tenant, ana = await owner(world)
    await ana.write("/budget none")
    assert "no limit to take away" in ana.last
    await ana.write("/budget 80")
    await ana.write("/budget day 5")
    outcome = await ana.write("/budget none")
    assert not outcome.changes
    assert [shown.label for shown in buttons(outcome)] == [
        "No monthly limit", "No daily limit", "No limit at all", "Keep them",
    ]  # fmt: skip
    await ana.tap("mon:keep")
    assert len(await limits(tenant)) == 2
    assert [type(change) for change in (await ana.tap("mon:drop:day")).changes] == [DropBudget]
    assert "no limit a day any more" in ana.last
    await ana.tap("mon:drop:day")
    assert "no limit to take away" in ana.last
    await ana.tap("mon:drop:all")
    assert await limits(tenant) == {}


async def test_the_screen_shows_what_is_spent_and_reserved_of_each(world: World) -> None:
    tenant, ana = await owner(world)
    for words in ("80", "day 5", "case 2"):
        await ana.write(f"/budget {words}")
    await spend(world.database, tenant.id, 2, TODAY)
    await spend(world.database, tenant.id, 4, TODAY - timedelta(days=3))
    await spend(world.database, tenant.id, 0.5, TODAY, settled=False)
    await ana.write("/budget")
    assert "This month: €6.00 of €80.00 (7%), €0.50 more reserved" in ana.last
    assert "Today: €2.00 of €5.00 (40%), €0.50 more reserved" in ana.last
    assert "Each case: at most €2.00" in ana.last
    await ana.write("/budget day 1")
    assert "€2.00 are spent already" in ana.last


async def test_spending_says_how_much_on_what_and_asks_for_a_picture(world: World) -> None:
    tenant, ana = await owner(world)
    await spend(world.database, tenant.id, 3, TODAY, currency="USD")
    await ana.write("/budget 80")
    for number, amount in enumerate((4, 3, 2, 1, 0.5, 0.25, 0.25)):
        await spend(world.database, tenant.id, amount, TODAY - timedelta(days=number), agent=f"agent{number}")
    await spend(world.database, tenant.id, 1, TODAY, channel="whatsapp", model="large", agent="billing")
    outcome = await ana.write("/spend")
    said = ana.last
    assert (
        "spending, November 2026" in said
        and "Spent: **€12.00**" in said
        and "Limit for the month: €80.00, 15% used" in said
    )
    assert "By the end of the month about" in said and "In other currencies: $3.00" in said
    assert "```\nagent0" in said and "33%" in said and "3 others" in said and "large" in said and "WhatsApp" in said
    (action,) = outcome.actions
    assert action.name == "draw_chart"
    assert action.arguments == {"report": "spending", "first": "2026-11-01", "last": "2026-11-30", "language": "en"}
    await ana.tap("mon:by:agent:month")
    assert "agent6" in ana.last and "others" not in ana.last
    await ana.write("/spend last month")
    assert "October 2026" in ana.last and "Nothing was spent" in ana.last
    assert (await ana.write("/spend today")).actions == ()
    assert "Spent: **€5.00**" in ana.last


async def test_the_picture_comes_with_its_figures(world: World) -> None:
    tenant, ana = await owner(world)
    result = {
        "ref": f"{tenant.id}:{'0' * 32}", "report": "spending", "first": "2026-11-01", "last": "2026-11-30",
        "total": 12 * MICROS, "currency": "EUR", "expected": 20 * MICROS, "limit": 80 * MICROS,
    }  # fmt: skip
    await ana.take(ActionResult(action="draw_chart", key="k", ok=True, result=result))  # type: ignore[arg-type]
    picture = ana.seen[-1]
    assert isinstance(picture, SendMedia)
    assert (picture.media, picture.from_account, picture.ref) == ("photo", INTERNAL, result["ref"])
    assert picture.caption == "**November 2026**: €12.00 spent · forecast about €20.00 · limit €80.00"
    for failed in ({"error_kind": "Rejected"}, {"ref": 7}):
        await ana.take(ActionResult(action="draw_chart", key="k", ok="ref" in failed, result=failed))  # type: ignore[arg-type]
        assert "could not be drawn" in ana.last


def near(percent: int = 75, limit: int = 20) -> BudgetReached:
    return BudgetReached(
        scope="month", period="2026-11", percent=percent, limit_micros=limit * MICROS,  # type: ignore[arg-type]
        used_micros=limit * MICROS * percent // 100, currency="EUR",
    )  # fmt: skip


async def test_a_notice_on_the_way_raises_the_limit_once_by_one_tap(world: World) -> None:
    tenant, ana = await owner(world)
    ben = await tenant.join("Ben")
    ben.clock = ana.clock
    await ana.write("/budget 20")
    await spend(world.database, tenant.id, 15, TODAY)
    (button,) = buttons(await ana.take(near()))
    assert (button.label, button.id) == ("Raise by 50 %", "mon:up:month:2026-11:20000000")
    outcomes = await asyncio.gather(*(seat.decide(seat.turn(seat.tapping(button.id))) for seat in (ana, ben)))
    for seat, outcome in zip((ana, ben), outcomes, strict=True):
        assert await seat.finish(outcome)
    assert await limits(tenant) == {"month": 30 * MICROS}
    await tenant.deliver(outcomes[0].to_desks)
    edited = ben.seen[-1]
    assert isinstance(edited, EditCard) and edited.buttons == ()
    assert edited.text.endswith("Ana raised the limit to €30.00.") and "75 % is used" in edited.text
    assert not (await ben.tap(button.id)).changes
    assert "it is €30.00 now" in ben.last


async def test_a_limit_that_is_gone_is_not_raised(world: World) -> None:
    _tenant, ana = await owner(world)
    assert not (await ana.tap("mon:up:month:2026-11:20000000")).changes
    assert "not set" in ana.last
    await ana.write("/budget 9000000")
    assert not (await ana.tap(f"mon:up:month:2026-11:{9_000_000 * MICROS}")).changes
    assert "is the most" in ana.last


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_screen_fits_every_channel_in_every_language(world: World, language: str) -> None:
    tenant, ana = await owner(world, language)
    for words in ("80", "day 5", "case 2", "conversation 1"):
        await ana.write(f"/budget {words}")
    for number in range(9):
        await spend(world.database, tenant.id, 1.5, TODAY, agent=f"{'long`' * 9}{number}", model=f"m{number}" * 20)
    for typed in ("/budget", "/spend", "/spend week", "/budget none", "/budget day", "/budget x y", "/budget 1e9"):
        await ana.write(typed)
    for tapped in ("mon:other:case", "mon:by:model:week", "mon:drop:all", "mon:all", "mon:set:month"):
        await ana.tap(tapped)
    await ana.take(near(50))
    for message in ana.seen:
        assert isinstance(message, SendText | EditCard)
        row = [shown for each in message.buttons for shown in each]
        assert "{" not in message.text and len(row) <= 10
        assert len(message.text) <= (1000 if 0 < len(row) <= 3 else 4000)
        assert all(0 < len(each.label) <= 20 and len(each.id.encode()) <= BUTTON_ID_BYTES - 20 for each in row)


MONTH = st.dictionaries(
    st.integers(min_value=0, max_value=60).map(lambda ago: TODAY - timedelta(days=ago)),
    st.integers(min_value=1, max_value=10**9), max_size=40,
)  # fmt: skip


@given(MONTH, st.integers(min_value=0, max_value=27))
def test_a_forecast_is_never_below_what_is_spent_and_grows_with_it(daily: dict[date, int], before: int) -> None:
    today = TODAY.replace(day=28) - timedelta(days=before)
    known = {day: micros for day, micros in daily.items() if day <= today}
    expected = forecast_month(known, today)
    spent = sum(micros for day, micros in known.items() if day >= today.replace(day=1))
    if today.day <= 2 or not known or today - min(known) < timedelta(days=2):
        assert expected is None
    else:
        assert expected is not None and expected >= spent


def test_a_forecast_is_the_rate_of_seven_full_days() -> None:
    daily = {TODAY - timedelta(days=ago): 2 * MICROS for ago in range(1, 23)}
    assert forecast_month({**daily, TODAY: 9 * MICROS}, TODAY) == (44 + 9 + 7 * 2) * MICROS
    assert forecast_month({TODAY - timedelta(days=2): 4 * MICROS, TODAY: MICROS}, TODAY) == (5 + 7 * 2) * MICROS
    assert forecast_month({TODAY - timedelta(days=1): 4 * MICROS}, TODAY) is None
    assert forecast_month(daily, TODAY.replace(day=2)) is None
