"""An owner changes an action before approving it: only to what fits, and what is approved is what was shown."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from admin.action_fields import find_declared, list_fields
from admin.session import DeskTurn
from agents.actions.declaration import read_arguments
from agents.actions.registry import BUILT_IN
from agents.policy.hashing import hash_action
from core.changes import DecideApproval
from core.clock import SystemClock
from core.turns import Approval, TurnOutcome, TurnTools
from tests.admin.actions_world import ARGUMENTS, CREDIT, FIELDS, ask_call, ask_credit, ids, status, team
from tests.admin.desk_world import NOW, KeylessModels, Seat, Tenant, World, buttons, decisions, texts


async def edit(seat: Seat, approval: Approval, field: str, words: str, at: datetime = NOW) -> TurnOutcome:
    await seat.tap(f"act:edit:{approval.approval_id}", at=at)
    await seat.tap(f"act:field:{approval.approval_id}:{FIELDS[field]}", at=at)
    return await seat.write(words, at=at)


async def held(tenant: Tenant, approval: Approval) -> dict[str, object]:
    found = await tenant.find(approval.approval_id)
    assert found.asked is not None
    return dict(found.asked.action.arguments)


async def test_edit_offers_all_but_the_record(world: World) -> None:
    tenant, ana, *_ = await team(world)
    approval = await ask_credit(tenant)
    outcome = await ana.tap(f"act:edit:{approval.approval_id}")
    assert [shown.label for shown in buttons(outcome)] == ["Amount", "Reason", "On", "Days", "Cancel"]
    outcome = await ana.tap(f"act:field:{approval.approval_id}:0")
    assert "Amount, now: €125.00" in ana.last
    assert not outcome.changes


async def test_the_changed_amount_is_approved_and_bound_by_a_new_hash(world: World) -> None:
    tenant, ana, ben, *_ = await team(world)
    approval = await ask_credit(tenant)
    assert approval.asked is not None
    preview = await edit(ana, approval, "amount", "€80,5")
    assert not preview.changes
    assert ana.last.startswith("Changed, but not approved yet:\n**Credit on an")
    assert "Amount: €80.50" in ana.last
    number = approval.approval_id
    assert ids(buttons(preview)) == [f"act:confirm:{number}", f"act:edit:{number}", f"act:cancel:{number}"]
    outcome = await ana.tap(f"act:confirm:{number}")
    (change,) = outcome.changes
    assert isinstance(change, DecideApproval)
    arguments = {**ARGUMENTS, "amount": "80.50"}
    expires_at = approval.asked.expires_at
    wanted = hash_action(tenant.id, approval.stream_id, CREDIT, arguments, expires_at)
    after = await tenant.find(number)
    assert after.asked is not None
    assert after.asked.action.arguments == arguments
    assert (after.asked.action_hash, after.asked.expires_at) == (wanted, expires_at)
    row = await world.superuser.fetchrow("SELECT action_hash, status FROM approvals WHERE approval_id = $1", number)
    assert row is not None
    assert (row["action_hash"], row["status"]) == (wanted, "approve")
    assert wanted != approval.asked.action_hash
    assert [decision.decision for decision in decisions(outcome)] == ["approve"]
    assert outcome.audit[0].details["changed"] == ["amount"]
    assert ben.last.endswith("✓ Changed and approved by Ana")
    assert "€80.50" in ben.last


async def test_several_fields_one_after_the_other(world: World) -> None:
    tenant, ana, *_ = await team(world)
    approval = await ask_credit(tenant)
    for field, words in (("amount", "90"), ("reason", "A gesture"), ("on", "24.12.2026"), ("days", "7")):
        await edit(ana, approval, field, words)
    await ana.tap(f"act:confirm:{approval.approval_id}")
    expected = {"invoice": "INV-7001", "amount": "90.00", "reason": "A gesture", "on": "2026-12-24", "days": 7}
    assert await held(tenant, approval) == expected


@pytest.mark.parametrize(
    ("field", "words", "says"),
    [
        ("amount", "a lot", "an amount in EUR"),
        ("amount", "-5", "an amount in EUR"),
        ("amount", "12 USD", "an amount in EUR"),
        ("amount", "0", "above zero"),
        ("amount", "200.01", "€200.00 is the most"),
        ("amount", "999999999", "€200.00 is the most"),
        ("amount", "1000000000", "an amount in EUR"),
        ("on", "tomorrow", "as a day"),
        ("on", "31.02.2027", "as a day"),
        ("on", "2026-13-01", "as a day"),
        ("days", "0", "from 1 to 30"),
        ("days", "31", "from 1 to 30"),
        ("days", "3.5", "from 1 to 30"),
        ("days", "seven", "from 1 to 30"),
        ("reason", "x" * 41, "at most 40 characters"),
        ("reason", "", "at most 40 characters"),
        ("reason", "\0", "at most 40 characters"),
    ],
)
async def test_a_wrong_value_is_told_and_asked_for_again(world: World, field: str, words: str, says: str) -> None:
    tenant, ana, *_ = await team(world)
    approval = await ask_credit(tenant)
    outcome = await edit(ana, approval, field, words)
    assert says in texts(outcome)[-1]
    assert texts(outcome)[-1].endswith("Write it once more, or /cancel.")
    assert not (outcome.changes or outcome.events)
    assert texts(await ana.tap(f"act:confirm:{approval.approval_id}"))
    assert (await held(tenant, approval))[field] == ARGUMENTS[field]


async def test_after_a_wrong_value_the_right_one_is_taken(world: World) -> None:
    tenant, ana, *_ = await team(world)
    approval = await ask_credit(tenant)
    await edit(ana, approval, "amount", "500")
    await ana.write("150")
    await ana.tap(f"act:confirm:{approval.approval_id}")
    assert (await held(tenant, approval))["amount"] == "150.00"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("27.11. 15:00", "2026-11-27T15:00:00+01:00"),
        ("27.11.2026, 15.30", "2026-11-27T15:30:00+01:00"),
        ("1.7. 09:00", "2027-07-01T09:00:00+02:00"),
        ("2026-11-27 15:00", "2026-11-27T15:00:00+01:00"),
        ("2026-11-27T15:00:00z", "2026-11-27T15:00:00Z"),
        ("2026-11-27T15:00+03:00", "2026-11-27T15:00:00+03:00"),
    ],
)
async def test_times_are_read_in_the_tenants_zone(world: World, words: str, expected: str) -> None:
    tenant, _, _, cem, _ = await team(world)
    approval = await ask_call(tenant)
    await cem.tap(f"act:field:{approval.approval_id}:1")
    await cem.write(words)
    await cem.tap(f"act:confirm:{approval.approval_id}")
    assert datetime.fromisoformat(str((await held(tenant, approval))["at"])) == datetime.fromisoformat(expected)


@pytest.mark.parametrize(
    "words", ["22.11.2026 15:00", "2020-01-01 10:00", "30.2. 10:00", "25:00", "27.11. 24:30", "soon"]
)
async def test_times_that_are_over_or_none_are_refused(world: World, words: str) -> None:
    tenant, _, _, cem, _ = await team(world)
    approval = await ask_call(tenant)
    await cem.tap(f"act:field:{approval.approval_id}:1")
    outcome = await cem.write(words)
    assert texts(outcome)[-1].endswith("or /cancel.")
    assert not outcome.changes


async def test_a_choice_and_a_yes_or_no(world: World) -> None:
    tenant, ana, *_ = await team(world)
    ticket = await tenant.ask_action("create_ticket", {"title": "Seal", "details": "", "urgent": False})
    await ana.tap(f"act:field:{ticket.approval_id}:2")
    assert "Urgent: yes" in ana.last
    await ana.tap(f"act:confirm:{ticket.approval_id}")
    assert (await held(tenant, ticket))["urgent"] is True
    profile = await tenant.ask_action("update_profile", {"what": "channel", "value": "Maya"})
    await ana.tap(f"act:field:{profile.approval_id}:0")
    await ana.write("shoe size")
    assert "tone, channel, delivery" in ana.last
    await ana.write("Tone")
    await ana.tap(f"act:confirm:{profile.approval_id}")
    assert (await held(tenant, profile))["what"] == "tone"


async def test_the_old_cards_button_does_not_approve_what_was_changed_since(world: World) -> None:
    tenant, ana, *_ = await team(world)
    approval = await ask_credit(tenant)
    await edit(ana, approval, "amount", "80")
    outcome = await ana.tap(f"act:approve:{approval.approval_id}")
    assert not outcome.changes
    assert ana.last.startswith("Changed, but not approved yet:")
    await ana.tap(f"act:confirm:{approval.approval_id}")
    assert (await held(tenant, approval))["amount"] == "80.00"


async def test_what_ends_up_unchanged_is_approved_as_it_was(world: World) -> None:
    tenant, ana, *_ = await team(world)
    approval = await ask_credit(tenant)
    await edit(ana, approval, "amount", "125")
    await ana.tap(f"act:confirm:{approval.approval_id}")
    after = await tenant.find(approval.approval_id)
    assert (after.status, after.decided_text, after.asked) == ("approve", "", approval.asked)


@pytest.mark.parametrize("way", ["/cancel", "tap", "lapse", "other"])
async def test_an_edit_that_is_over_changes_nothing(world: World, way: str) -> None:
    tenant, ana, *_ = await team(world)
    approval = await ask_credit(tenant)
    await edit(ana, approval, "amount", "80")
    at = NOW
    match way:
        case "/cancel":
            await ana.write("/cancel")
        case "tap":
            await ana.tap(f"act:cancel:{approval.approval_id}")
        case "lapse":
            at = NOW + timedelta(hours=2)
        case _:
            await ana.tap(f"act:edit:{(await ask_credit(tenant)).approval_id}")
    outcome = await ana.tap(f"act:confirm:{approval.approval_id}", at=at)
    assert "no longer open" in texts(outcome)[0]
    assert not outcome.changes
    await ana.tap(f"act:approve:{approval.approval_id}", at=at)
    assert await held(tenant, approval) == ARGUMENTS
    assert "no longer open" in texts(await ana.tap(f"act:cancel:{approval.approval_id}"))[0] or way == "lapse"


async def test_a_value_that_comes_an_hour_late_goes_nowhere(world: World) -> None:
    tenant, ana, *_ = await team(world)
    approval = await ask_credit(tenant)
    await ana.tap(f"act:field:{approval.approval_id}:0")
    outcome = await ana.write("80", at=NOW + timedelta(hours=2))
    assert "no longer open" in texts(outcome)[0]
    assert not (outcome.changes or outcome.events)


async def test_what_a_colleague_decides_ends_the_edit(world: World) -> None:
    tenant, ana, ben, *_ = await team(world)
    approval = await ask_credit(tenant)
    await edit(ana, approval, "amount", "80")
    await ana.tap(f"act:field:{approval.approval_id}:0")
    await ben.tap(f"act:reject:{approval.approval_id}")
    assert ana.last == "Ben already rejected this. What you were changing is dropped."
    outcome = await ana.write("70")
    assert not (outcome.changes or outcome.events)
    assert texts(await ana.tap(f"act:confirm:{approval.approval_id}")) == ["Ben already rejected this."]


async def test_a_value_typed_ahead_of_the_news_is_dropped_too(world: World) -> None:
    tenant, ana, ben, *_ = await team(world)
    approval = await ask_credit(tenant)
    await ana.tap(f"act:field:{approval.approval_id}:0")
    tenant.seats.remove(ana)
    await ben.tap(f"act:reject:{approval.approval_id}")
    assert texts(await ana.write("70")) == ["Ben already rejected this."]


async def test_whoever_is_no_owner_any_more_cannot_go_on(world: World) -> None:
    tenant, ana, *_ = await team(world)
    approval = await ask_credit(tenant)
    await edit(ana, approval, "amount", "80")
    await ana.tap(f"act:field:{approval.approval_id}:0")
    await world.superuser.execute(
        "UPDATE members SET role = 'manager' WHERE tenant_id = $1 AND chat = $2", tenant.id, ana.chat
    )
    assert "Only an owner can decide that." in texts(await ana.write("70"))[0]
    assert not (await ana.tap(f"act:confirm:{approval.approval_id}")).changes
    assert await status(tenant, approval) == "pending"


async def test_a_value_never_goes_to_a_customer_and_an_answer_never_into_an_action(world: World) -> None:
    tenant, ana, *_ = await team(world)
    approval, (question, _) = await ask_credit(tenant), await tenant.escalate()
    await ana.tap(f"esc:answer:{question}")
    await ana.tap(f"act:field:{approval.approval_id}:1")
    assert not (await ana.write("A gesture")).events
    await ana.tap(f"act:field:{approval.approval_id}:1")
    await ana.tap(f"esc:answer:{question}")
    assert [decision.text for decision in decisions(await ana.write("Yes, we do"))] == ["Yes, we do"]
    await ana.tap(f"act:field:{approval.approval_id}:1")
    other, _ = await tenant.escalate("Noor")
    await ana.tap(f"esc:take_over:{other}")
    assert [decision.text for decision in decisions(await ana.write("Hello Noor"))] == ["Hello Noor"]
    assert await held(tenant, approval) == ARGUMENTS


@pytest.mark.parametrize("name", [each.name for each in BUILT_IN.values() if each.by == "agent"])
async def test_no_declared_field_is_read_in_a_way_its_schema_does_not_take(world: World, name: str) -> None:
    """What a field of a known kind gives is taken by the declaration, and records are not for editing."""
    tenant, ana, *_ = await team(world)
    turn = ana.turn(ana.message("x"))
    turn = replace(turn, tenant=replace(turn.tenant, agents="{}"))  # an action of its own takes one of ours away
    desk = DeskTurn(turn, TurnTools(models=KeylessModels(), reader=tenant.reader, clock=SystemClock()), None)
    declared = find_declared(desk, name)
    assert declared is not None
    samples: dict[str, object] = {
        "moment": datetime(2030, 1, 1, tzinfo=UTC).isoformat(), "yes_no": True, "integer": 1, "text": "12345",
        "record": "R-1", "amount": "12.50",
    }  # fmt: skip
    fields = list_fields(desk, name)
    arguments = {field.name: samples.get(field.kind) or field.choices[0] for field in fields}
    if name == "start_case":
        arguments["kind"] = "ticket"
    assert set(read_arguments(declared, arguments)) == {field.name for field in fields}  # type: ignore[arg-type]
    named = name.startswith("look_up") or name == "cancel_case"
    assert any(not field.editable for field in fields) == named
