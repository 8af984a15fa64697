"""What the customer is told without having asked: by template once the channel's window is over."""

from collections.abc import Mapping
from datetime import datetime
from typing import assert_never

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from agents.acting.results import forget_acted
from agents.cases.views import name_case, name_deadline, name_step
from agents.draft import Draft
from agents.portrait import CHANNELS
from agents.remembering import clear_memory
from agents.texts import TEXTS
from core.events import CustomerNotice
from core.messages import SendTemplate, SendText
from core.texts import escape_markdown, write_moment


class LateShipment(BaseModel):
    """The fields of `CustomerNotice(notice="shipment_late")`."""

    model_config = ConfigDict(extra="ignore")
    reference: str
    promised: AwareDatetime
    eta: AwareDatetime
    status: str = ""
    language: str | None = None
    """The shipment's, for a customer who has never written."""


CLOSED_STEPS = frozenset({"done", "cancelled", "closed"})
OPT_OUT: Mapping[str, str] = {"reminder": "reminders", "offer": "marketing"}
"""The kind under which one can opt out of a notice. News of one's own orders and shipments are no marketing."""
_LONGEST_TEXT = 1_000


class Words(BaseModel):
    """The fields of `reminder`, `offer` and `message`."""

    model_config = ConfigDict(extra="ignore")
    text: str = Field(min_length=1, max_length=_LONGEST_TEXT)


class CaseNews(BaseModel):
    """The fields of `CustomerNotice(notice="case_news")`."""

    model_config = ConfigDict(extra="ignore")
    reference: str
    kind: str
    step: str
    title: str = ""
    text: str = ""
    """What a person of the business adds."""
    at: AwareDatetime | None = None
    """When it is to be, of what has a time."""


async def tell_notice(draft: Draft, notice: CustomerNotice) -> None:
    kind = OPT_OUT.get(notice.notice)
    if kind is not None and kind in (await draft.person()).opted_out:
        draft.trace["notice"] = f"{notice.notice}: opted out"
        return
    match notice.notice:
        case "shipment_late":
            _tell_late(draft, notice)
        case "reminder" | "offer" | "message":
            _tell_words(draft, notice)
        case "case_news":
            _tell_case(draft, notice)
        case "linked":
            channel = CHANNELS.get(str(notice.fields.get("channel")), "…")
            draft.trace["notice"] = notice.notice
            draft.say(TEXTS.text("link_told", draft.language, channel=channel), author="system")
        case "forgotten":
            draft.trace["notice"] = notice.notice
            clear_memory(draft)
        case _:
            assert_never(notice.notice)


def _tell_words(draft: Draft, notice: CustomerNotice) -> None:
    """Only by template outside the channel's window."""
    try:
        words = Words.model_validate(notice.fields)
    except ValidationError:
        draft.trace["notice"] = "unreadable"
        return
    text = words.text
    if notice.notice == "reminder":  # the customer's own words, come back as such
        text = TEXTS.text("reminder", draft.language, text=escape_markdown(text))
    _send(draft, notice.notice, text, (words.text,), draft.language)


def _tell_case(draft: Draft, notice: CustomerNotice) -> None:
    try:
        news = CaseNews.model_validate(notice.fields)
    except ValidationError:
        draft.trace["notice"] = "unreadable"
        return
    if news.step in CLOSED_STEPS:
        forget_acted(draft, news.reference)
    language = draft.language
    step = name_step(news.kind, news.step, language)
    if deadline := name_deadline(news.kind, news.at, language, draft.turn.tenant.time_zone):
        step = f"{step}; {deadline}"
    text = f"{name_case(news.kind, news.reference, news.title, language)}: {step}"
    words, title = _one_line(news.text), _one_line(news.title)
    if words:
        text = f"{text}\n{escape_markdown(words)}"
    _send(draft, notice.notice, text, (news.reference, title or "-", step, words or "-"), language)


def _one_line(text: str) -> str:
    """A template's parameter holds no line breaks."""
    return " ".join(text.replace("\0", "").split())[:_LONGEST_TEXT]


def _tell_late(draft: Draft, notice: CustomerNotice) -> None:
    try:
        late = LateShipment.model_validate(notice.fields)
    except ValidationError:
        draft.trace["notice"] = "unreadable"
        return
    language = draft.state.language or late.language or draft.language
    try:
        promised, eta = _moment(draft, late.promised, language), _moment(draft, late.eta, language)
    except OverflowError:  # the first or the last day of the calendar, in another zone
        draft.trace["notice"] = "unreadable"
        return
    text = TEXTS.text("shipment_late", language, reference=escape_markdown(late.reference), promised=promised, eta=eta)
    if late.status:
        text = f"{text}\n{TEXTS.text('shipment_status', language, status=escape_markdown(late.status))}"
    _send(draft, notice.notice, text, (late.reference, promised, eta, late.status or "-"), language)


def _send(draft: Draft, notice: str, text: str, parameters: tuple[str, ...], language: str) -> None:
    draft.trace["notice"] = notice
    name = draft.turn.tenant.templates.get(notice)
    template = None
    if name is not None:
        template = SendTemplate(name=name, language=language.partition("-")[0], parameters=parameters, text=text)
    if template is None or draft.turn.window_open:
        draft.messages.append(SendText(text=text, author="system", template=template))
    else:
        draft.messages.append(template)


def _moment(draft: Draft, at: datetime, language: str) -> str:
    return write_moment(at, language, draft.turn.tenant.time_zone)
