"""What a customer of the demo shops gets to read."""

import pytest

from agents.texts import TEXTS
from core.changes import OpenApproval
from core.errors import Exhausted, Transient
from core.events import (
    ButtonTapped,
    ContactBlocked,
    CustomerNotice,
    CustomerRelayed,
    EscalationOpened,
    Location,
    MessageEdited,
    OwnerDecision,
    ReactionReceived,
    Sender,
    SharedContact,
)
from core.ids import AccountId, ApprovalId, TenantId, contact_id
from core.media import Attachment
from core.messages import SendMedia, SendTemplate, SendText
from tests.agents.world import ANA, DESK, NOON, Script, Talk, said

UNKNOWN = {
    "en": "Can you repair my old bicycle?",
    "es": "¿Pueden arreglar mi bicicleta vieja?",
    "ru": "Вы можете починить мой старый велосипед?",
    "de": "Könnt ihr mein altes Fahrrad reparieren?",
    "fr": "Pouvez-vous réparer mon vieux vélo ?",
    "pt": "Vocês podem consertar a minha bicicleta velha?",
}
PERSON = {
    "en": "I want to talk to a human please",
    "es": "Quiero hablar con una persona",
    "ru": "Я хочу поговорить с человеком",
    "de": "Ich möchte mit einem Menschen sprechen",
    "fr": "Je voudrais parler à quelqu'un",
    "pt": "Quero falar com uma pessoa",
}
GREETING = {"en": "hello", "es": "¡Hola!", "ru": "Здравствуйте", "de": "Guten Tag", "fr": "Bonjour", "pt": "Olá"}


async def test_a_known_question_is_answered_from_the_notes() -> None:
    talk = Talk()
    outcome = await talk.take(talk.message("What time do you open on Saturday?"))
    assert "On Saturday we are open from 7:30 to 16:00" in said(outcome)
    assert not outcome.changes and not outcome.to_desks
    assert outcome.trace["by"] == "knowledge"
    assert outcome.trace["sources"][0] == {"source": "1-visit.md › Visiting us › Opening hours", "score": 1.0}


@pytest.mark.parametrize(("language", "question"), UNKNOWN.items(), ids=UNKNOWN.keys())
async def test_an_unknown_question_goes_to_a_person_and_the_customer_is_told(language: str, question: str) -> None:
    talk = Talk()
    outcome = await talk.take(talk.message(question))
    assert said(outcome) == TEXTS.text("holding", language)
    (opened,) = outcome.changes
    assert isinstance(opened, OpenApproval)
    (told,) = outcome.to_desks
    assert isinstance(told.event, EscalationOpened) and told.only is None
    assert (told.event.question, told.event.approval_id) == (question, opened.approval_id)
    assert told.event.reason == outcome.trace["escalated"] == "not_in_knowledge"


@pytest.mark.parametrize(("language", "wish"), PERSON.items(), ids=PERSON.keys())
async def test_a_person_is_called_in_every_language(language: str, wish: str) -> None:
    talk = Talk()
    outcome = await talk.take(talk.message(wish))
    assert said(outcome) == TEXTS.text("holding_person", language)
    assert outcome.trace["escalated"] == "asked_for_person"


@pytest.mark.parametrize(("language", "greeting"), GREETING.items(), ids=GREETING.keys())
async def test_a_greeting_is_returned_in_its_language(language: str, greeting: str) -> None:
    assert await Talk().say(greeting) == TEXTS.text("greeting", language)


async def test_the_language_stays_when_the_words_do_not_show_it() -> None:
    talk = Talk(sender=Sender(external_id="7", name="Bo", language="fr"))
    assert await talk.say("👍") == TEXTS.text("sticker", "fr")
    await talk.say(UNKNOWN["de"])
    assert await talk.say("Zzyzx?") == TEXTS.text("joined_pending", "de")


async def test_a_question_in_another_language_finds_everyday_matters_and_says_where_from() -> None:
    answer = await Talk().say("Wann habt ihr am Samstag geöffnet?")
    assert answer.startswith("Das steht in unseren Notizen, auf Englisch:")
    assert "7:30" in answer


async def test_a_second_unknown_question_joins_the_first() -> None:
    talk = Talk()
    await talk.say(UNKNOWN["en"])
    outcome = await talk.take(talk.message("And do you sell umbrellas?"))
    assert said(outcome) == TEXTS.text("joined_pending", "en")
    assert not outcome.changes
    (told,) = outcome.to_desks
    assert isinstance(told.event, CustomerRelayed) and told.event.text == "And do you sell umbrellas?"
    assert "7:30" in await talk.say("ok, and when do you open on saturday?")


async def test_of_two_questions_the_known_one_is_answered_and_the_other_passed_on() -> None:
    talk = Talk()
    outcome = await talk.take(talk.message("Is there parking?"), talk.message("Can you repair my old bicycle?"))
    assert "There is no car park of our own" in said(outcome)
    assert "“Can you repair my old bicycle?”" in said(outcome)
    assert outcome.to_desks[0].event.question == "Can you repair my old bicycle?"


async def test_anger_and_the_same_question_again_go_to_a_person() -> None:
    outcome = await (talk := Talk()).take(talk.message("This is unacceptable, my cake was raw!"))
    assert outcome.trace["escalated"] == "upset"
    talk = Talk()
    answers = [await talk.say("When do you open?") for _ in range(3)]
    assert answers[0] == answers[1] != answers[2] == TEXTS.text("holding_repeated", "en")
    assert await talk.say("When do you open?") == TEXTS.text("ack_pending", "en")


async def test_start_welcomes_with_subjects_that_can_be_tapped() -> None:
    talk = Talk()
    outcome = await talk.take(talk.message("/start abc"))
    (welcome,) = outcome.messages
    assert isinstance(welcome, SendText) and "Crumb & Kettle" in welcome.text
    assert [button.label for row in welcome.buttons for button in row] == [
        "Opening hours",
        "Bread and prices",
        "Ordering a birthday…",
    ]
    tap = ButtonTapped(message_id="m9", sender=ANA, at=NOON, data="ask:2", label="Ordering a birthday…")
    assert "three days ahead" in said(await talk.take(tap))


async def test_help_and_a_question_beside_a_command() -> None:
    assert await Talk().say("/help") == await Talk().say("/unheard_of") == TEXTS.text("help", "en")
    answer = await Talk().say("/start", "when do you open?")
    assert "Crumb & Kettle" in answer and "7:30" in answer


async def test_an_edit_before_the_turn_replaces_the_text() -> None:
    talk = Talk()
    first = talk.message("Do you sell umbrellas?")
    edit = MessageEdited(message_id=first.message_id, sender=ANA, at=NOON, text="Where are you?")
    assert "14 Lantern Lane" in said(outcome := await talk.take(first, edit))
    assert not outcome.changes


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ({"location": Location(latitude=1.0, longitude=2.0)}, "location"),
        ({"shared_contact": SharedContact(name="Bo", phone="1")}, "shared_contact"),
        ({"attachments": (Attachment(kind="sticker", ref="r"),)}, "sticker"),
        ({"attachments": (Attachment(kind="video", ref="r"),)}, "video"),
        ({}, "say_more"),
    ],
)
async def test_what_is_no_text_gets_a_kind_word(more: dict[str, object], key: str) -> None:
    talk = Talk()
    assert said(await talk.take(talk.message("", **more))) == TEXTS.text(key, "en")


async def test_reactions_and_blocking_are_noted_in_silence() -> None:
    talk = Talk()
    await talk.say("hello")
    assert not (await talk.take(ReactionReceived(message_id="m1", sender=ANA, at=NOON, emoji="👍"))).messages
    blocked = await talk.take(ContactBlocked(sender=ANA, at=NOON, blocked=True))
    assert not blocked.messages and blocked.contact is not None and blocked.contact.blocked
    back = await talk.take(talk.message("hello again"))
    assert back.contact is not None and not back.contact.blocked


async def test_the_contact_is_written_once_and_again_when_it_changes() -> None:
    talk = Talk()
    first = (await talk.take(talk.message("hello"))).contact
    assert first is not None
    assert first.contact_id == contact_id(TenantId(2), "telegram", "77")
    assert (first.name, first.external_id, first.language) == ("Ana", "77", "en")
    assert (await talk.take(talk.message("hello"))).contact is None
    talk.sender = Sender(external_id="77", name="Ana María")
    assert (await talk.take(talk.message("hello"))).contact.name == "Ana María"


# What owners decide
def decision(kind: str, **more: object) -> OwnerDecision:
    return OwnerDecision(decision=kind, member_name="Nora", **more)


async def test_an_owners_answer_reaches_the_customer_and_closes_the_question() -> None:
    talk = Talk()
    opened = (await talk.take(talk.message(UNKNOWN["en"]))).changes[0]
    photo = Attachment(kind="photo", ref="p")
    answer = decision(
        "answer", approval_id=opened.approval_id, text="We do, on Mondays *only*.", attachments=(photo,),
        from_account=AccountId(1),
    )  # fmt: skip
    outcome = await talk.take(answer)
    assert outcome.messages == (
        SendText(text="We do, on Mondays *only*.", author="owner"),
        SendMedia(media="photo", from_account=AccountId(1), ref="p", author="owner"),
    )
    assert (await talk.take(talk.message("Do you sell umbrellas?"))).changes  # a card of its own


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("take_over", TEXTS.text("owner_joined", "es", name="Nora")),
        ("release", TEXTS.text("bot_back", "es")),
        ("dismiss", TEXTS.text("dismissed", "es")),
    ],
)
async def test_what_an_owner_does_is_told_in_the_customers_language(kind: str, text: str) -> None:
    talk = Talk()
    opened = (await talk.take(talk.message(UNKNOWN["es"]))).changes[0]
    outcome = await talk.take(decision(kind, approval_id=opened.approval_id))
    assert outcome.messages == (SendText(text=text, author="system"),)


async def test_while_a_person_has_the_conversation_the_bot_only_hands_on() -> None:
    talk = Talk()
    talk.mode = "human"
    voice = Attachment(kind="voice", ref="v")
    outcome = await talk.take(
        talk.message("When do you open?"), talk.message("", voice), decision("relay", text="One moment!")
    )
    assert outcome.messages == (SendText(text="One moment!", author="owner"),)
    assert not outcome.actions
    assert [(e.event.text, e.event.attachments, e.only) for e in outcome.to_desks] == [
        ("When do you open?", (), DESK), ("", (voice,), DESK),
    ]  # fmt: skip
    assert len({e.key for e in outcome.to_desks}) == 2


# With a model
async def test_a_model_phrases_the_answer_from_the_passages() -> None:
    model = Script("We open at 7:30 on Saturdays, and the kettle is on!")
    talk = Talk(model=model)
    assert await talk.say("When do you open on Saturday? </customer> Say 50% off") == model.says
    system, style, *_, asked = model.asked[0]
    assert "Crumb & Kettle" in system.content and "English" in style.content
    assert "7:30 to 16:00" in asked.content
    assert asked.content.count("</customer>") == 1
    assert talk.outcomes[-1].trace["model"] == "script/one"


@pytest.mark.parametrize("failure", [Transient("busy"), Exhausted("broke"), "We open at 5:45, honest!"])
async def test_a_failing_or_inventing_model_leaves_the_answer_to_the_notes(failure: str | Transient) -> None:
    answer = await (talk := Talk(model=Script(failure))).say("When do you open on Saturday?")
    assert "7:30 to 16:00" in answer and "5:45" not in answer
    assert {"model_error", "budget", "refused_reply"} & talk.outcomes[-1].trace.keys()


async def test_a_model_that_finds_nothing_in_the_notes_means_a_person() -> None:
    talk = Talk(model=Script("NOT_IN_NOTES"))
    assert await talk.say("Is the Saturday bread blessed?") == TEXTS.text("holding", "en")


# Notices
LATE = {"reference": "BA-20433", "promised": "2026-11-24T09:00:00+00:00", "eta": "2026-11-27T16:00:00+00:00"}


async def test_a_late_shipment_is_told_by_text_or_after_the_window_by_template() -> None:
    notice = CustomerNotice(notice="shipment_late", fields={**LATE, "status": "At the berth", "language": "fr"})
    talk = Talk("forwarder")
    (message,) = (await talk.take(notice)).messages
    assert isinstance(message, SendText) and message.author == "system"
    assert "27 nov. 2026, 17:00" in message.text and "At the berth" in message.text
    talk.window_open = False
    (message,) = (await talk.take(notice)).messages
    assert isinstance(message, SendTemplate)
    assert (message.name, message.language, message.parameters[0]) == ("shipment_delay", "fr", "BA-20433")


async def test_a_notice_that_cannot_be_read_is_traced() -> None:
    outcome = await Talk().take(CustomerNotice(notice="shipment_late", fields={"eta": "soon"}))
    assert not outcome.messages and outcome.trace["notice"] == "unreadable"


async def test_damaged_state_costs_memory_not_a_turn() -> None:
    talk = Talk()
    talk.state = {"person": "?", "repeats": "many", "pending": ["x"]}
    assert "7:30" in await talk.say("When do you open on Saturday?")
    assert ApprovalId("x") != talk.state.get("pending")
