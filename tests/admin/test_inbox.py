"""The inbox: pages of what waits, cards that show the true state, setting aside, reminders, several at once, pauses."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from admin.inbox.bulk import MOST
from admin.inbox.hours import WorkingHours
from admin.inbox.kept import SECTION
from admin.inbox.listing import PAGE
from admin.inbox.moments import read_until
from admin.inbox.pausing import OPEN_END
from admin.inbox.reminders import FIRST, NEXT, URGENT, URGENT_REASONS, plan_first, plan_next
from core.changes import DecideApproval, SaveCase, SetTimer
from core.desk_changes import SnoozeApproval
from core.events import EscalationOpened, OwnerNotice, TimerFired
from core.ids import ApprovalId, StreamId
from core.messages import BUTTON_ID_BYTES, EditCard, SendText
from core.turns import Approval, TurnOutcome
from tenants.agents import AgentPolicy, HttpAction, HttpField
from tenants.settings import BusinessSettings, read_settings
from tests.admin.actions_world import CREDIT, ask_credit, forwarder
from tests.admin.desk_world import Seat, Tenant, World, buttons, decisions, quiet_edits, texts

LANGUAGES = ["en", "es", "ru", "de", "fr", "pt"]
ROOM_FOR_TENANT = 20
ALWAYS = BusinessSettings(working_from=time(0), working_to=time(0)).model_dump_json()
GIFT: dict[str, JsonValue] = {"order": "O-1", "note": "a bag of rolls"}
GIFTS = AgentPolicy(
    http=(
        HttpAction(
            name="send_gift", title="Gift", about="Sends a gift.", agent="sales", url="http://127.0.0.1/gift",
            done="sent", fields={"order": HttpField(type="text", most=40), "note": HttpField(type="text", most=40)},
        ),
    )
)  # fmt: skip
BERLIN = WorkingHours(opens=time(8), closes=time(20), zone=ZoneInfo("Europe/Berlin"))
MINUTES = st.integers(0, 2 * 365 * 24 * 60)
MOMENTS = MINUTES.map(lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes))
HOURS = st.builds(
    WorkingHours,
    opens=st.times().map(lambda clock: clock.replace(second=0, microsecond=0)),
    closes=st.times().map(lambda clock: clock.replace(second=0, microsecond=0)),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/Sao_Paulo", "Asia/Kolkata"]).map(ZoneInfo),
)


def now() -> datetime:
    return datetime.now(UTC)


def ids(outcome: TurnOutcome) -> list[str]:
    return [button.id for button in buttons(outcome)]


def labels(outcome: TurnOutcome) -> list[str]:
    return [button.label for button in buttons(outcome)]


def opened(outcome: TurnOutcome) -> list[str]:
    return [each.removeprefix("box:open:") for each in ids(outcome) if each.startswith("box:open:")]


def find(outcome: TurnOutcome, label: str) -> str:
    return next(button.id for button in buttons(outcome) if button.label.startswith(label))


def asks(approval: ApprovalId, reason: str = "not_in_knowledge") -> EscalationOpened:
    return EscalationOpened(
        approval_id=approval, stream_id=StreamId(UUID(int=1)), contact_name="Maya", channel="telegram",
        question="Nuts?", reason=reason,
    )  # fmt: skip


def timers(outcome: TurnOutcome, name: str) -> list[datetime | None]:
    return [each.due_at for each in outcome.changes if isinstance(each, SetTimer) and each.name == f"{SECTION}:{name}"]


def fired(name: str) -> TimerFired:
    return TimerFired(name=f"{SECTION}:{name}", payload={})


async def ask_gifts(tenant: Tenant, count: int) -> list[Approval]:
    return [await tenant.ask_action("send_gift", GIFT, contact=f"Person {n}") for n in range(count)]


# The list


async def test_pages_go_forth_and_back_over_all_that_waits_and_name_the_business(world: World) -> None:
    tenant = await world.open_tenant()
    ana = await tenant.join("Ana")
    asked = [(await tenant.escalate(f"Person {n}", f"Question {n}"))[0] for n in range(2 * PAGE + 2)]
    first = await ana.write("/inbox")
    assert opened(first) == asked[:PAGE]
    assert "**Bakery Lindenhof** · waiting for you" in ana.last
    assert f"❓ {len(asked)} questions" in ana.last
    assert "**1.** ❓ Person 0: Question 0 · 1 min" in ana.last
    second = await ana.tap(find(first, "More"))
    (edit,) = second.messages
    assert isinstance(edit, EditCard)
    assert edit.card == next(m.card for m in first.messages if isinstance(m, SendText))
    assert opened(second) == asked[PAGE : 2 * PAGE]
    assert opened(await ana.tap(find(first, "More"))) == asked[PAGE : 2 * PAGE]  # a double tap turns one page
    third = await ana.tap(find(second, "More"))
    assert opened(third) == asked[2 * PAGE :]
    assert "More" not in labels(third)
    again = await ana.tap(find(third, "Back"))
    assert opened(again) == asked[PAGE : 2 * PAGE]
    start = await ana.tap(find(again, "Back"))
    assert opened(start) == asked[:PAGE]
    assert "Back" not in labels(start)


async def test_the_urgent_come_first_then_who_has_waited_longest_then_what_is_taken_over(world: World) -> None:
    tenant = await world.open_tenant(agents=GIFTS)
    ana = await tenant.join("Ana")
    held, _ = await tenant.escalate("Held")
    await ana.tap(f"esc:take_over:{held}")
    plain, _ = await tenant.escalate("Plain")
    gift = (await ask_gifts(tenant, 1))[0].approval_id
    upset, _ = await tenant.escalate("Upset")
    await world.superuser.execute("UPDATE approvals SET reason = 'upset' WHERE approval_id = $1", upset)
    listed = await ana.write("/inbox")
    assert opened(listed) == [gift, upset, plain, held]
    assert "**2.** ❗ Upset" in ana.last
    assert "⚡ Person 0: Gift" in ana.last
    assert "🙋 Held" in ana.last
    assert "with Ana" in ana.last


async def test_one_kind_alone_and_back_to_all(world: World) -> None:
    tenant = await world.open_tenant(agents=GIFTS)
    ana = await tenant.join("Ana")
    question, _ = await tenant.escalate()
    gifts = [gift.approval_id for gift in await ask_gifts(tenant, 2)]
    listed = await ana.write("/inbox")
    only = await ana.tap(find(listed, "Only questions"))
    assert opened(only) == [question]
    actions = await ana.tap(find(only, "Only actions"))
    assert opened(actions) == gifts
    everything = await ana.tap(find(actions, "Show all"))
    assert opened(everything) == [*gifts, question]


async def test_when_one_thing_waits_it_is_shown_itself_and_when_nothing_does_that_is_said(world: World) -> None:
    tenant = await world.open_tenant()
    ana = await tenant.join("Ana")
    assert texts(await ana.write("/inbox")) == ["Bakery Lindenhof · Nothing is waiting for you."]
    approval, _ = await tenant.escalate()
    outcome = await ana.write("/inbox")
    assert ids(outcome) == [f"esc:{verb}:{approval}" for verb in ("answer", "take_over", "dismiss")] + [
        f"box:later:{approval}"
    ]
    assert "Waiting for 1 min" in ana.last


async def test_a_reached_limit_stands_at_the_top_until_an_owner_decides(world: World) -> None:
    tenant = await world.open_tenant()
    ana = await tenant.join("Ana")
    month = now().astimezone(ZoneInfo("Europe/Berlin")).strftime("%Y-%m")
    await world.superuser.execute(
        "INSERT INTO budget_alerts (tenant_id, scope, key, threshold, limit_micros, used_micros, currency) "
        "VALUES ($1, 'month', $2, 100, 5000000, 5000000, 'EUR')",
        tenant.id, month,
    )  # fmt: skip
    listed = await ana.write("/inbox")
    assert "1 limit reached" in ana.last
    assert "€5.00 of €5.00 are used up" in ana.last
    shown = await ana.tap(find(listed, "1"))
    stay = next(each for each in ids(shown) if each.startswith("bud:stay:"))
    await ana.tap(stay)
    assert texts(await ana.write("/inbox")) == ["Bakery Lindenhof · Nothing is waiting for you."]
    late = await ana.tap(f"box:limit:month:{month}:5000000")
    assert "Ana has already decided that." in texts(late)[0]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_lists_and_choices_fit_every_channel_in_every_language(world: World, language: str) -> None:
    tenant = await world.open_tenant("B*k_ry " * 20, language, GIFTS)
    ana = await tenant.join("Ана", language=language)
    long = "*very_long [text](with) `marks`* " * 40
    for _ in range(4):
        await tenant.escalate(long, long)
    await world.superuser.execute(
        "UPDATE approvals SET created_at = created_at - interval '2 days' WHERE tenant_id = $1", tenant.id
    )
    gifts = [await tenant.ask_action("send_gift", {"order": "O" * 40, "note": long[:40]}, contact=long) for _ in "123"]
    listed = await ana.write("/inbox")
    for tap in [*ids(listed), f"box:later:{gifts[0].approval_id}", f"box:snooze:morning:{gifts[0].approval_id}"]:
        await ana.tap(tap, at=now())
    for typed in ("/pause", "/pause nonsense", "/pause 2h", "/pause", "/resume", "/resume"):
        await ana.write(typed, at=now())
    shown = [m for m in ana.seen if isinstance(m, SendText | EditCard)]
    assert len(shown) > 20
    for message in shown:
        row = [button for row in message.buttons for button in row]
        assert len(row) <= 10
        assert len(message.text) <= (1_000 if len(row) <= 3 else 4_000)
        assert all(0 < len(button.label) <= 20 for button in row)
        assert all(len(button.id.encode()) <= BUTTON_ID_BYTES - ROOM_FOR_TENANT for button in row)


@pytest.mark.parametrize(
    "data",
    ["box:", "box:open:aaaaaaaaaaaaa", "box:open:\x00", "box:go:1:1:up", "box:later:aaaaaaaaaaaaa", "box:yes:",
     "box:snooze:hour:x", "box:limit:month:2026-11:9", "box:alike:aaaaaaaaaaaaa", "box:snooze:never:aaaaaaaaaaaaa",
     "x" * 99],
)  # fmt: skip
async def test_forged_buttons_are_no_longer_valid(world: World, data: str) -> None:
    ana = await (await world.open_tenant()).join("Ana")
    outcome = await ana.tap(data)
    assert texts(outcome) == ["This card is no longer valid."]
    assert not (outcome.changes or outcome.events)


async def test_an_older_list_begins_anew_and_opens_its_cards_all_the_same(world: World) -> None:
    tenant = await world.open_tenant()
    ana = await tenant.join("Ana")
    asked = [(await tenant.escalate())[0] for _ in range(PAGE + 1)]
    old = await ana.write("/inbox")
    await ana.write("/inbox")
    outcome = await ana.tap(find(old, "More"))
    assert isinstance(outcome.messages[0], SendText)
    assert opened(outcome) == asked[:PAGE]
    await ana.tap(f"esc:dismiss:{asked[0]}")
    late = await ana.tap(find(old, "1"))
    assert "✓ Dismissed by Ana" in texts(late)[0]
    assert buttons(late) == []


async def test_viewers_look_and_change_nothing(world: World) -> None:
    tenant = await world.open_tenant(agents=GIFTS)
    vera = await tenant.join("Vera", "viewer")
    gifts = await ask_gifts(tenant, 2)
    listed = await vera.write("/inbox")
    assert labels(listed) == ["1", "2"]
    assert buttons(await vera.tap(find(listed, "1"))) == []
    first = gifts[0].approval_id
    for data in (f"box:later:{first}", f"box:snooze:hour:{first}", f"box:alike:{first}", "box:old", "box:yes:1",
                 "box:pause:open", "box:resume"):  # fmt: skip
        outcome = await vera.tap(data)
        assert "deciding is for managers" in texts(outcome)[0]
        assert not (outcome.changes or outcome.events)


# Cards that are out of date


@pytest.mark.parametrize("verb", ["answer", "take_over", "dismiss"])
async def test_a_stale_tap_says_what_happened_and_the_tapped_card_shows_it(world: World, verb: str) -> None:
    tenant = await world.open_tenant()
    ana, bob = await tenant.join("Ana"), await tenant.join("Bob", "manager")
    approval, _ = await tenant.escalate()
    await ana.tap(f"esc:dismiss:{approval}")
    outcome = await bob.tap(f"esc:{verb}:{approval}")
    assert texts(outcome) == ["Ana already dismissed this."]
    (edit,) = quiet_edits(outcome)
    assert (edit.card, edit.message_id, edit.buttons) == (f"esc:{approval}", "m", ())
    assert edit.text.endswith("✓ Dismissed by Ana")


@pytest.mark.parametrize("verb", ["approve", "edit", "reject"])
async def test_a_stale_action_says_what_became_of_it(world: World, verb: str) -> None:
    tenant = await forwarder(world)
    ana, bob = await tenant.join("Ana"), await tenant.join("Bob")
    credit = await ask_credit(tenant)
    await ana.tap(f"act:approve:{credit.approval_id}")
    await world.superuser.execute(
        "INSERT INTO action_uses (tenant_id, key, stream_id, name, agent, contact_id, approval_id, arguments, status) "
        "VALUES ($1, $2, $3, $4, 'billing', $3, $2, '{}', 'failed')",
        tenant.id, credit.approval_id, credit.stream_id, CREDIT,
    )  # fmt: skip
    outcome = await bob.tap(f"act:{verb}:{credit.approval_id}")
    assert texts(outcome) == ["Ana already approved this."]
    (edit,) = quiet_edits(outcome)
    assert "Approved by Ana" in edit.text
    assert edit.text.endswith("did not work.")
    assert edit.buttons == ()


async def test_one_that_expired_says_so_and_loses_its_buttons(world: World) -> None:
    tenant = await forwarder(world)
    ana = await tenant.join("Ana")
    late = await ask_credit(tenant, lasts=timedelta(seconds=-1))
    outcome = await ana.tap(f"act:approve:{late.approval_id}")
    (edit,) = quiet_edits(outcome)
    assert "Nobody decided in time" in edit.text
    assert edit.buttons == ()
    assert not outcome.changes


async def test_the_copy_further_up_loses_its_buttons_when_a_card_is_shown_again(world: World) -> None:
    tenant = await world.open_tenant()
    ana = await tenant.join("Ana")
    approval, _ = await tenant.escalate()
    outcome = await ana.tap(f"box:open:{approval}")
    retired, shown = outcome.messages
    assert isinstance(retired, EditCard)
    assert isinstance(shown, SendText)
    assert (retired.card, retired.quiet, retired.buttons) == (shown.card, True, ())


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


# Cases


async def test_the_card_of_a_case_shows_where_it_stands_after_a_stale_tap_and_after_news(world: World) -> None:
    tenant = await world.open_tenant()
    ana = await tenant.join("Ana")
    opened_at = SaveCase(kind="ticket", reference="T-1001", title="A broken cake", step="open")
    stream = await tenant.open_case(opened_at)
    shown = await ana.write("/cases")
    start = find(shown, "Start")
    ordered = await ana.tap(start)
    (edit,) = [message for message in ordered.messages if isinstance(message, EditCard)]
    assert (edit.message_id, edit.buttons) == ("m", ())
    await tenant.open_case(replace(opened_at, step="in_progress"))
    news = await ana.take(OwnerNotice(notice="case_news", fields={"reference": "T-1001", "kind": "ticket"}))
    (followed,) = quiet_edits(news)
    assert followed.card == f"case:{stream.hex}"
    assert "In progress" in followed.text
    stale = await ana.tap(start)
    (refreshed,) = quiet_edits(stale)
    assert refreshed.message_id == "m"
    assert start not in [button.id for row in refreshed.buttons for button in row]
