"""What an owner should know and need not decide.

The fields of each notice are below. Amounts are decimal text or numbers in the currency, not micros; times are ISO 8601
with an offset. Where a field without a default is missing or broken, the owner still learns what happened.
"""

from decimal import Decimal
from typing import Annotated, Literal

import structlog
from babel.numbers import format_currency, format_decimal
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from admin.cards import name_channel
from admin.operator.telling import describe_operator_news
from admin.people.telling import describe_people_news
from admin.texts import load_catalogue, quote, write
from core.events import OwnerNotice
from core.texts import find_locale, write_moment

_log = structlog.get_logger(__name__)
_NAME, _ERROR = 80, 300

Amount = Annotated[Decimal, Field(ge=-(10**12), le=10**12)]


class _Fields(BaseModel):
    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)


class PriceAlert(_Fields):
    supplier: str
    item: str
    old: Amount | None = None
    new: Amount
    agreed: Amount
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    change_percent: Amount | None = None
    """Of the new price against the agreed one; worked out when it is missing."""


class ShipmentLate(_Fields):
    reference: str
    status: str = ""
    promised: AwareDatetime
    eta: AwareDatetime
    customer_told: bool = False


class DeliveryFailed(_Fields):
    contact_name: str = ""
    reason: str = ""
    """`in_doubt`, or the vendor's words."""


class WatchFailed(_Fields):
    name: str
    error: str = ""


class DeadLetter(_Fields):
    stream: str
    error: str = ""


class BotTrouble(_Fields):
    account: str
    """The channel's name, or the bot's."""
    text: str = ""


class ModelKeyTrouble(_Fields):
    provider: str
    text: str = ""


class ActionTrouble(_Fields):
    title: str
    """Of the action, or the name of one of ours."""
    customer: str = ""
    error: str = ""
    """`in_doubt`, or what went wrong."""


class LoopStopped(_Fields):
    what: Literal["repeated_action", "repeated_reply", "ping_pong", "limits", "breaker"]
    customer: str = ""


class QualityAnomaly(_Fields):
    finding: str
    """Words, or codes with commas between them."""
    customer: str = ""
    count: int = Field(default=1, ge=1)


class OwnerTyping(_Fields):
    """On the business's own phone, beside the bot."""

    customer: str = ""
    minutes: int = Field(default=30, ge=1)


class CaseNews(_Fields):
    reference: str
    kind: str
    title: str = ""
    customer: str = ""
    urgent: bool = False
    step: str = ""
    text: str = ""
    """What the customer wrote about it."""
    at: AwareDatetime | None = None


def describe_notice(event: OwnerNotice, language: str, time_zone: str) -> str:
    """Markdown in the owner's language, times in the tenant's zone."""
    try:
        return _describe(event, language, time_zone)
    except (ValidationError, ArithmeticError) as error:
        # The names of the fields, not what is in them.
        problems = error.errors() if isinstance(error, ValidationError) else []
        fields = sorted({str(problem["loc"][0]) for problem in problems if problem["loc"]})
        _log.error("notice_unreadable", notice=event.notice, fields=fields)
        return write(f"{event.notice}_unreadable", language)


def _describe(event: OwnerNotice, language: str, time_zone: str) -> str:
    match event.notice:
        case "price_alert":
            return _describe_price(PriceAlert.model_validate(event.fields), language)
        case "shipment_late":
            return _describe_shipment(ShipmentLate.model_validate(event.fields), language, time_zone)
        case "delivery_failed":
            failed = DeliveryFailed.model_validate(event.fields)
            customer = quote(failed.contact_name, _NAME) or write("unnamed_customer", language)
            text = write("delivery_failed", language, customer=customer)
            if failed.reason == "in_doubt":
                return f"{text}\n{write('delivery_in_doubt', language)}"
            return text + _append(failed.reason)
        case "watch_failed":
            watch = WatchFailed.model_validate(event.fields)
            return write("watch_failed", language, name=quote(watch.name, _NAME)) + _append(watch.error)
        case "dead_letter":
            letter = DeadLetter.model_validate(event.fields)
            return write("dead_letter", language, stream=quote(letter.stream, _NAME)) + _append(letter.error)
        case "bot_trouble":
            bot = BotTrouble.model_validate(event.fields)
            return write("bot_trouble", language, name=name_channel(bot.account)) + _append(bot.text)
        case "model_key_trouble":
            key = ModelKeyTrouble.model_validate(event.fields)
            return write("model_key_trouble", language, name=quote(key.provider.title(), _NAME)) + _append(key.text)
        case "action_trouble" | "loop_stopped" | "quality_anomaly":
            return _describe_trouble(event, language)
        case "owner_typing":
            typing = OwnerTyping.model_validate(event.fields)
            return write("owner_typing", language, customer=_name(typing.customer, language), minutes=typing.minutes)
        case "case_opened" | "case_due" | "case_news":
            return _describe_case(event, CaseNews.model_validate(event.fields), language, time_zone)
        case "people_news":
            return describe_people_news(event.fields, language)
        case "operator_news":
            return describe_operator_news(event.fields, language, time_zone)


def _describe_trouble(event: OwnerNotice, language: str) -> str:
    if event.notice == "action_trouble":
        trouble = ActionTrouble.model_validate(event.fields)
        title, customer = _pick(f"action_{trouble.title}", trouble.title, language), _name(trouble.customer, language)
        text = write("action_trouble", language, title=title, customer=customer)
        if trouble.error == "in_doubt":
            return f"{text}\n{write('act_in_doubt', language)}"
        return text + _append(trouble.error)
    if event.notice == "loop_stopped":
        stopped = LoopStopped.model_validate(event.fields)
        return write(f"loop_{stopped.what}", language, customer=_name(stopped.customer, language))
    anomaly = QualityAnomaly.model_validate(event.fields)
    codes = anomaly.finding.split(", ")
    finding = ", ".join(_pick(f"finding_{code}", code.replace("_", " "), language) for code in codes)
    who = _name(anomaly.customer, language)
    return write("quality_anomaly", language, finding=finding, customer=who, count=anomaly.count)


def _describe_case(event: OwnerNotice, case: CaseNews, language: str, time_zone: str) -> str:
    if event.notice == "case_opened" and case.kind == "refund":
        return _describe_refund(case, language)
    keys = {"case_opened": "case_opened_urgent" if case.urgent else "case_opened", "case_news": "case_changed"}
    text = write(
        keys.get(event.notice, "case_due"),
        language,
        reference=quote(case.reference, _NAME),
        kind=_pick(f"kind_{case.kind}", case.kind, language),
        customer=_name(case.customer, language),
    )
    text += _append(case.title) + _append(case.text)
    if case.step:
        step = _pick(f"step_{case.kind}_{case.step}", case.step, language)
        text += "\n" + write("case_stands", language, step=step)
    if case.at is not None:
        text += "\n" + write("case_when", language, at=write_moment(case.at, language, time_zone))
    return text


def _describe_refund(case: CaseNews, language: str) -> str:
    """It was approved: what is left is to pay it. The sum is its title."""
    text = write(
        "case_opened_refund", language, reference=quote(case.reference, _NAME), amount=quote(case.title, _NAME),
        customer=_name(case.customer, language),
    )  # fmt: skip
    return text + _append(case.text)


def _pick(key: str, otherwise: str, language: str) -> str:
    """The desk's own words where it has some."""
    return write(key, language) if key in load_catalogue().keys else quote(otherwise, _NAME)


def _name(customer: str, language: str) -> str:
    return quote(customer, _NAME) or write("unnamed_customer", language)


def _describe_price(alert: PriceAlert, language: str) -> str:
    change = alert.change_percent
    if change is None and alert.agreed:
        change = (alert.new / alert.agreed - 1) * 100
    locale = find_locale(language)

    def money(amount: Decimal) -> str:
        return format_currency(amount, alert.currency, locale=locale)

    return write(
        "price_alert_first" if alert.old is None else "price_alert",
        language,
        supplier=quote(alert.supplier, _NAME),
        item=quote(alert.item, _NAME),
        new=money(alert.new),
        **({} if alert.old is None else {"old": money(alert.old)}),
        agreed=money(alert.agreed),
        change="–" if change is None else f"{format_decimal(change, '+0.0;-0.0', locale)} %",
    )


def _describe_shipment(late: ShipmentLate, language: str, time_zone: str) -> str:
    text = write(
        "shipment_late",
        language,
        reference=quote(late.reference, _NAME),
        promised=write_moment(late.promised, language, time_zone),
        eta=write_moment(late.eta, language, time_zone),
    )
    if late.status:
        text += "\n" + write("shipment_status", language, status=quote(late.status, _NAME))
    return text + "\n" + write("customer_told" if late.customer_told else "customer_not_told", language)


def _append(error: str) -> str:
    return f"\n{quote(error, _ERROR)}" if error else ""
