"""What is set aside, and reminders of what waits."""

from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest
from hypothesis import given

from admin.inbox.hours import WorkingHours
from admin.inbox.kept import SECTION
from admin.inbox.reminders import FIRST, NEXT, URGENT, plan_first, plan_next
from core.desk_changes import SnoozeApproval
from core.turns import TurnOutcome
from tests.admin.desk_world import Seat, Tenant, World, quiet_edits, texts
from tests.admin.inbox_world import ALWAYS, BERLIN, GIFT, GIFTS, HOURS, MOMENTS, asks, fired, ids, labels, now, timers

# Later


@pytest.mark.parametrize(("choice", "clock"), [("hour", None), ("evening", time(18)), ("morning", time(8))])
async def test_what_is_set_aside_leaves_the_list_and_comes_back(world: World, choice: str, clock: time | None) -> None:
    tenant = await world.open_tenant()
    ana = await tenant.join("Ana")
    approval, _ = await tenant.escalate()
    noon = (now() + timedelta(days=2)).astimezone(BERLIN.zone).replace(hour=12, minute=0, second=0, microsecond=0)
    asked = await ana.tap(f"box:later:{approval}", at=noon)
    assert labels(asked) == ["In 1 hour", "This evening", "Tomorrow morning"]
    outcome = await ana.tap(f"box:snooze:{choice}:{approval}", at=noon)
    (change,) = [each for each in outcome.changes if isinstance(each, SnoozeApproval)]
    until = change.until.astimezone(BERLIN.zone)
    assert until == noon + timedelta(hours=1) if clock is None else until.time() == clock
    assert timers(outcome, "wake") == [change.until]
    assert "comes back on" in texts(outcome)[0]
    assert "💤 Set aside until" in quiet_edits(outcome)[0].text
    assert "Nothing is waiting" in texts(await ana.write("/inbox"))[0]
    assert "1 set aside" in ana.last
    back = await ana.take(fired("wake"), at=change.until)
    assert "You wanted to see this again" in texts(back)[0]
    assert f"esc:answer:{approval}" in ids(back)
    assert timers(back, "wake") == [None]


async def test_the_evening_is_not_offered_when_it_has_begun(world: World) -> None:
    tenant = await world.open_tenant()
    ana = await tenant.join("Ana")
    approval, _ = await tenant.escalate()
    evening = now().astimezone(BERLIN.zone).replace(hour=19)
    assert labels(await ana.tap(f"box:later:{approval}", at=evening)) == ["In 1 hour", "Tomorrow morning"]


async def test_a_deadline_comes_before_the_wish_to_wait(world: World) -> None:
    tenant = await world.open_tenant(agents=GIFTS)
    ana = await tenant.join("Ana")
    gift = await tenant.ask_action("send_gift", GIFT, lasts=timedelta(hours=1))
    assert gift.asked is not None
    outcome = await ana.tap(f"box:snooze:morning:{gift.approval_id}", at=now())
    (change,) = [each for each in outcome.changes if isinstance(each, SnoozeApproval)]
    assert gift.asked.expires_at - change.until == pytest.approx(timedelta(minutes=30), abs=timedelta(seconds=5))
    assert "before the time is over" in texts(outcome)[0]


async def test_what_was_decided_meanwhile_does_not_come_back_and_cannot_be_set_aside(world: World) -> None:
    tenant = await world.open_tenant()
    ana, bob = await tenant.join("Ana"), await tenant.join("Bob", "manager")
    approval, _ = await tenant.escalate()
    other, _ = await tenant.escalate()
    await ana.tap(f"box:snooze:hour:{approval}", at=now())
    await bob.tap(f"esc:dismiss:{approval}")
    assert texts(await ana.take(fired("wake"), at=now() + timedelta(hours=1))) == []
    await bob.tap(f"esc:dismiss:{other}")
    outcome = await ana.tap(f"box:snooze:hour:{other}", at=now())
    assert not outcome.changes
    assert "✓ Dismissed by Bob" in texts(outcome)[0]


async def test_what_comes_back_waits_while_an_answer_is_being_written(world: World) -> None:
    tenant = await world.open_tenant()
    ana = await tenant.join("Ana")
    approval, _ = await tenant.escalate()
    other, _ = await tenant.escalate()
    at = now()
    await ana.tap(f"box:snooze:hour:{approval}", at=at)
    await ana.tap(f"esc:answer:{other}", at=at + timedelta(minutes=59))
    outcome = await ana.take(fired("wake"), at=at + timedelta(hours=1))
    assert outcome.messages == ()
    assert timers(outcome, "wake") == [at + timedelta(hours=1, minutes=5)]


# Reminders


def around_the_clock(tenant: Tenant) -> Tenant:
    tenant.profile = replace(tenant.profile, settings=ALWAYS)
    return tenant


async def remind(seat: Seat, at: datetime) -> TurnOutcome:
    return await seat.take(fired("remind"), at=at)


async def test_a_lone_owner_is_reminded_three_times_and_no_more(world: World) -> None:
    tenant = around_the_clock(await world.open_tenant())
    ana = await tenant.join("Ana")
    approval, _ = await tenant.escalate()
    at = now()
    due = timers(await ana.take(asks(approval), at=at), "remind")
    assert due == [at + FIRST]
    for step in range(3):
        outcome = await remind(ana, at + FIRST + step * NEXT)
        assert "1 question is waiting" in texts(outcome)[0]
        assert labels(outcome) == ["Show"]
        due = timers(outcome, "remind")
        assert due == ([at + FIRST + (step + 1) * NEXT] if step < 2 else [])
    assert ids(await ana.tap("box:show"))[0] == f"esc:answer:{approval}"


async def test_the_ladder_goes_from_owners_to_managers_to_all(world: World) -> None:
    tenant = around_the_clock(await world.open_tenant())
    ana, bob = await tenant.join("Ana"), await tenant.join("Bob", "manager")
    vera = await tenant.join("Vera", "viewer")
    approval, _ = await tenant.escalate()
    at = now()
    assert timers(await ana.take(asks(approval), at=at), "remind") == [at + FIRST]
    assert timers(await bob.take(asks(approval), at=at), "remind") == [at + FIRST + NEXT]
    assert timers(await vera.take(asks(approval), at=at), "remind") == []
    assert timers(await remind(ana, at + FIRST), "remind") == [at + FIRST + 2 * NEXT]
    assert timers(await remind(bob, at + FIRST + NEXT), "remind") == [at + FIRST + 2 * NEXT]
    for seat in (ana, bob):
        last = await remind(seat, at + FIRST + 2 * NEXT)
        assert texts(last)
        assert timers(last, "remind") == []


async def test_one_message_stands_for_all_and_the_later_ones_do_not_ring_again_at_once(world: World) -> None:
    tenant = around_the_clock(await world.open_tenant())
    ana = await tenant.join("Ana")
    at = now()
    for minute in range(4):
        approval, _ = await tenant.escalate()
        await ana.take(asks(approval), at=at + timedelta(minutes=minute))
    await world.superuser.execute(
        "UPDATE approvals SET created_at = created_at - interval '2 hours' WHERE tenant_id = $1", tenant.id
    )
    outcome = await remind(ana, at + FIRST)
    (told,) = texts(outcome)
    assert told == "⏰ Bakery Lindenhof · 4 questions are waiting, the oldest for 2 hr."
    assert timers(outcome, "remind") == [at + 2 * FIRST]


async def test_with_the_last_decision_the_timer_goes(world: World) -> None:
    tenant = around_the_clock(await world.open_tenant())
    ana, bob = await tenant.join("Ana"), await tenant.join("Bob", "manager")
    first, second = (await tenant.escalate())[0], (await tenant.escalate())[0]
    at = now()
    await ana.take(asks(first), asks(second), at=at)
    for approval in (first, second):
        await bob.tap(f"esc:dismiss:{approval}")
    assert SECTION not in ana.state.get("kept", {})  # type: ignore[operator]
    assert texts(await remind(ana, at + FIRST)) == []


async def test_no_reminder_while_an_answer_is_being_written_nor_of_what_is_set_aside(world: World) -> None:
    tenant = around_the_clock(await world.open_tenant())
    ana = await tenant.join("Ana")
    approval, _ = await tenant.escalate()
    at = now()
    await ana.take(asks(approval), at=at)
    await ana.tap(f"esc:answer:{approval}", at=at + timedelta(minutes=29))
    busy = await remind(ana, at + FIRST)
    assert (busy.messages, timers(busy, "remind")) == ((), [at + FIRST + timedelta(minutes=5)])
    await ana.write("/cancel")
    await ana.tap(f"box:snooze:hour:{approval}", at=at + FIRST)
    quiet = await remind(ana, at + FIRST + timedelta(minutes=5))
    assert (quiet.messages, timers(quiet, "remind")) == ((), [at + FIRST + timedelta(hours=1) + FIRST])


@given(at=MOMENTS, hours=HOURS)
def test_reminders_fall_into_working_hours_but_for_an_urgent_first(at: datetime, hours: WorkingHours) -> None:
    assert plan_first(at, hours, urgent=True) == at + URGENT
    first = plan_first(at, hours, urgent=False)
    following = plan_next(first, hours)
    for due, earliest in ((first, at + FIRST), (following, first + NEXT)):
        assert due >= earliest
        assert due - earliest <= timedelta(hours=26)
        assert hours.contain(due) or not hours.contain(hours.next_opening(due))
        assert due == earliest or due.astimezone(hours.zone).time() == hours.opens


def test_outside_working_hours_it_is_the_next_opening() -> None:
    friday_night = datetime(2026, 11, 27, 21, 45, tzinfo=BERLIN.zone)
    assert plan_first(friday_night, BERLIN, urgent=False) == datetime(2026, 11, 28, 8, tzinfo=BERLIN.zone)
    assert plan_next(datetime(2026, 11, 27, 19, tzinfo=BERLIN.zone), BERLIN) == datetime(
        2026, 11, 28, 8, tzinfo=BERLIN.zone
    )
    assert BERLIN.tomorrow_morning(datetime(2026, 11, 28, 2, tzinfo=BERLIN.zone)).date().isoformat() == "2026-11-28"
