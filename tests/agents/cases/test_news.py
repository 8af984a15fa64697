"""What a customer reads of a case, a reminder and a message that they asked for."""

from dataclasses import replace
from typing import Any, cast

import pytest

from agents.draft import Draft
from agents.notices import tell_notice
from agents.specialists.team import TEAM
from core.clock import SystemClock
from core.events import CustomerNotice, RecordedEvent
from core.ids import AccountId, ContactId
from core.messages import SendTemplate, SendText
from core.models import ChatModel
from core.people import Person
from core.texts import LANGUAGES
from core.turns import Reader, TurnInput, TurnOutcome, TurnTools
from tests.agents.cases.world import CONTACT, CONVERSATION, NOON, TENANT

NEWS = {"reference": "C-1007", "kind": "call", "step": "scheduled", "title": "Customs", "text": ""}


class People:
    """The reader of one customer, who has opted out of all one can opt out of."""

    async def person(self, contact: ContactId) -> Person:
        return Person(contact_ids=(CONTACT,), opted_out=frozenset({"reminders", "marketing"}))


async def told(
    notice: CustomerNotice, *, language: str = "en", window_open: bool = True, templates: dict[str, str] | None = None
) -> TurnOutcome:
    turn = TurnInput(
        tenant=replace(TENANT, language=language, templates=templates or {}), stream_id=CONVERSATION,
        stream_kind="conversation", account_id=AccountId(3), channel="whatsapp", chat="77", mode="bot", state={},
        window_open=window_open, events=(RecordedEvent(seq=1, recorded_at=NOON, event=notice),),
    )  # fmt: skip
    tools = TurnTools(models=cast("ChatModel", None), reader=cast("Reader", People()), clock=SystemClock())
    draft = Draft(turn, tools, TEAM)
    await tell_notice(draft, notice)
    return draft.finish()


def news(**more: Any) -> CustomerNotice:
    return CustomerNotice(notice="case_news", fields=NEWS | more)


async def test_news_of_a_case_say_what_it_is_where_it_stands_and_what_a_person_adds() -> None:
    (message,) = (await told(news(at="2026-11-24T12:00:00Z", text="Ana\n*calls* you"))).messages
    words = "**Call C-1007** (Customs): scheduled; for Nov 24, 2026, 13:00\nAna \\*calls\\* you"
    assert message == SendText(text=words, author="system")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_they_come_in_the_customers_language_and_by_template_once_the_window_is_over(language: str) -> None:
    templates = {"case_news": "case_update"}
    late = news(step="cancelled", text="a\nb")
    (message,) = (await told(late, language=language, window_open=False, templates=templates)).messages
    assert isinstance(message, SendTemplate)
    assert (message.name, message.language) == ("case_update", language)
    assert message.parameters[:2] == ("C-1007", "Customs") and message.parameters[3] == "a b"
    assert "{" not in message.text and "case_" not in message.text
    (inside,) = (await told(news(step="done"), language=language, templates=templates)).messages
    assert isinstance(inside, SendText) and inside.template is not None


async def test_a_message_is_the_bots_and_opting_out_of_reminders_does_not_hold_it_up() -> None:
    outcome = await told(CustomerNotice(notice="message", fields={"text": "The address is 5 High Street."}))
    assert outcome.messages == (SendText(text="The address is 5 High Street.", author="system"),)
    assert not (await told(CustomerNotice(notice="reminder", fields={"text": "Send the papers"}))).messages


@pytest.mark.parametrize("fields", [{}, {"reference": "C-1", "kind": "call"}, NEWS | {"at": "soon"}])
async def test_news_that_cannot_be_read_are_not_told(fields: dict[str, Any]) -> None:
    outcome = await told(CustomerNotice(notice="case_news", fields=fields))
    assert not outcome.messages and outcome.trace["notice"] == "unreadable"


async def test_words_of_any_length_are_cut_and_the_news_still_told() -> None:
    (message,) = (await told(news(text="x" * 5_000, title="y\0" * 500))).messages
    assert isinstance(message, SendText) and len(message.text) < 1_500
