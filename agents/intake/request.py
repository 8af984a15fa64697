"""What a customer's message was understood to be."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from core.events import Channel

Intent = Literal[
    "where_is_order", "where_is_shipment", "invoice_question", "late_complaint", "refund_or_credit", "cancel",
    "change_order", "reminder", "call_me", "ticket_status", "open_ticket", "technical_problem", "price_or_offer",
    "purchase", "document_help", "profile_change", "send_elsewhere", "question", "other",
]  # fmt: skip
Level = Literal["low", "normal", "high"]
Risk = Literal["low", "medium", "high"]
UNSURE = 0.5
"""Below this confidence a model may be asked; see `agents/intake/asking.py`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entities:
    """What stands in the text itself. All empty when nothing does; each list in the text's order, doubles left out."""

    references: tuple[str, ...] = ()
    """Numbers of orders, shipments, invoices and cases as typed, in capitals."""
    amounts: tuple[str, ...] = ()
    """With two decimals and a point: `12.50`."""
    currency: str = ""
    """ISO 4217, of the first amount that names one."""
    times: tuple[datetime, ...] = ()
    """Aware, in the tenant's zone, later than now. Two for one mention that may be meant either way."""
    dates: tuple[date, ...] = ()
    """Days named, today or later; with an hour or without."""
    phone: str = ""
    """Digits, with `+` where it was typed."""
    email: str = ""
    channel: Channel | None = None
    """When one is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    intent: Intent
    agent: str
    """The specialist it goes to: switched on, or the tenant's own; else `general`."""
    confidence: float
    """Between 0 and 1."""
    entities: Entities = field(default_factory=Entities)
    urgency: Level = "normal"
    risk: Risk = "low"
    """Of a wrong answer. `high`: law, health and safety, personal data. `medium`: money and cancellations."""
    in_scope: bool = True
    """False for general chat with an AI, which WhatsApp forbids. When in doubt it is about the business."""
    wants: tuple[str, ...] = ()
    """The tenant's own actions that the words ask for; `give_refund` where refunds are paid by hand."""
    agents: tuple[str, ...] = ("general",)
    """Whom it could go to at this tenant."""
