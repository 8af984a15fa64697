"""The budget at an owner's desk: told on the way, and one card at the limit. First tap wins; only owners decide."""

import asyncio
from datetime import timedelta
from typing import Literal

import pytest

from admin.session import TEXT_WITH_BUTTONS
from admin.texts import write
from core.changes import AddToBudget, DecideLimit, SetBudget
from core.events import BudgetReached
from core.messages import BUTTON_ID_BYTES, EditCard, SendText
from core.money import MICROS
from tests.admin.desk_world import NOW, Seat, Tenant, World, buttons, texts

LANGUAGES = ["en", "es", "ru", "de", "fr", "pt"]
Scope = Literal["day", "month"]
PERIODS = {"day": "2026-11-23", "month": "2026-11"}


def reached(
    percent: Literal[50, 75, 90, 100] = 100, scope: Scope = "day", limit: int = 20, currency: str = "EUR"
) -> BudgetReached:
    return BudgetReached(
        scope=scope, period=PERIODS[scope], percent=percent, limit_micros=limit * MICROS,
        used_micros=limit * MICROS * percent // 100, currency=currency,
    )  # fmt: skip


async def reach(tenant: Tenant, event: BudgetReached) -> None:
    """As the ledger and the tick do it."""
    await tenant.world.superuser.execute(
        "INSERT INTO budget_alerts (tenant_id, scope, key, threshold, limit_micros, used_micros, currency) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7)",
        tenant.id, event.scope, event.period, event.percent, event.limit_micros, event.used_micros, event.currency,
    )  # fmt: skip
    for seat in tenant.seats:
        await seat.take(event)


def button(kind: str, event: BudgetReached) -> str:
    return f"bud:{kind}:{event.scope}:{event.period}:{event.limit_micros}"


async def extras(tenant: Tenant) -> list[tuple[int, str]]:
    rows = await tenant.world.superuser.fetch(
        "SELECT micros, currency FROM budget_extras WHERE tenant_id = $1", tenant.id
    )
    return [(row[0], row[1]) for row in rows]


async def limits(tenant: Tenant) -> dict[str, int]:
    rows = await tenant.world.superuser.fetch("SELECT scope, limit_micros FROM budgets WHERE tenant_id = $1", tenant.id)
    return {row[0]: row[1] for row in rows}


async def team(world: World, language: str = "en") -> tuple[Tenant, Seat, Seat, Seat]:
    tenant = await world.open_tenant()
    return (
        tenant,
        await tenant.join("Ana", language=language),
        await tenant.join("Ben"),
        await tenant.join("Cem", "manager"),
    )


@pytest.mark.parametrize("percent", [50, 75, 90])
async def test_on_the_way_it_is_a_notice_that_raises_by_one_tap(world: World, percent: Literal[50, 75, 90]) -> None:
    _, ana, _, cem = await team(world)
    outcome = await ana.take(reached(percent, "month"))
    assert texts(outcome) == [
        f"Bakery Lindenhof · Budget for November 2026: {percent} % is used, €{20 * percent / 100:.2f} of €20.00."
    ]
    assert [shown.label for shown in buttons(outcome)] == ["Raise by 50 %"]
    assert buttons(await cem.take(reached(percent, "month"))) == []


async def test_at_the_limit_owners_get_a_card_and_others_read_it(world: World) -> None:
    _, ana, _, cem = await team(world)
    outcome = await ana.take(reached())
    assert [shown.label for shown in buttons(outcome)] == ["+€5 today", "Raise the limit", "Leave it"]
    assert "**Budget used up: Nov 23, 2026**" in ana.last
    assert buttons(await cem.take(reached())) == []


async def test_five_more_today(world: World) -> None:
    tenant, ana, ben, cem = await team(world)
    await reach(tenant, reached())
    outcome = await ana.tap(button("extra", reached()))
    assert [type(change) for change in outcome.changes] == [DecideLimit, AddToBudget]
    assert outcome.audit[0].action == "budget.extra"
    assert await extras(tenant) == [(5 * MICROS, "EUR")]
    for seat in (ana, ben, cem):
        (edited,) = [message for message in seat.seen if isinstance(message, EditCard)]
        assert edited.text.endswith("Ana added €5.00 for today.")
        assert edited.buttons == ()
    assert "€5.00 more may be spent today" in texts(outcome)[0]


async def test_the_first_tap_wins_also_between_two_desks_at_once(world: World) -> None:
    tenant, ana, ben, _ = await team(world)
    await reach(tenant, reached())
    both = [await seat.decide(seat.turn(seat.tapping(button("extra", reached())))) for seat in (ana, ben)]
    assert [await seat.finish(outcome) for seat, outcome in zip((ana, ben), both, strict=True)] == [True, False]
    assert await ben.tap(button("extra", reached()))
    assert ben.last == "Ana has already decided that."
    assert len(await extras(tenant)) == 1


async def test_two_taps_in_one_burst_are_one(world: World) -> None:
    tenant, ana, _, _ = await team(world)
    await reach(tenant, reached())
    await ana.take(ana.tapping(button("extra", reached())), ana.tapping(button("stay", reached())))
    assert len(await extras(tenant)) == 1


@pytest.mark.parametrize("scope", ["day", "month"])
async def test_raising_asks_for_the_new_limit_until_it_is_one(world: World, scope: Scope) -> None:
    tenant, ana, ben, _ = await team(world)
    event = reached(scope=scope)
    await reach(tenant, event)
    await ana.tap(button("raise", event))
    assert f"for each {scope}" in ana.last
    for words in ("a lot", "20", "-5", "19.99", "99999999"):
        assert not (await ana.write(words)).changes, words
    outcome = await ana.write("€35")
    assert [type(change) for change in outcome.changes] == [DecideLimit, SetBudget]
    assert await limits(tenant) == {scope: 35 * MICROS}
    assert f"€35.00 a {scope}" in texts(outcome)[0]
    assert ben.last.endswith("Ana raised the limit to €35.00.")
    assert (await ana.write("50")).changes == ()  # no longer asked for


async def test_a_question_that_a_colleague_decided_or_that_lapsed_takes_no_amount(world: World) -> None:
    tenant, ana, ben, _ = await team(world)
    await reach(tenant, reached())
    await ana.tap(button("raise", reached()))
    await ana.write("35", at=NOW + timedelta(hours=2))
    assert "no longer open" in ana.last
    await ana.tap(button("raise", reached()))
    await ben.tap(button("stay", reached()))
    await ana.write("35")
    assert await limits(tenant) == {}


async def test_an_amount_never_goes_to_a_customer(world: World) -> None:
    tenant, ana, _, _ = await team(world)
    approval, _ = await tenant.escalate()
    await reach(tenant, reached())
    await ana.tap(f"esc:answer:{approval}")
    await ana.tap(button("raise", reached()))
    assert not (await ana.write("35")).events
    await ana.tap(button("raise", reached(limit=21)))
    await ana.tap(f"esc:answer:{approval}")
    assert [event.event.kind for event in (await ana.write("Yes")).events] == ["owner_decision"]


async def test_cancel_leaves_the_limit(world: World) -> None:
    tenant, ana, _, _ = await team(world)
    await reach(tenant, reached())
    await ana.tap(button("raise", reached()))
    await ana.write("/cancel")
    assert ana.last == "The limit stays as it is."
    assert (await ana.write("35")).changes == ()
    assert "will not ask again" in texts(await ana.tap(button("stay", reached())))[0]


async def test_who_is_no_owner_any_more_does_not_raise_what_was_begun(world: World) -> None:
    tenant, ana, _, _ = await team(world)
    await reach(tenant, reached())
    await ana.tap(button("raise", reached()))
    await world.superuser.execute(
        "UPDATE members SET role = 'manager' WHERE tenant_id = $1 AND name = 'Ana'", tenant.id
    )
    outcome = await ana.write("35")
    assert texts(outcome) == [write("owner_only", "en")] and not outcome.changes
    assert await limits(tenant) == {}


@pytest.mark.parametrize("kind", ["extra", "raise", "stay"])
async def test_others_than_owners_decide_nothing_and_forged_cards_neither(world: World, kind: str) -> None:
    tenant, ana, _, cem = await team(world)
    await reach(tenant, reached())
    assert (await cem.tap(button(kind, reached()))).changes == ()
    assert cem.last == write("owner_only", "en")
    other = await world.open_tenant()
    await reach(other, reached(limit=77))
    for forged in (reached(limit=77), reached(limit=0), reached(scope="month")):
        assert (await ana.tap(button(kind, forged))).changes == ()
    for broken in (f"bud:{kind}", f"bud:{kind}:day:2026-11-23:x", f"bud:{kind}:week:2026-11-23:1", "bud:::"):
        assert (await ana.tap(broken)).changes == ()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("currency", ["EUR", "RUB", "JPY", "CLP"])
async def test_the_card_fits_every_channel_in_every_language(world: World, language: str, currency: str) -> None:
    tenant = await world.open_tenant("B" * 200, language)
    ana = await tenant.join("Ана" * 30, language=language)
    for scope in ("day", "month"):
        for percent in (50, 100):
            await ana.take(reached(percent, scope, 9_999_999, currency))  # type: ignore[arg-type]
    for message in ana.seen:
        assert isinstance(message, SendText)
        assert "{" not in message.text
        assert len(message.text) <= TEXT_WITH_BUTTONS
        for row in message.buttons:
            for shown in row:
                assert 0 < len(shown.label) <= 20, shown.label
                assert len(shown.id.encode()) <= BUTTON_ID_BYTES


async def test_a_decision_that_is_stale_wrote_nothing(world: World) -> None:
    tenant, ana, ben, _ = await team(world)
    await reach(tenant, reached())
    outcomes = await asyncio.gather(
        *(
            seat.decide(seat.turn(seat.tapping(button(kind, reached()))))
            for seat, kind in ((ana, "stay"), (ben, "extra"))
        )
    )
    assert await ana.finish(outcomes[0])
    assert not await ben.finish(outcomes[1])
    assert await extras(tenant) == []
