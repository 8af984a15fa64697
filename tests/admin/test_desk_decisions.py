"""Cards and what is decided on them: who may, who was first, what the customer's stream is told."""

import asyncio
from datetime import timedelta

import pytest

from admin.texts import write
from core.changes import DecideApproval, SetMode
from core.events import EscalationClosed, EscalationOpened
from core.ids import INTERNAL
from core.media import Attachment
from core.messages import EditCard, SendText
from tests.admin.desk_world import ADMIN_BOT, NOW, World, buttons, decisions, texts

VOICE = Attachment(kind="voice", ref="voice-1", mime="audio/ogg")


async def test_an_escalation_is_a_card_with_three_buttons(world: World) -> None:
    tenant = await world.open_tenant()
    ana = await tenant.join("Ana")
    approval, stream = await tenant.escalate()
    outcome = await ana.take(
        EscalationOpened(
            approval_id=approval, stream_id=stream, contact_name="Maya", channel="whatsapp",
            question="Nuts? [click](http://evil)", reason="not_in_knowledge", draft="Perhaps",
        )
    )  # fmt: skip
    (card,) = outcome.messages
    assert isinstance(card, SendText)
    assert card.card == f"esc:{approval}"
    assert card.author == "system"
    assert "**Maya** (WhatsApp · Bakery Lindenhof)" in card.text
    assert "Nuts? \\[click\\](http://evil)" in card.text
    assert "your knowledge has no answer" in card.text
    assert [(b.id, b.label) for b in buttons(outcome)] == [
        (f"esc:answer:{approval}", "Answer"),
        (f"esc:take_over:{approval}", "Take over"),
        (f"esc:dismiss:{approval}", "Dismiss"),
    ]


async def test_the_next_words_are_the_answer_and_every_card_says_so(world: World) -> None:
    tenant = await world.open_tenant()
    ana, bob = await tenant.join("Ana"), await tenant.join("Bob", "manager")
    approval, stream = await tenant.escalate(question="Is there a *nut-free* cake?")
    prompt = await ana.tap(f"esc:answer:{approval}")
    assert not prompt.changes
    assert "**Maya**" in ana.last
    assert [b.id for b in buttons(prompt)] == [f"esc:cancel:{approval}"]
    outcome = await ana.write("Yes, the rice cake.\0")
    (event,) = outcome.events
    assert (event.tenant_id, event.stream_id, event.stream_kind) == (tenant.id, stream, "conversation")
    assert (event.account_id, event.chat, event.external_id) == (INTERNAL, "", f"decision:{approval}:answer")
    (decision,) = decisions(outcome)
    assert (decision.decision, decision.text, decision.member_name) == ("answer", "Yes, the rice cake.", "Ana")
    assert (await tenant.reader.approval(approval)).decided_text == "Yes, the rice cake."  # type: ignore[union-attr]
    for seat in (ana, bob):
        edit = seat.seen[-1]
        assert isinstance(edit, EditCard)
        assert (edit.card, edit.buttons) == (f"esc:{approval}", ())
        assert "Answered by Ana: Yes, the rice cake." in edit.text
        assert "\\*nut-free\\*" in edit.text
    assert "rice" not in str(outcome.audit)
    assert "nut-free" not in str(outcome.audit)
    assert [note.action for note in outcome.audit] == ["escalation.answer"]
    await ana.write("and more")
    assert ana.last == write("hint", "en")


async def test_a_voice_note_is_an_answer_and_a_sticker_is_not(world: World) -> None:
    tenant = await world.open_tenant()
    ana = await tenant.join("Ana")
    approval, _ = await tenant.escalate()
    await ana.tap(f"esc:answer:{approval}")
    refused = await ana.take(ana.message("", Attachment(kind="sticker", ref="s")))
    assert not refused.changes
    outcome = await ana.take(ana.message("", VOICE))
    (decision,) = decisions(outcome)
    assert (decision.attachments, decision.from_account, decision.text) == ((VOICE,), ADMIN_BOT, "")


async def test_tap_and_answer_in_one_burst(world: World) -> None:
    tenant = await world.open_tenant()
    ana = await tenant.join("Ana")
    approval, _ = await tenant.escalate()
    outcome = await ana.take(ana.tapping(f"esc:answer:{approval}"), ana.message("Yes"), ana.message("Sure"))
    assert [decision.text for decision in decisions(outcome)] == ["Yes"]
    assert len([change for change in outcome.changes if isinstance(change, DecideApproval)]) == 1


async def test_a_cancelled_or_lapsed_answer_is_not_sent(world: World) -> None:
    tenant = await world.open_tenant()
    ana = await tenant.join("Ana")
    approval, _ = await tenant.escalate()
    await ana.tap(f"esc:answer:{approval}")
    await ana.tap(f"esc:cancel:{approval}")
    assert not (await ana.write("See you at home")).events
    await ana.tap(f"esc:answer:{approval}")
    late = await ana.write("See you at home", at=NOW + timedelta(hours=2))
    assert not late.events
    assert [b.id for b in buttons(late)] == [f"esc:answer:{approval}"]
    assert not (await ana.write("See you at home", at=NOW + timedelta(hours=2))).events
    await ana.tap(f"esc:answer:{approval}")
    await ana.write("/cancel")
    assert not (await ana.write("See you at home")).events
    assert (await tenant.reader.approval(approval)).status == "pending"  # type: ignore[union-attr]


async def test_a_stale_cancel_does_not_drop_a_newer_answer(world: World) -> None:
    tenant = await world.open_tenant()
    ana = await tenant.join("Ana")
    old, _ = await tenant.escalate("Maya")
    new, stream = await tenant.escalate("Noor")
    await ana.tap(f"esc:answer:{old}")
    await ana.tap(f"esc:answer:{new}")
    await ana.tap(f"esc:cancel:{old}")
    outcome = await ana.write("For Noor")
    assert [event.stream_id for event in outcome.events] == [stream]


@pytest.mark.parametrize("verb", ["answer", "take_over", "dismiss"])
async def test_the_second_tap_is_told_who_was_first(world: World, verb: str) -> None:
    tenant = await world.open_tenant()
    ana, bob = await tenant.join("Ana"), await tenant.join("Bob", "manager")
    approval, _ = await tenant.escalate()
    await ana.tap(f"esc:dismiss:{approval}")
    outcome = await bob.tap(f"esc:{verb}:{approval}")
    assert texts(outcome) == ["Ana already dismissed this."]
    assert not (outcome.changes or outcome.events or outcome.to_desks)


async def test_taps_at_the_same_moment_have_one_winner(world: World) -> None:
    tenant = await world.open_tenant()
    seats = [await tenant.join(name, "manager") for name in ("Ana", "Bob", "Cleo")]
    approval, _ = await tenant.escalate()
    # All decide on the same snapshot; only then do they finish, so every finish but one is stale.
    outcomes = [await seat.decide(seat.turn(seat.tapping(f"esc:dismiss:{approval}"))) for seat in seats]
    finished = await asyncio.gather(*(seat.finish(outcome) for seat, outcome in zip(seats, outcomes, strict=True)))
    assert sorted(finished) == [False, False, True]
    winner = seats[finished.index(True)].sender.name
    loser = seats[finished.index(False)]
    assert texts(await loser.tap(f"esc:dismiss:{approval}")) == [f"{winner} already dismissed this."]


async def test_whoever_was_typing_an_answer_learns_that_it_is_too_late(world: World) -> None:
    tenant = await world.open_tenant()
    ana, bob = await tenant.join("Ana"), await tenant.join("Bob", "manager")
    approval, _ = await tenant.escalate()
    await bob.tap(f"esc:answer:{approval}")
    # Bob types before his desk hears of it.
    await ana.tap(f"esc:answer:{approval}")
    outcome = await ana.write("Yes")
    assert "Ana already answered this." in bob.last
    assert not (await bob.write("No!")).events
    assert decisions(outcome)[0].text == "Yes"


async def test_typing_ahead_of_the_news_is_not_sent_either(world: World) -> None:
    tenant = await world.open_tenant()
    ana, bob = await tenant.join("Ana"), await tenant.join("Bob", "manager")
    approval, _ = await tenant.escalate()
    await bob.tap(f"esc:answer:{approval}")
    await ana.tap(f"esc:answer:{approval}")
    tenant.seats.remove(bob)
    await ana.write("Yes")
    outcome = await bob.write("No!")
    assert texts(outcome) == ["Ana already answered this. Your message was not sent."]
    assert not outcome.events


@pytest.mark.parametrize(
    "data",
    ["esc:answer:aaaaaaaaaaaaa", "esc:take_over:", "esc:own:abc", "esc:answer:\x00", "", "x" * 300,
     "esc:answer:" + "a" * 41, "sug:send:99999999999999999999", "desk:anything"],
)  # fmt: skip
async def test_forged_cards_are_no_longer_valid(world: World, data: str) -> None:
    tenant = await world.open_tenant()
    ana = await tenant.join("Ana")
    outcome = await ana.tap(data)
    assert texts(outcome) == ["This card is no longer valid."]
    assert not (outcome.changes or outcome.events)


async def test_another_tenants_card_is_no_longer_valid(world: World) -> None:
    mine, theirs = await world.open_tenant(), await world.open_tenant()
    ana = await mine.join("Ana")
    approval, _ = await theirs.escalate()
    for verb in ("answer", "take_over", "dismiss", "release", "switch", "cancel"):
        outcome = await ana.tap(f"esc:{verb}:{approval}")
        assert texts(outcome) == ["This card is no longer valid."]
        assert not (outcome.changes or outcome.events or outcome.state)


async def test_a_viewer_sees_cards_and_decides_nothing(world: World) -> None:
    tenant = await world.open_tenant()
    vera = await tenant.join("Vera", "viewer")
    approval, _ = await tenant.escalate()
    shown = await vera.write("/inbox")
    assert "**Maya**" in vera.last
    assert buttons(shown) == []
    for verb in ("answer", "take_over", "dismiss", "release", "switch", "cancel"):
        outcome = await vera.tap(f"esc:{verb}:{approval}")
        assert not (outcome.changes or outcome.events or outcome.state)
        assert texts(outcome) == [write("viewer_cannot", "en")]
    assert not (await vera.write("hello")).events
    assert not (await vera.write("/budget 50")).changes


async def test_dismissing_tells_the_customers_stream_once(world: World) -> None:
    tenant = await world.open_tenant()
    ana = await tenant.join("Ana")
    approval, stream = await tenant.escalate()
    tap = ana.tapping(f"esc:dismiss:{approval}")
    outcome = await ana.take(tap, tap)
    assert [(event.stream_id, event.external_id) for event in outcome.events] == [
        (stream, f"decision:{approval}:dismiss")
    ]
    assert not any(isinstance(change, SetMode) for change in outcome.changes)
    assert "Ana already dismissed this." in texts(outcome)


async def test_closing_a_card_of_an_unknown_approval_does_nothing(world: World) -> None:
    tenant = await world.open_tenant()
    ana = await tenant.join("Ana")
    approval, _ = await (await world.open_tenant()).escalate()
    outcome = await ana.take(EscalationClosed(approval_id=approval, outcome="answer", member_name="Bob"))
    assert outcome.messages == ()
