"""What the customer is told without having asked: by template once the channel's window is over."""

from datetime import datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from agents.draft import Draft
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


def tell_notice(draft: Draft, notice: CustomerNotice) -> None:
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
    draft.trace["notice"] = notice.notice
    name = draft.turn.tenant.templates.get(notice.notice)
    template = None
    if name is not None:
        parameters = (late.reference, promised, eta, late.status or "-")
        template = SendTemplate(name=name, language=language.partition("-")[0], parameters=parameters, text=text)
    if template is None or draft.turn.window_open:
        draft.messages.append(SendText(text=text, author="system", template=template))
    else:
        draft.messages.append(template)


def _moment(draft: Draft, at: datetime, language: str) -> str:
    return write_moment(at, language, draft.turn.tenant.time_zone)
