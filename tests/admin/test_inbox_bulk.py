"""Several decided at once, and pauses of the bot."""

import asyncio
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin.inbox.bulk import MOST
from admin.inbox.moments import read_until
from admin.inbox.pausing import OPEN_END
from admin.inbox.reminders import URGENT_REASONS
from core.changes import DecideApproval
from tenants.settings import read_settings
from tests.admin.actions_world import ask_credit, forwarder
from tests.admin.desk_world import Seat, World, decisions, texts
from tests.admin.inbox_world import (
    BERLIN,
    GIFT,
    GIFTS,
    LANGUAGES,
    MOMENTS,
    ask_gifts,
    find,
    labels,
    now,
)

# Several at once


async def test_alike_actions_are_listed_asked_about_once_and_approved_in_one_turn(world: World) -> None:
    tenant = await world.open_tenant(agents=GIFTS)
    ana = await tenant.join("Ana")
    gifts = await ask_gifts(tenant, 3)
    listed = await ana.write("/inbox")
    asked = await ana.tap(find(listed, "Approve alike (3)"))
    assert "“Gift”: approve all of these at once?" in ana.last
    assert all(f"Person {n}" in ana.last for n in range(3))
    outcome = await ana.tap(find(asked, "Approve all (3)"))
    assert [change.approval_id for change in outcome.changes if isinstance(change, DecideApproval)] == [
        gift.approval_id for gift in gifts
    ]
    assert [decision.decision for decision in decisions(outcome)] == ["approve"] * 3
    assert "3 actions approved" in texts(outcome)[0]
    for gift in gifts:
        assert (await tenant.find(gift.approval_id)).status == "approve"
    again = await ana.tap(find(asked, "Approve all (3)"))
    assert not again.changes
    assert "That question is over" in texts(again)[0]


async def test_what_a_colleague_decided_meanwhile_is_left_out_and_said(world: World) -> None:
    tenant = await world.open_tenant(agents=GIFTS)
    ana, bob = await tenant.join("Ana"), await tenant.join("Bob", "manager")
    gifts = await ask_gifts(tenant, 3)
    asked = await ana.tap(f"box:alike:{gifts[0].approval_id}")
    await bob.tap(f"act:reject:{gifts[1].approval_id}")
    outcome = await ana.tap(find(asked, "Approve all"))
    assert "2 actions approved" in texts(outcome)[0]
    assert "Left out" in texts(outcome)[0]
    assert "Person 1" in texts(outcome)[0]
    assert (await tenant.find(gifts[1].approval_id)).status == "reject"


async def test_two_who_approve_all_at_once_approve_each_once(world: World) -> None:
    tenant = await world.open_tenant(agents=GIFTS)
    ana, bob = await tenant.join("Ana"), await tenant.join("Bob")
    gifts = await ask_gifts(tenant, 3)
    taps = [(seat, find(await seat.tap(f"box:alike:{gifts[0].approval_id}"), "Approve all")) for seat in (ana, bob)]
    outcomes = [await seat.decide(seat.turn(seat.tapping(data))) for seat, data in taps]
    finished = await asyncio.gather(ana.finish(outcomes[0]), bob.finish(outcomes[1]))
    assert sorted(finished) == [False, True]
    loser, data = taps[finished.index(False)]
    again = await loser.tap(data)
    assert "0 actions approved" in texts(again)[0]
    assert not [change for change in again.changes if isinstance(change, DecideApproval)]


async def test_money_that_cannot_come_back_and_what_is_an_owners_is_not_approved_in_bulk(world: World) -> None:
    money = await forwarder(world)
    ana = await money.join("Ana")
    credits = [await ask_credit(money) for _ in range(2)]
    assert not [label for label in labels(await ana.write("/inbox")) if label.startswith("Approve")]
    outcome = await ana.tap(f"box:alike:{credits[0].approval_id}")
    assert "nothing left to approve in one go" in texts(outcome)[0]
    gifts = await world.open_tenant(agents=GIFTS)
    cem = await gifts.join("Cem", "manager")
    owned = [await gifts.ask_action("send_gift", GIFT, approver="owner") for _ in range(2)]
    assert not [label for label in labels(await cem.write("/inbox")) if label.startswith("Approve")]
    assert "nothing left to approve in one go" in texts(await cem.tap(f"box:alike:{owned[0].approval_id}"))[0]


async def test_old_questions_are_dismissed_together_a_batch_at_a_time(world: World) -> None:
    tenant = await world.open_tenant()
    ana = await tenant.join("Ana")
    old = [(await tenant.escalate(f"Old {n}"))[0] for n in range(MOST + 1)]
    await world.superuser.execute(
        "UPDATE approvals SET created_at = created_at - interval '25 hours' WHERE tenant_id = $1", tenant.id
    )
    fresh, _ = await tenant.escalate("Fresh")
    listed = await ana.write("/inbox")
    asked = await ana.tap(find(listed, f"Dismiss old ({MOST})"))
    assert "Fresh" not in ana.last
    left = await ana.tap(find(asked, "Cancel"))
    assert "nothing was changed" in texts(left)[0]
    outcome = await ana.tap(find(await ana.tap("box:old"), "Dismiss all"))
    assert f"{MOST} questions dismissed" in texts(outcome)[0]
    assert [decision.decision for decision in decisions(outcome)] == ["dismiss"] * MOST
    assert (await tenant.find(old[-1])).status == "pending"
    assert (await tenant.find(fresh)).status == "pending"


# Pausing


async def paused_until(seat: Seat) -> datetime | None:
    async with seat.tenant.world.database.tenant(seat.tenant.id, readonly=True) as tx:
        stored = await tx.fetchval("SELECT settings FROM tenants WHERE tenant_id = $1", seat.tenant.id)
    return read_settings(stored).paused_until


async def test_the_bot_is_paused_by_words_or_by_a_button_and_resumed(world: World) -> None:
    tenant = await world.open_tenant()
    bob = await tenant.join("Bob", "manager")
    at = now().replace(second=0, microsecond=0)
    assert labels(await bob.write("/pause", at=at)) == ["1 hour", "Until tomorrow", "Until I resume"]
    shown = await bob.write("/pause 2h", at=at)
    assert await paused_until(bob) == at + timedelta(hours=2)
    assert "**Bakery Lindenhof** is paused until" in texts(shown)[0]
    assert [note.action for note in shown.audit] == ["bot.paused"]
    assert labels(shown) == ["Resume"]
    assert "already paused" in texts(await bob.write("/pause", at=at))[0]
    await bob.tap("box:resume", at=at)
    assert await paused_until(bob) is None
    assert "not paused" in texts(await bob.write("/resume", at=at))[0]
    await bob.tap("box:pause:open", at=at)
    assert await paused_until(bob) == OPEN_END
    assert "until you resume it" in bob.last
    await bob.tap("box:pause:tomorrow", at=at)
    until = await paused_until(bob)
    assert until is not None
    assert until.astimezone(BERLIN.zone).time() == time(8)


async def test_what_cannot_be_read_changes_nothing_and_offers_buttons(world: World) -> None:
    ana = await (await world.open_tenant()).join("Ana")
    for words in ("/pause someday", "/pause pause the bot", "/pause 0m", "/pause 999d"):
        outcome = await ana.write(words, at=now())
        assert not outcome.changes
        assert labels(outcome) == ["1 hour", "Until tomorrow", "Until I resume"]
        assert "/pause 2h" in texts(outcome)[0]


@pytest.mark.parametrize(
    ("words", "language", "day", "hour", "minute"),
    [
        ("until Monday 9:00", "en", 30, 9, 0), ("pause the bot until Monday", "en", 30, 8, 0), ("2h", "en", 27, 18, 0),
        ("for 2 hours", "en", 27, 18, 0), ("90 min", "en", 27, 17, 30), ("in 3 days", "en", 30, 8, 0),
        ("until tomorrow", "en", 28, 8, 0), ("until 18:30", "en", 27, 18, 30),
        ("hasta el lunes a las 9", "es", 30, 9, 0), ("por 2 horas", "es", 27, 18, 0),
        ("до понедельника 9:00", "ru", 30, 9, 0), ("на 2 часа", "ru", 27, 18, 0), ("2ч", "ru", 27, 18, 0),
        ("bis Montag 9 Uhr", "de", 30, 9, 0), ("für 2 Stunden", "de", 27, 18, 0),
        ("jusqu'à lundi 9h", "fr", 30, 9, 0), ("pour 2 heures", "fr", 27, 18, 0),
        ("até segunda às 9h", "pt", 30, 9, 0), ("por 2 horas", "pt", 27, 18, 0),
    ],
)  # fmt: skip
def test_until_when_is_read_in_six_languages(words: str, language: str, day: int, hour: int, minute: int) -> None:
    friday = datetime(2026, 11, 27, 15, 0, tzinfo=UTC)
    found = read_until(words, (language,), friday, "Europe/Berlin", time(8))
    assert found == datetime(2026, 11, day, hour, minute, tzinfo=ZoneInfo("Europe/Berlin"))


@given(st.text(max_size=80), st.sampled_from(LANGUAGES), MOMENTS)
def test_whatever_is_typed_a_pause_ends_within_a_year_or_does_not_begin(text: str, language: str, at: datetime) -> None:
    found = read_until(text, (language,), at, "Europe/Berlin", time(8))
    assert found is None or at < found <= at + timedelta(days=366)


def test_every_reason_that_is_urgent_is_so_in_the_database_too() -> None:
    text = (Path(__file__).parents[2] / "migrations/0012_inbox.sql").read_text()
    assert all(f"'{reason}'" in text for reason in URGENT_REASONS)
