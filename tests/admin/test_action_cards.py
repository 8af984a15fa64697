"""The card of an action: what it says, who sees which buttons, what becomes of it, and that it always fits."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from admin.session import TEXT_WITH_BUTTONS
from admin.texts import load_catalogue
from agents.actions.registry import BUILT_IN
from core.events import ActionAsked, EscalationClosed
from core.messages import BUTTON_ID_BYTES, EditCard, SendText
from tenants.agents import SPECIALISTS, AgentPolicy, HttpAction, HttpField
from tests.admin.actions_world import ROOM_FOR_TENANT, ask_call, ask_credit, asked, ended, forwarder, ids, status, team
from tests.admin.desk_world import World, buttons, texts

LANGUAGES = ["en", "es", "ru", "de", "fr", "pt"]
HOSTILE = "*very_long [text](with) `marks`* " * 100


async def test_the_card_says_what_an_owner_needs_to_decide(world: World) -> None:
    tenant, ana, *_ = await team(world)
    votes: dict[str, JsonValue] = {
        "billing": {"for": True, "why": "proposes"}, "logistics": {"for": True, "why": "3 days late"},
        "qa": {"for": False, "why": "no_opinion"}, "odd": "broken",
    }  # fmt: skip
    approval = await ask_credit(tenant, votes=votes, reason="disagreement")
    outcome = await ana.take(asked(approval))
    (card,) = outcome.messages
    assert isinstance(card, SendText)
    assert card.card == f"act:{approval.approval_id}"
    lines = card.text.splitlines()
    assert lines[0] == "**Credit on an \\*invoice\\*** for Maya (Telegram · Nordwind Cargo)"
    assert lines[1:6] == [
        "Invoice: INV-7001", "Amount: €125.00", "Reason: late", "On: Dec 1, 2026", "Days: 3",
    ]  # fmt: skip
    assert "The customer wrote: “My parcel is late. Can I have some money back?”" in lines
    assert "Why you: the agents do not agree" in lines
    assert "Asked for by: Billing" in lines
    assert "Logistics: yes, 3 days late" in lines
    assert "Quality check: no, cannot tell" in lines
    assert "Billing: yes, proposes" not in card.text
    assert lines[-1].startswith("You can decide until ")
    number = approval.approval_id
    assert ids(buttons(outcome)) == [f"act:approve:{number}", f"act:edit:{number}", f"act:reject:{number}"]


async def test_ours_is_told_in_the_owners_language_and_the_tenants_time(world: World) -> None:
    tenant = await forwarder(world)
    ana = await tenant.join("Ana", language="de")
    await ana.take(asked(await ask_call(tenant, "2030-01-01T10:00:00Z")))
    assert "**Anruf vereinbaren** für Maya" in ana.last
    assert "Wann: 01.01.2030, 11:00" in ana.last


async def test_who_sees_which_buttons(world: World) -> None:
    tenant, ana, _, cem, vera = await team(world)
    credit, call = await ask_credit(tenant), await ask_call(tenant)
    assert len(buttons(await ana.take(asked(credit)))) == 3
    assert ids(buttons(await cem.take(asked(credit)))) == [f"act:reject:{credit.approval_id}"]
    assert "An owner decides about this one." in cem.last
    assert len(buttons(await cem.take(asked(call)))) == 3
    assert "An owner decides" not in cem.last
    for approval in (credit, call):
        assert buttons(await vera.take(asked(approval))) == []


async def test_stricter_rules_of_today_hold_for_what_was_asked_before(world: World) -> None:
    tenant, _, _, cem, _ = await team(world)
    credit = await ask_credit(tenant, approver="manager")  # the declaration says: an owner
    assert ids(buttons(await cem.take(asked(credit)))) == [f"act:reject:{credit.approval_id}"]
    await cem.tap(f"act:approve:{credit.approval_id}")
    assert await status(tenant, credit) == "pending"


async def test_the_next_owner_hears_that_nobody_has_decided(world: World) -> None:
    tenant, ana, *_ = await team(world)
    approval = await ask_credit(tenant)
    await ana.take(ActionAsked(approval_id=approval.approval_id, step="next"))
    assert ana.last.startswith("Nobody has decided about this yet:\n**Credit")


async def test_what_is_decided_or_too_late_is_shown_with_its_end(world: World) -> None:
    tenant, ana, ben, *_ = await team(world)
    decided, late = await ask_credit(tenant), await ask_credit(tenant, lasts=timedelta(seconds=-1))
    await ben.tap(f"act:reject:{decided.approval_id}")
    assert buttons(await ana.take(asked(decided))) == []
    assert ana.last.endswith("✗ Rejected by Ben. Nothing was done.")
    assert buttons(await ana.take(asked(late))) == []
    assert ana.last.endswith("✗ Nobody decided in time. Nothing was done.")


async def test_the_inbox_shows_actions_and_questions_that_are_open(world: World) -> None:
    tenant, ana, *_ = await team(world)
    await ask_credit(tenant, lasts=timedelta(seconds=-1))
    approval = await ask_credit(tenant)
    question, _ = await tenant.escalate()
    opening = [f"box:open:{each}" for each in (approval.approval_id, question)]
    assert ids(buttons(await ana.write("/inbox")))[:2] == opening
    outcome = await ana.tap(opening[0])
    assert f"act:approve:{approval.approval_id}" in ids(buttons(outcome))


async def test_a_card_of_nothing_known_is_not_shown(world: World) -> None:
    tenant, ana, *_ = await team(world)
    question, _ = await tenant.escalate()
    other = await ask_credit(await forwarder(world))
    for approval in (question, other.approval_id):
        assert (await ana.take(ActionAsked(approval_id=approval))).messages == ()
        assert (await ana.take(ended(approval))).messages == ()


async def test_an_action_that_is_there_no_more_can_only_be_rejected(world: World) -> None:
    tenant, ana, *_ = await team(world)
    approval = await tenant.ask_action("gone_away", {"x": 1})
    assert ids(buttons(await ana.take(asked(approval)))) == [f"act:reject:{approval.approval_id}"]
    assert "no longer has that action" in texts(await ana.tap(f"act:approve:{approval.approval_id}"))[0]
    await ana.tap(f"act:reject:{approval.approval_id}")
    assert await status(tenant, approval) == "reject"


@pytest.mark.parametrize(
    ("outcome", "end"),
    [
        ("approve", "✓ Approved by Ana"),
        ("reject", "✗ Rejected by Ana. Nothing was done."),
        ("expired", "✗ Nobody decided in time. Nothing was done."),
        ("undone", "↩ Taken back by Ana"),
    ],
)
async def test_a_closed_card_says_how_it_ended(world: World, outcome: str, end: str) -> None:
    tenant, ana, *_ = await team(world)
    approval = await ask_credit(tenant)
    await ana.take(EscalationClosed(approval_id=approval.approval_id, outcome=outcome, member_name="Ana"))  # type: ignore[arg-type]
    edit = ana.seen[-1]
    assert isinstance(edit, EditCard)
    assert (edit.card, edit.buttons) == (f"act:{approval.approval_id}", ())
    assert edit.text.endswith(end)
    assert "You can decide until" not in edit.text


@pytest.mark.parametrize(
    ("ok", "text", "end"),
    [
        (True, "", "✓ Approved by Ana\n✓ Done."),
        (True, "Credit note C-1", "✓ Done. Credit note C-1"),
        (False, "It said: *no*", "✗ It did not work. It said: \\*no\\*"),
        (False, "in_doubt", "Please check."),
    ],
)
async def test_every_desk_hears_how_it_went(world: World, ok: bool, text: str, end: str) -> None:
    tenant, ana, ben, *_ = await team(world)
    approval = await ask_credit(tenant)
    await ana.tap(f"act:approve:{approval.approval_id}")
    assert buttons(await ben.take(ended(approval.approval_id, ok=ok, text=text))) == []
    assert ben.last.endswith(end)


async def test_what_the_card_cuts_short_comes_before_it_whole(world: World) -> None:
    tenant, ana, *_ = await team(world)
    words = "Dear customer, " + "this is what we would like to tell you. " * 12 + "END"
    approval = await tenant.ask_action("send_message", {"text": words})
    outcome = await ana.take(asked(approval))
    whole, card = texts(outcome)
    assert "END" in whole
    assert "END" not in card
    assert len(card) <= TEXT_WITH_BUTTONS


def test_there_are_words_for_all_of_our_own() -> None:
    keys = load_catalogue().keys
    asked_for = [each for each in BUILT_IN.values() if each.by not in ("platform", "desk")]
    assert {f"action_{each.name}" for each in asked_for} <= keys
    assert {f"agent_{name}" for name in (*SPECIALISTS, "qa")} <= keys
    assert {f"field_{name}" for each in asked_for for name in each.arguments.model_fields} <= keys


WIDE = AgentPolicy(
    http=(
        HttpAction(
            name="wide", title="*_~`" * 15, about="x", agent="billing", url="http://127.0.0.1/", done="changed",
            fields={
                "amount": HttpField(type="amount", about="*[" * 100),
                **{f"a_very_long_field_name_number_{n}": HttpField(type="text", about="_" * 200) for n in range(11)},
            },
        ),
    )
)  # fmt: skip
VOTES: dict[str, JsonValue] = {f"*agent_{n}*" * 9: {"for": n % 2 == 0, "why": HOSTILE} for n in range(12)}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_card_fits_every_channel_in_every_language(world: World, language: str) -> None:
    tenant = await world.open_tenant("B*" * 100, language, WIDE)
    ana, cem = await tenant.join("*Ана*" * 30, language=language), await tenant.join("C_" * 90, "manager", language)
    arguments: dict[str, JsonValue] = {
        "amount": "999999999.99", **{f"a_very_long_field_name_number_{n}": ("*[x]" * 125) for n in range(11)},
    }  # fmt: skip
    more = {"votes": VOTES, "contact": HOSTILE, "question": HOSTILE, "approver": "owner"}
    approval = await tenant.ask_action("wide", arguments, reason=HOSTILE, **more)  # type: ignore[arg-type]
    number = approval.approval_id
    for step in ("first", "next"):
        for seat in (ana, cem):
            await seat.take(ActionAsked(approval_id=number, step=step))  # type: ignore[arg-type]
    await ana.tap(f"act:edit:{number}")
    await ana.tap(f"act:field:{number}:0")
    await ana.write("12")
    await ana.tap(f"act:field:{number}:3")
    await ana.write("_" * 501)
    await ana.write("_" * 500)
    await ana.tap(f"act:confirm:{number}")
    for end in (
        ended(number, text=HOSTILE, undo=timedelta(hours=1)),
        ended(number, ok=False, text=HOSTILE),
        ended(number, ok=False, text="in_doubt"),
    ):
        await ana.take(end)
    await ana.tap(f"act:undo:{number}")
    await ana.take(ended(number, ok=False, text=HOSTILE))
    cards = [
        m for seat in (ana, cem) for m in seat.seen if isinstance(m, SendText | EditCard) and (m.buttons or m.card)
    ]
    assert len(cards) > 10
    for card in cards:
        assert len(card.text) <= TEXT_WITH_BUTTONS
        assert "{" not in card.text
        for row in card.buttons:
            assert len(row) <= 3
            for button in row:
                assert 0 < len(button.label) <= 20, button.label
                assert 0 < len(button.id.encode()) <= BUTTON_ID_BYTES - ROOM_FOR_TENANT


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(max_size=1_500), st.text(max_size=300), st.text(min_size=1, max_size=500), st.sampled_from(LANGUAGES),
    st.dictionaries(st.text(max_size=40), st.one_of(st.none(), st.text(), st.just({"for": True, "why": None}))),
)  # fmt: skip
async def test_no_words_break_the_card(
    world: World, question: str, name: str, text: str, language: str, votes: dict[str, JsonValue]
) -> None:
    tenant = await forwarder(world, language)
    ana = await tenant.join("Ana", language=language)
    clean = {"question": question.replace("\0", ""), "contact": name.replace("\0", ""), "votes": votes}
    approval = await tenant.ask_action("create_ticket", {"title": "x", "details": text}, **clean)  # type: ignore[arg-type]
    shown = await ana.take(asked(approval))
    card = shown.messages[-1]
    assert isinstance(card, SendText)
    assert len(card.text) <= TEXT_WITH_BUTTONS
    assert len(buttons(shown)) == 3
