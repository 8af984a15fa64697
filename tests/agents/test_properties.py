"""Whatever comes in any order: no turn raises, no question meets silence, no text crosses to another tenant."""

import asyncio
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from agents.language import detect_language
from agents.smalltalk import read_mood
from core.events import (
    ActionResult,
    ButtonTapped,
    ContactBlocked,
    CustomerNotice,
    Event,
    MessageEdited,
    MessageReceived,
    OwnerDecision,
    ReactionReceived,
    Sender,
    TimerFired,
)
from core.ids import AccountId
from core.media import Attachment
from core.messages import BUTTON_ID_BYTES, SendText
from memory.words import split_questions
from tests.agents.world import ANA, Talk, said, shop

_PHRASES = (
    "When do you open on Saturday?", "Do you repair bicycles?", "hello", "/start", "/help", "I want a human",
    "¿Abren hoy?", "ok", "what is the total?", "This is a scam!", "\0", "🥐", "{x}", "*_[](", "a" * 5000,
)  # fmt: skip
_TEXT = st.sampled_from(_PHRASES) | st.text(max_size=80)
_TIMES = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
_JSON = st.dictionaries(
    st.sampled_from(["text", "confidence", "language", "error_kind", "reference", "eta", "promised", "watch_id", "x"]),
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False, allow_infinity=False) | _TEXT
    | st.just("2026-11-24T09:00:00+00:00"),
    max_size=4,
)  # fmt: skip
_SENDERS = st.sampled_from([ANA, Sender(external_id="77", language="ru"), Sender(external_id="77", name="\0*x*")])
_FILES = st.lists(
    st.builds(
        Attachment,
        kind=st.sampled_from(["photo", "document", "voice", "audio", "video", "sticker"]),
        ref=st.sampled_from(["", "r", "r" * 2000]),
        name=_TEXT,
        size_bytes=st.none() | st.integers(-1, 10**12),
    ),
    max_size=3,
).map(tuple)
_IDS = st.sampled_from(["m1", "m2", "m3"])
_WHO = {"message_id": _IDS, "sender": _SENDERS, "at": _TIMES}
_EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.builds(MessageReceived, **_WHO, text=_TEXT, attachments=_FILES),
    st.builds(MessageEdited, **_WHO, text=_TEXT),
    st.builds(ButtonTapped, **_WHO, data=_TEXT | st.sampled_from(["ask:0", "ask:99", "ask:²"]), label=_TEXT),
    st.builds(ReactionReceived, **_WHO, emoji=_TEXT),
    st.builds(ContactBlocked, sender=_SENDERS, at=_TIMES, blocked=st.booleans()),
    st.builds(
        OwnerDecision,
        decision=st.sampled_from(["answer", "take_over", "dismiss", "release", "relay", "approve", "reject"]),
        member_name=_TEXT, text=_TEXT, attachments=_FILES, from_account=st.none() | st.just(AccountId(1)),
    ),
    st.builds(
        ActionResult, action=st.sampled_from(["transcribe", "read_document", "other"]), key=_IDS, ok=st.booleans(),
        result=_JSON,
    ),
    st.builds(CustomerNotice, notice=st.just("shipment_late"), fields=_JSON),
    st.builds(TimerFired, name=_TEXT, payload=_JSON),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    turns=st.lists(st.lists(_EVENTS, min_size=1, max_size=4), min_size=1, max_size=4),
    modes=st.lists(st.sampled_from(["bot", "human"]), min_size=4, max_size=4),
    window_open=st.booleans(),
)
def test_no_turn_raises_and_what_it_says_can_be_sent(
    turns: list[list[Event]], modes: list[str], window_open: bool
) -> None:
    talk = Talk("forwarder")
    talk.window_open = window_open
    for events, mode in zip(turns, modes, strict=False):
        talk.mode = mode
        outcome = asyncio.run(talk.take(*events))
        for message in outcome.messages:
            if isinstance(message, SendText):
                assert message.text.strip() or message.author == "owner"
                assert "\0" not in message.text
                for button in (button for row in message.buttons for button in row):
                    assert len(button.id.encode()) <= BUTTON_ID_BYTES and 0 < len(button.label) <= 20
            assert mode == "bot" or message.author != "bot"
        keys = [event.key for event in outcome.to_desks]
        assert len(keys) == len(set(keys))


@settings(max_examples=150, deadline=None)
@given(st.lists(_TEXT, min_size=1, max_size=3), st.sampled_from(["bakery", "forwarder", "procurement"]))
def test_words_never_meet_silence(texts: list[str], slug: str) -> None:
    talk = Talk(slug)
    outcome = asyncio.run(talk.take(*(talk.message(text) for text in texts)))
    assert said(outcome).strip()


@settings(max_examples=60, deadline=None)
@given(st.lists(_TEXT, min_size=1, max_size=3), st.sampled_from(["bakery", "forwarder", "procurement"]))
def test_a_reply_holds_no_other_tenants_text(texts: list[str], slug: str) -> None:
    answer = Talk(slug).ask(*texts)
    for other in {"bakery", "forwarder", "procurement"} - {slug}:
        profile, index = shop(other)
        assert profile.name not in answer or any(profile.name in text for text in texts)
        assert not any(passage.text in answer for passage in index.topics(1000))


@settings(deadline=None)
@given(st.text(max_size=500))
def test_any_text_has_a_mood_and_a_language_or_none(text: str) -> None:
    assert detect_language(text) in (None, "en", "es", "ru", "de", "fr", "pt")
    assert read_mood(text) in (None, "greeting", "thanks", "bye", "ack", "person", "upset", "wordless")
    assert all(question.strip() for question in split_questions(text))
