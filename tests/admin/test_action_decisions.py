"""Approving, rejecting, taking back: who may, who was first, until when, and what streams and audit are told."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from core.changes import DecideApproval
from core.events import EscalationClosed
from core.ids import INTERNAL
from core.messages import EditCard
from tests.admin.actions_world import ask_call, ask_credit, asked, ended, forwarder, ids, status, team
from tests.admin.desk_world import World, buttons, decisions, texts

VERBS = ["approve", "edit", "reject", "undo", "confirm", "cancel", "field"]
UNDO = timedelta(minutes=30)


def button(verb: str, number: str) -> str:
    return f"act:{verb}:{number}:0" if verb == "field" else f"act:{verb}:{number}"


@pytest.mark.parametrize("verb", ["approve", "reject"])
async def test_a_tap_decides_tells_the_stream_and_every_desk(world: World, verb: str) -> None:
    tenant, ana, ben, cem, vera = await team(world)
    approval = await ask_credit(tenant)
    outcome = await ana.tap(button(verb, approval.approval_id))
    (change,) = outcome.changes
    assert isinstance(change, DecideApproval)
    assert (change.expected, change.status, change.edited) == ("pending", verb, None)
    (event,) = outcome.events
    assert (event.tenant_id, event.stream_id, event.stream_kind) == (tenant.id, approval.stream_id, "conversation")
    assert (event.account_id, event.external_id) == (INTERNAL, f"decision:{approval.approval_id}:{verb}")
    (decision,) = decisions(outcome)
    assert (decision.decision, decision.member_name, decision.text) == (verb, "Ana", "")
    assert [note.action for note in outcome.audit] == [f"action.{verb}"]
    assert "parcel" not in str(outcome.audit)
    for seat in (ana, ben, cem, vera):
        edit = seat.seen[-1]
        assert isinstance(edit, EditCard)
        assert (edit.card, edit.buttons) == (f"act:{approval.approval_id}", ())
    after = await tenant.find(approval.approval_id)
    assert (after.status, after.decided_by, after.asked) == (verb, "Ana", approval.asked)


@pytest.mark.parametrize("verb", VERBS)
async def test_a_viewer_decides_nothing(world: World, verb: str) -> None:
    tenant, _, _, _, vera = await team(world)
    approval = await ask_call(tenant)
    outcome = await vera.tap(button(verb, approval.approval_id))
    assert "deciding is for managers and owners" in texts(outcome)[0]
    assert not (outcome.changes or outcome.events or outcome.to_desks or outcome.state)


@pytest.mark.parametrize("verb", ["approve", "edit", "confirm", "field"])
async def test_a_manager_leaves_to_the_owner_what_is_the_owners(world: World, verb: str) -> None:
    tenant, _, _, cem, _ = await team(world)
    approval = await ask_credit(tenant)
    outcome = await cem.tap(button(verb, approval.approval_id))
    assert "Only an owner can decide that." in texts(outcome)[0]
    assert not (outcome.changes or outcome.events or outcome.state)
    await cem.tap(button("reject", approval.approval_id))
    assert await status(tenant, approval) == "reject"


async def test_a_manager_approves_what_managers_may(world: World) -> None:
    tenant, _, _, cem, _ = await team(world)
    approval = await ask_call(tenant)
    await cem.tap(button("approve", approval.approval_id))
    assert await status(tenant, approval) == "approve"


@pytest.mark.parametrize("verb", VERBS)
async def test_another_tenants_action_is_no_longer_valid(world: World, verb: str) -> None:
    _, ana, *_ = await team(world)
    theirs = await forwarder(world)
    approval = await ask_credit(theirs)
    outcome = await ana.tap(button(verb, approval.approval_id))
    assert texts(outcome) == ["This card is no longer valid."]
    assert not (outcome.changes or outcome.events or outcome.state)
    assert await status(theirs, approval) == "pending"


@pytest.mark.parametrize("verb", ["answer", "take_over", "dismiss", "release", "switch", "cancel"])
async def test_an_action_is_not_decided_by_the_buttons_of_a_question(world: World, verb: str) -> None:
    tenant, ana, *_ = await team(world)
    approval, (question, _) = await ask_credit(tenant), await tenant.escalate()
    assert texts(await ana.tap(f"esc:{verb}:{approval.approval_id}")) == ["This card is no longer valid."]
    assert await status(tenant, approval) == "pending"
    for mine in VERBS:
        assert texts(await ana.tap(button(mine, question))) == ["This card is no longer valid."]
    assert (await tenant.find(question)).status == "pending"


@pytest.mark.parametrize(
    "data",
    ["act:", "act:approve:", "act:approve:aaaaaaaaaaaaa", "act:own:{id}", "act:approve:{id}:0", "act:field:{id}",
     "act:field:{id}:4", "act:field:{id}:999", "act:field:{id}:-1", "act:approve:{id}\n", "act:approve:\x00",
     "act:approve:" + "a" * 60, "act:approve:{id} ", "ACT:approve:{id}"],
)  # fmt: skip
async def test_forged_buttons_are_no_longer_valid(world: World, data: str) -> None:
    tenant, ana, *_ = await team(world)
    approval = await ask_credit(tenant)
    outcome = await ana.tap(data.format(id=approval.approval_id))
    assert texts(outcome) == ["This card is no longer valid."]
    assert not (outcome.changes or outcome.events or outcome.state)


@pytest.mark.parametrize("verb", ["approve", "edit", "reject", "confirm", "field"])
async def test_what_has_expired_is_told_and_not_done(world: World, verb: str) -> None:
    tenant, ana, *_ = await team(world)
    approval = await ask_credit(tenant, lasts=timedelta(seconds=-1))
    outcome = await ana.tap(button(verb, approval.approval_id))
    assert texts(outcome) == ["The time to decide this is over, so nothing was done."]
    assert not (outcome.changes or outcome.events or outcome.state)
    await world.superuser.execute(
        "UPDATE approvals SET status = 'expired' WHERE approval_id = $1", approval.approval_id
    )
    assert texts(await ana.tap(button(verb, approval.approval_id))) == texts(outcome)


@pytest.mark.parametrize("verb", ["approve", "edit", "reject", "confirm", "field"])
async def test_the_second_is_told_who_was_first(world: World, verb: str) -> None:
    tenant, ana, ben, *_ = await team(world)
    approval = await ask_credit(tenant)
    await ana.tap(button("approve", approval.approval_id))
    outcome = await ben.tap(button(verb, approval.approval_id))
    assert texts(outcome) == ["Ana already approved this."]
    assert not (outcome.changes or outcome.events)


async def test_two_owners_at_once_have_one_winner(world: World) -> None:
    tenant, ana, ben, *_ = await team(world)
    approval = await ask_credit(tenant)
    seats, verbs = (ana, ben), ("approve", "reject")
    outcomes = [
        await seat.decide(seat.turn(seat.tapping(button(verb, approval.approval_id))))
        for seat, verb in zip(seats, verbs, strict=True)
    ]
    finished = await asyncio.gather(*(seat.finish(each) for seat, each in zip(seats, outcomes, strict=True)))
    assert sorted(finished) == [False, True]
    first = finished.index(True)
    assert await status(tenant, approval) == verbs[first]
    loser = seats[1 - first]
    said = texts(await loser.tap(button(verbs[1 - first], approval.approval_id)))
    assert said == [("Ana already approved this.", "Ben already rejected this.")[first]]


async def test_a_double_tap_is_one_decision(world: World) -> None:
    tenant, ana, *_ = await team(world)
    approval = await ask_credit(tenant)
    tap = ana.tapping(button("approve", approval.approval_id))
    outcome = await ana.take(tap, tap, ana.tapping(button("reject", approval.approval_id)))
    assert len(outcome.changes) == len(outcome.events) == len(outcome.audit) == 1


async def test_what_is_done_can_be_taken_back_in_time(world: World) -> None:
    tenant, ana, ben, cem, vera = await team(world)
    approval = await ask_credit(tenant)
    await ana.tap(button("approve", approval.approval_id))
    end = ended(approval.approval_id, undo=UNDO)
    for seat in (ana, ben):
        shown = await seat.take(end)
        assert ids(buttons(shown)) == [f"act:undo:{approval.approval_id}"]
        assert "It can be taken back until" in seat.last
    for seat in (cem, vera):
        assert buttons(await seat.take(end)) == []
    assert not (await cem.tap(button("undo", approval.approval_id))).changes
    outcome = await ben.tap(button("undo", approval.approval_id), at=datetime.now(UTC) + UNDO / 2)
    (change,) = outcome.changes
    assert isinstance(change, DecideApproval)
    assert (change.expected, change.status) == ("approve", "undone")
    assert [decision.decision for decision in decisions(outcome)] == ["undo"]
    assert [note.action for note in outcome.audit] == ["action.undone"]
    assert await status(tenant, approval) == "undone"
    for seat in (ana, ben, cem, vera):
        assert seat.last.endswith("↩ Taken back by Ben")
    assert texts(await ana.tap(button("undo", approval.approval_id))) == ["Ben already took this back."]
    await ana.take(ended(approval.approval_id, ok=False, text="409"))
    assert ana.last.endswith("✗ It could not be taken back. 409")


async def test_too_late_is_too_late_to_take_back(world: World) -> None:
    tenant, ana, *_ = await team(world)
    approval = await ask_credit(tenant)
    await ana.tap(button("approve", approval.approval_id))
    await ana.take(ended(approval.approval_id, undo=UNDO))
    outcome = await ana.tap(button("undo", approval.approval_id), at=datetime.now(UTC) + UNDO * 2)
    assert not (outcome.changes or outcome.events)
    edit, _ = outcome.messages
    assert isinstance(edit, EditCard)
    assert edit.buttons == ()
    assert ana.last.startswith("It is too late to take that back.")
    assert await status(tenant, approval) == "approve"


async def test_what_cannot_be_taken_back_has_no_button_for_it(world: World) -> None:
    tenant, ana, *_ = await team(world)
    approval = await ask_credit(tenant)
    assert texts(await ana.tap(button("undo", approval.approval_id))) == ["This question from Maya is still waiting."]
    await ana.tap(button("approve", approval.approval_id))
    for end in (ended(approval.approval_id), ended(approval.approval_id, ok=False, undo=UNDO),
                ended(approval.approval_id, undo=-UNDO)):  # fmt: skip
        assert buttons(await ana.take(end)) == []
    outcome = await ana.tap(button("undo", approval.approval_id))
    assert texts(outcome) == ["That cannot be taken back from here."]
    assert not outcome.changes


async def test_news_of_the_first_end_after_it_was_taken_back_offers_nothing(world: World) -> None:
    tenant, ana, ben, *_ = await team(world)
    approval = await ask_credit(tenant)
    await ana.tap(button("approve", approval.approval_id))
    end = ended(approval.approval_id, undo=UNDO)
    await ana.take(end)
    await ana.tap(button("undo", approval.approval_id))
    closed = EscalationClosed(approval_id=approval.approval_id, outcome="undone", member_name="Ana")
    assert buttons(await ben.take(end, closed)) == []
    assert ben.last.endswith("↩ Taken back by Ana")


async def test_approving_needs_no_words_and_typing_goes_to_nobody(world: World) -> None:
    tenant, ana, *_ = await team(world)
    approval = await ask_credit(tenant)
    await ana.take(asked(approval))
    for words in ("approve", "yes", "/approve", f"/approve {approval.approval_id}"):
        assert not (await ana.write(words)).changes
    assert await status(tenant, approval) == "pending"
