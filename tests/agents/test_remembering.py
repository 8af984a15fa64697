"""What a customer may have done with what is remembered of them, in six languages."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from agents.notices import OPT_OUT
from agents.texts import TEXTS
from agents.wishes import read_wish
from core.events import ButtonTapped, CustomerNotice, OwnerDecision
from core.ids import StreamId, TenantId, contact_id
from core.messages import SendText
from core.people import Fact, LinkedConversation, OpenLink, Person
from core.person_changes import (
    CountHabits,
    CountLinkTry,
    EndFacts,
    ForgetFacts,
    ForgetPerson,
    LearnFact,
    OpenLinkCode,
    RedeemLink,
    SetConsent,
    SetOptOut,
    SetPreference,
    Unlink,
)
from core.turns import TurnOutcome
from tests.agents.world import NOON, STREAM, Talk, said

ANA, OTHER = contact_id(TenantId(2), "telegram", "77"), contact_id(TenantId(2), "whatsapp", "4917")
ELSEWHERE = StreamId(UUID(int=6))
LANGUAGES = ("en", "es", "ru", "de", "fr", "pt")
ASKED = {
    "about_me": ("What do you know about me?", "¿Qué sabe de mí?", "Что вы обо мне знаете?",
                 "Was wissen Sie über mich?", "Que savez-vous de moi ?", "O que você sabe sobre mim?"),
    "forget_all": ("Please forget everything about me", "Olvide todo sobre mí, por favor", "Забудьте всё обо мне",
                   "Bitte vergessen Sie alles über mich", "Oubliez tout sur moi", "Esqueça tudo sobre mim"),
    "forget_that": ("Forget that", "Olvida eso", "Забудьте это", "Vergiss das", "Oubliez ça", "Esqueça isso"),
    "withdraw": ("I withdraw my consent", "Retiro mi consentimiento", "Отзываю согласие",
                 "Ich widerrufe meine Einwilligung", "Je retire mon consentement", "Retiro o meu consentimento"),
    "consent": ("You may remember me", "Puede recordarme", "Можете меня помнить", "Ich willige ein",
                "Je donne mon consentement", "Pode se lembrar de mim"),
    "opt_out_marketing": ("No more marketing", "No quiero más publicidad", "Не присылайте рекламу",
                          "Bitte keine Werbung mehr", "Plus de publicité", "Não quero mais publicidade"),
    "opt_out_reminders": ("Stop sending me reminders", "No más recordatorios", "Больше не присылайте напоминания",
                          "Keine Erinnerungen mehr", "Plus de rappels", "Chega de lembretes"),
    "link": ("Link my WhatsApp", "Vincular mi WhatsApp", "Свяжите мой WhatsApp", "Verbinde mein WhatsApp",
             "Lier mon WhatsApp", "Vincular meu WhatsApp"),
    "unlink": ("Unlink", "Desvincular WhatsApp", "Отвяжите WhatsApp", "WhatsApp trennen", "Dissocier WhatsApp",
               "Desvincular WhatsApp"),
}  # fmt: skip


def changes_of(outcome: TurnOutcome) -> list[Any]:
    return [each for each in outcome.changes if not isinstance(each, CountHabits)]


def button(outcome: TurnOutcome, at: int) -> str:
    (message,) = [m for m in outcome.messages if isinstance(m, SendText)]
    return message.buttons[0][at].id


def tap(talk: Talk, data: str) -> ButtonTapped:
    return ButtonTapped(message_id="b", sender=talk.sender, at=NOON, data=data, label="x")


def fact(slot: str, text: str, days: int = 0) -> Fact:
    return Fact(
        fact_id=UUID(int=1), slot=slot, text=text, confidence=0.9, source=STREAM, source_seq=1,
        since=NOON - timedelta(days=days),
    )  # fmt: skip


@pytest.mark.parametrize("kind", ASKED)
def test_a_wish_is_understood_in_every_language(kind: str) -> None:
    for text in ASKED[kind]:
        wish = read_wish(text)
        assert wish is not None and wish.kind == kind, text


@pytest.mark.parametrize(
    "text",
    ["What do you know about bread?", "Don't forget my order", "Please don't forget me", "Forget it, I'll come by",
     "Do you have a link to your website?", "Can you remind me what you sell?", "stop by tomorrow", "12345678",
     "My order is 48219037", "I consent to nothing and everything is late", "Where is my data sheet?", "?", ""],
)  # fmt: skip
def test_other_words_are_no_wish(text: str) -> None:
    assert read_wish(text) is None


async def test_what_is_told_is_noted_learnt_and_traced_by_slot_only() -> None:
    talk = Talk()
    outcome = await talk.take(talk.message("Hi! I live in Lyon and I'm allergic to *nuts*."))
    assert said(outcome) == "Thank you, noted: Home: Lyon; Allergy: nuts."
    home, allergy = changes_of(outcome)
    assert home == LearnFact(
        contact_id=ANA, slot="home", text="Lyon", key="lyon", confidence=0.8, source_seq=1, since=NOON, single=True
    )
    assert (allergy.slot, allergy.single) == ("allergy", False)
    assert outcome.trace["learnt"] == ["home", "allergy"] and "Lyon" not in str(outcome.trace)
    assert not outcome.to_desks


async def test_a_question_with_a_fact_is_answered_and_the_fact_learnt() -> None:
    talk = Talk()
    outcome = await talk.take(talk.message("I'm vegan. What time do you open on Saturday?"))
    assert "7:30" in said(outcome)
    (learnt,) = changes_of(outcome)
    assert (learnt.slot, learnt.key) == ("diet", "vegan")


async def test_a_plain_question_looks_nobody_up_and_takes_the_quick_finish() -> None:
    talk = Talk()
    outcome = await talk.take(talk.message("What time do you open on Saturday?"))
    await talk.take(talk.message("thanks"))
    assert (outcome.changes, outcome.events, talk.people.looked_up) == ((), (), 0)


async def test_corrections() -> None:
    talk = Talk()
    outcome = await talk.take(talk.message("That's wrong, I live in Lyon"))
    assert said(outcome) == "Thank you, corrected: Home: Lyon."
    outcome = await talk.take(talk.message("No, I'm not vegan"))
    assert said(outcome) == "All right, that no longer holds: Diet: vegan."
    (ended,) = changes_of(outcome)
    assert isinstance(ended, EndFacts) and (ended.slot, ended.keys) == ("diet", ("vegan",))
    assert outcome.trace["ended"] == ["diet"]


async def test_a_wish_for_how_to_be_served_is_kept() -> None:
    talk = Talk()
    outcome = await talk.take(talk.message("Please always leave it with the neighbour"))
    wish = next(change for change in changes_of(outcome) if isinstance(change, SetPreference))
    assert (wish.name, wish.value) == ("delivery", "leave it with the neighbour")
    assert "noted" not in said(outcome), "it may be about the order on its way: the team sees it"
    assert outcome.to_desks


@pytest.mark.parametrize(("at", "language"), list(enumerate(LANGUAGES)), ids=LANGUAGES)
async def test_what_is_known_is_told_in_plain_words_with_dates(at: int, language: str) -> None:
    talk = Talk()
    talk.people.person_ = Person(
        contact_ids=(ANA, OTHER), name="Ana", language="fr", consent="given", opted_out=frozenset({"marketing"}),
        conversations=(LinkedConversation(channel="telegram", contact_id=ANA, stream_id=STREAM),
                       LinkedConversation(channel="whatsapp", contact_id=OTHER, stream_id=ELSEWHERE)),
        preferences={"tone": "short"}, facts=(fact("home", "Lyon", 20), fact("allergy", "*nuts*")),
        habits={"hours": "18, 9", "topics": "Opening hours"},
    )  # fmt: skip
    outcome = await talk.take(talk.message(ASKED["about_me"][at]))
    text = said(outcome)
    assert TEXTS.text("memory_head", language) in text and TEXTS.text("memory_tail", language) in text
    for word in ("Lyon", "2026", r"\*nuts\*", "short", "Telegram, WhatsApp", "18:00", "Opening hours", "Ana"):
        assert word in text, word
    assert TEXTS.text("kind_marketing", language) in text
    assert changes_of(outcome) == []


async def test_of_somebody_new_and_of_somebody_who_did_not_want_it() -> None:
    talk = Talk()
    assert await talk.say("What do you know about me?") == TEXTS.text("memory_none", "en")
    talk.people.person_ = Person(contact_ids=(ANA,), consent="withdrawn")
    assert await talk.say("/me") == TEXTS.text("memory_withdrawn", "en")


@pytest.mark.parametrize(("at", "language"), list(enumerate(LANGUAGES)), ids=LANGUAGES)
async def test_everything_is_forgotten_after_one_question(at: int, language: str) -> None:
    talk = Talk()
    talk.people.person_ = Person(
        contact_ids=(ANA, OTHER),
        conversations=(LinkedConversation(channel="telegram", contact_id=ANA, stream_id=STREAM),
                       LinkedConversation(channel="whatsapp", contact_id=OTHER, stream_id=ELSEWHERE)),
    )  # fmt: skip
    asked = await talk.take(talk.message(ASKED["forget_all"][at]))
    assert said(asked) == TEXTS.text("forget_ask_all", language) and changes_of(asked) == []
    done = await talk.take(tap(talk, button(asked, 0)))
    assert said(done) == TEXTS.text("forgotten_all", language)
    assert changes_of(done) == [ForgetPerson(contact_id=ANA, at=NOON)]
    (told,) = done.events
    assert (told.stream_id, told.event) == (ELSEWHERE, CustomerNotice(notice="forgotten", fields={}))
    assert "told" not in talk.state and "habits" not in talk.state
    again = await talk.take(tap(talk, button(asked, 0)))  # the button is still there
    assert said(again) == TEXTS.text("forget_over", language) and changes_of(again) == []


async def test_kept_when_the_answer_is_no_and_when_something_else_is_said() -> None:
    talk = Talk()
    asked = await talk.take(talk.message("forget everything about me"))
    assert said(await talk.take(tap(talk, button(asked, 1)))) == TEXTS.text("kept", "en")
    await talk.say("forget everything about me")
    outcome = await talk.take(talk.message("no"))
    assert (said(outcome), changes_of(outcome)) == (TEXTS.text("kept", "en"), [])
    await talk.say("forget everything about me")
    await talk.say("What time do you open on Saturday?")
    outcome = await talk.take(talk.message("yes"))
    assert changes_of(outcome) == []


async def test_yes_in_words_is_as_good_as_the_button() -> None:
    talk = Talk()
    await talk.say("forget everything about me")
    assert changes_of(await talk.take(talk.message("Yes please"))) == [ForgetPerson(contact_id=ANA, at=NOON)]


async def test_that_is_what_was_learnt_last() -> None:
    talk = Talk()
    await talk.say("I'm vegan")
    await talk.say("I live in Lyon and I'm allergic to nuts")
    asked = await talk.take(talk.message("Forget that"))
    assert said(asked) == "Shall I forget this: Home: Lyon; Allergy: nuts?"
    done = await talk.take(tap(talk, button(asked, 0)))
    assert changes_of(done) == [ForgetFacts(contact_id=ANA, facts=(("home", "lyon"), ("allergy", "nut")))]
    assert said(done) == TEXTS.text("forgotten_that", "en")


@pytest.mark.parametrize(("at", "language"), list(enumerate(LANGUAGES)), ids=LANGUAGES)
async def test_consent_is_withdrawn_and_given(at: int, language: str) -> None:
    talk = Talk()
    asked = await talk.take(talk.message(ASKED["withdraw"][at]))
    assert said(asked) == TEXTS.text("consent_ask", language)
    done = await talk.take(tap(talk, button(asked, 0)))
    assert changes_of(done) == [SetConsent(contact_id=ANA, consent="withdrawn", at=NOON)]
    assert said(done) == TEXTS.text("consent_withdrawn", language)
    talk.people.person_ = Person(contact_ids=(ANA,), consent="withdrawn")
    told = await talk.take(talk.message("I live in Lyon"))
    assert changes_of(told) == [] or not any(isinstance(each, LearnFact) for each in told.changes)
    assert "noted" not in said(told)
    given = await talk.take(talk.message(ASKED["consent"][at]))
    assert changes_of(given) == [SetConsent(contact_id=ANA, consent="given", at=NOON)]
    assert said(given) == TEXTS.text("consent_given", language)


@pytest.mark.parametrize(("at", "language"), list(enumerate(LANGUAGES)), ids=LANGUAGES)
async def test_notices_one_can_do_without_are_opted_out_of(at: int, language: str) -> None:
    talk = Talk()
    for kind in ("marketing", "reminders"):
        outcome = await talk.take(talk.message(ASKED[f"opt_out_{kind}"][at]))
        assert changes_of(outcome) == [SetOptOut(contact_id=ANA, kinds=frozenset({kind}), out=True)]
        named = TEXTS.text(f"kind_{kind}", language)
        assert said(outcome) == TEXTS.text("opted_out", language, kinds=named)
    outcome = await talk.take(talk.message("/stop"))
    assert changes_of(outcome) == [SetOptOut(contact_id=ANA, kinds=frozenset({"marketing", "reminders"}), out=True)]


async def test_what_was_opted_out_of_is_not_sent_and_news_of_a_shipment_is() -> None:
    talk = Talk()
    assert set(OPT_OUT) == {"reminder", "offer"}
    offer = CustomerNotice(notice="offer", fields={"text": "Two for one."})
    assert said(await talk.take(offer)) == "Two for one."
    talk.people.person_ = Person(contact_ids=(ANA,), opted_out=frozenset({"marketing", "reminders"}))
    for notice in (offer, CustomerNotice(notice="reminder", fields={"text": "Your bread waits."})):
        outcome = await talk.take(notice)
        assert outcome.messages == () and "opted out" in str(outcome.trace["notice"])
    late = CustomerNotice(
        notice="shipment_late",
        fields={"reference": "FW-1", "promised": "2026-11-23T09:00:00+00:00", "eta": "2026-11-24T09:00:00+00:00"},
    )
    assert "FW-1" in said(await talk.take(late))


@pytest.mark.parametrize(("at", "language"), list(enumerate(LANGUAGES)), ids=LANGUAGES)
async def test_a_code_is_shown_once_and_lasts_ten_minutes(at: int, language: str) -> None:
    talk = Talk()
    outcome = await talk.take(talk.message(ASKED["link"][at]))
    (opened,) = changes_of(outcome)
    assert isinstance(opened, OpenLinkCode) and re.fullmatch(r"\d{8}", opened.code)
    assert (opened.contact_id, opened.channel) == (ANA, "telegram")
    assert opened.expires_at == talk.clock.now() + timedelta(minutes=10)
    shown = f"{opened.code[:4]} {opened.code[4:]}"
    assert said(outcome) == TEXTS.text("link_code", language, channel="WhatsApp", code=shown)
    assert opened.code not in str(outcome.trace) and shown not in str(outcome.trace)


@pytest.mark.parametrize("text", ["LINK 4821 9037", "link 48219037", "/link 4821-9037", "`LINK 4821 9037`"])
async def test_a_right_code_joins_and_both_chats_are_told(text: str) -> None:
    talk = Talk()
    talk.people.code, talk.people.link = "48219037", OpenLink(contact_id=OTHER, channel="whatsapp", stream_id=ELSEWHERE)
    outcome = await talk.take(talk.message(text))
    assert changes_of(outcome) == [RedeemLink(contact_id=ANA, code="48219037", opened_by=OTHER)]
    assert said(outcome) == TEXTS.text("link_done", "en", channel="WhatsApp")
    (told,) = outcome.events
    assert told.stream_id == ELSEWHERE
    heard = await Talk().take(told.event)
    assert said(heard) == TEXTS.text("link_told", "en", channel="Telegram")


async def test_a_wrong_code_is_counted_and_says_nothing_one_a_turn() -> None:
    talk = Talk()
    talk.people.code, talk.people.link = "48219037", OpenLink(contact_id=OTHER, channel="whatsapp", stream_id=ELSEWHERE)
    outcome = await talk.take(talk.message("LINK 0000 0000"), talk.message("LINK 4821 9037"))
    assert changes_of(outcome) == [CountLinkTry(contact_id=ANA)]
    assert said(outcome) == TEXTS.text("link_wrong", "en") and outcome.events == ()


async def test_chats_are_parted_again() -> None:
    talk = Talk()
    assert await talk.say("/unlink") == TEXTS.text("not_linked", "en")
    talk.people.person_ = Person(contact_ids=(ANA, OTHER))
    outcome = await talk.take(talk.message("/unlink"))
    assert changes_of(outcome) == [Unlink(contact_id=ANA)] and said(outcome) == TEXTS.text("unlinked", "en")


async def test_habits_are_counted_quietly_and_written_now_and_then() -> None:
    talk = Talk()
    written: list[CountHabits] = []
    for _ in range(25):
        outcome = await talk.take(talk.message("What time do you open on Saturday?"), talk.message("thanks"))
        written += [each for each in outcome.changes if isinstance(each, CountHabits)]
    (first, *_) = written
    assert first.contact_id == ANA and first.since == NOON
    assert first.counts["hour:12"] >= 5 and first.counts["weekday:0"] == first.counts["channel:telegram"]
    assert first.counts["topic:Opening hours"] >= 1
    assert not any("open on" in habit for habit in first.counts)
    assert len(written) <= 3


async def test_while_a_person_has_the_conversation_facts_are_learnt_and_nothing_is_said() -> None:
    talk = Talk()
    await talk.take(OwnerDecision(decision="take_over", member_name="Omar"))
    talk.mode = "human"
    outcome = await talk.take(talk.message("I live in Lyon"))
    assert outcome.messages == ()
    assert [each.slot for each in changes_of(outcome) if isinstance(each, LearnFact)] == ["home"]


def test_a_contact_is_of_its_tenant() -> None:
    assert contact_id(TenantId(3), "telegram", "77") != ANA


@pytest.mark.parametrize(
    "text",
    [
        "I have two kids and need a birthday cake", "I live in Gracia and want bread delivered",
        "I'm allergic to gluten so what bread can I buy", "Please deliver to 5 High Street, 2 loaves of rye",
        "Leave my order with the neighbour at 5 and bring 2 loaves", "I would prefer two loaves of rye",
        "Deliver after 5pm", "Доставляйте по адресу Ленина 5", "Entreguen en Calle Mayor 5 mañana dos panes",
        "I don't like the bread you sent", "I hate waiting", "I don't like talking to a bot", "No me gusta el pan",
        "I prefer tomorrow", "Prefiero mañana", "Я предпочитаю завтра", "Je préfère demain", "Me gusta mucho",
        "I live in Sarria how much is delivery", "My name is spelled A-n-a", "9123 4567", "2024-2025",
        "Доставьте на Ленина 5 завтра 2 хлеба", "Lassen Sie es beim Nachbarn, zwei Brote bitte",
    ],
)  # fmt: skip
async def test_orders_complaints_and_numbers_are_answered_not_just_noted(text: str) -> None:
    said_back = await (talk := Talk()).say(text)
    assert "noted" not in said_back.lower(), said_back
    assert talk.outcomes[-1].trace.get("wish") != "redeem"
    kept = [change for change in talk.outcomes[-1].changes if isinstance(change, LearnFact)]
    assert not any(change.slot in ("address", "likes", "name") for change in kept), kept


async def test_what_is_told_while_a_question_waits_reaches_the_team() -> None:
    talk = Talk()
    await talk.say("Can you make a dragon shaped cake?")
    await talk.say("My name is Ana")
    assert talk.outcomes[-1].to_desks


async def test_a_yes_to_something_else_forgets_nothing() -> None:
    talk = Talk()
    burst = await talk.take(talk.message("forget that"), talk.message("ok?"))
    assert not any(isinstance(change, ForgetPerson) for change in burst.changes)
    await talk.say("/forget")
    await talk.say("unsubscribe")
    await talk.say("ok")
    assert not any(isinstance(change, ForgetPerson) for change in talk.outcomes[-1].changes)


async def test_while_a_person_has_the_talk_opting_out_holds_all_the_same() -> None:
    talk = Talk()
    talk.mode = "human"
    outcome = await talk.take(talk.message("unsubscribe"), talk.message("Don't remember anything about me"))
    assert {type(change) for change in outcome.changes} >= {SetOptOut, SetConsent}
    assert outcome.messages == ()
    assert len(outcome.to_desks) == 2, "the owner sees both"
