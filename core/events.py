"""Everything that can enter a stream. An event is a row of the inbox; `decode_event(encode_event(e)) == e`."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, JsonValue, TypeAdapter

from core.ids import AccountId, ApprovalId, ContactId, MemberId, StreamId, StreamKind, TenantId
from core.media import Attachment

Channel = Literal["telegram", "whatsapp"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    external_id: str
    """Telegram's user id; WhatsApp's business-scoped user id, or the number where that is missing."""
    name: str = ""
    username: str | None = None
    language: str | None = None
    """BCP 47, as the person's app reports it."""
    phone: str | None = None
    """E.164 without the plus, where the channel shows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    latitude: float
    longitude: float
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedContact:
    name: str
    phone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReceived:
    kind: Literal["message"] = "message"
    message_id: str
    sender: Sender
    at: datetime
    text: str = ""
    """The words, a caption, or a command such as `/start abc`."""
    attachments: tuple[Attachment, ...] = ()
    location: Location | None = None
    shared_contact: SharedContact | None = None
    reply_to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageEdited:
    kind: Literal["message_edited"] = "message_edited"
    message_id: str
    sender: Sender
    at: datetime
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonTapped:
    kind: Literal["button"] = "button"
    message_id: str
    sender: Sender
    at: datetime
    data: str
    label: str = ""
    callback_id: str | None = None
    """Telegram wants taps answered; the edge does that on its own as soon as the tap is recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BotCreated:
    """At the desk of whoever tapped: a bot was made that the admin bot manages, or its token or owner changed."""

    kind: Literal["bot_created"] = "bot_created"
    sender: Sender
    at: datetime
    bot_id: str
    username: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskOpened:
    """For a desk: its chat speaks for this business from now on."""

    kind: Literal["desk_opened"] = "desk_opened"
    why: Literal["new", "switched", "moved"]
    """`moved`: by a tap on an older message of this business."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskClosed:
    """For the desk of somebody who belongs to the business no more."""

    kind: Literal["desk_closed"] = "desk_closed"
    by: str
    """The name of who removed them."""
    member_id: MemberId
    """Of who did."""
    language: str | None = None
    """In which they are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerEcho:
    """What the owner wrote to the customer by their own phone, beside the bot (WhatsApp coexistence)."""

    kind: Literal["owner_echo"] = "owner_echo"
    message_id: str
    at: datetime
    text: str = ""
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactionReceived:
    kind: Literal["reaction"] = "reaction"
    message_id: str
    sender: Sender
    at: datetime
    emoji: str
    """Empty when the reaction was taken back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactBlocked:
    """The person blocked the bot, or let it write again."""

    kind: Literal["blocked"] = "blocked"
    sender: Sender
    at: datetime
    blocked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerDecision:
    """What an owner decided at their desk, for the conversation or case that asked."""

    kind: Literal["owner_decision"] = "owner_decision"
    approval_id: ApprovalId | None = None
    decision: Literal["answer", "take_over", "dismiss", "release", "relay", "approve", "reject", "undo"]
    """`approve`, `reject` and `undo` are about an action; what was approved stands in the approval, not here."""
    member_name: str
    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    from_account: AccountId | None = None
    """The admin bot that holds the attachments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationOpened:
    """For every desk of the tenant: show the card."""

    kind: Literal["escalation_opened"] = "escalation_opened"
    approval_id: ApprovalId
    stream_id: StreamId
    contact_name: str
    channel: Channel
    question: str
    reason: str
    draft: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationClosed:
    """For every desk that shows the card: it now says how it ended."""

    kind: Literal["escalation_closed"] = "escalation_closed"
    approval_id: ApprovalId
    outcome: Literal["answer", "take_over", "dismiss", "release", "expired", "approve", "reject", "undone"]
    member_name: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionAsked:
    """For desks: an agent wants to do something that needs an owner. The card shows what the approval holds."""

    kind: Literal["action_asked"] = "action_asked"
    approval_id: ApprovalId
    step: Literal["first", "next"] = "first"
    """`next`: the one who was asked first has not decided in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionEnded:
    """For every desk: what became of an action that was approved. The card then says so, and offers to undo it."""

    kind: Literal["action_ended"] = "action_ended"
    approval_id: ApprovalId
    ok: bool
    text: str = ""
    """Why not, or what the executor says of it."""
    undo_until: float = 0.0
    """Unix seconds; 0: it cannot be undone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOpened:
    """The first event of a case that somebody asked for."""

    kind: Literal["case_opened"] = "case_opened"
    case: str
    """The kind of case: `ticket`, `call`, `reminder`."""
    reference: str
    title: str
    fields: dict[str, JsonValue]
    """What the kind needs; see its module in `agents/cases`."""
    contact_id: ContactId
    contact_name: str
    conversation: StreamId
    channel: Channel
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOrder:
    """What a member or the customer wants of a case."""

    kind: Literal["case_order"] = "case_order"
    order: Literal["start", "done", "cancel", "note", "move"]
    by: Literal["member", "customer"]
    name: str = ""
    text: str = ""
    at: datetime | None = None
    """Of `move`: when it is to be instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRelayed:
    """A customer's message for the desk that took the conversation over."""

    kind: Literal["customer_relayed"] = "customer_relayed"
    stream_id: StreamId
    contact_name: str
    channel: Channel
    text: str
    attachments: tuple[Attachment, ...] = ()
    from_account: AccountId
    suggestion: bool = False
    """True when `text` is a reply of the bot that was withheld, offered to the owner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerNotice:
    """Something the owner should know and need not decide."""

    kind: Literal["owner_notice"] = "owner_notice"
    notice: Literal[
        "price_alert",
        "shipment_late",
        "delivery_failed",
        "watch_failed",
        "dead_letter",
        "bot_trouble",
        "model_key_trouble",
        "action_trouble",
        "loop_stopped",
        "quality_anomaly",
        "case_opened",
        "case_due",
        "case_news",
        "owner_typing",
        "people_news",
        "operator_news",
    ]
    fields: dict[str, JsonValue]
    """What the text of the notice is filled with; see `admin/notices.py` for each one's names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetReached:
    """For every desk: a share of a limit is spent. At 100 the next call was refused, and an owner may act."""

    kind: Literal["budget_reached"] = "budget_reached"
    scope: Literal["day", "month"]
    period: str
    """`2026-11-27` or `2026-11`, where the tenant is."""
    percent: Literal[50, 75, 90, 100]
    limit_micros: int
    used_micros: int
    """Spent; at 100 with what was reserved."""
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetDecided:
    """For every desk that shows the card of a limit that is reached: it now says what an owner chose."""

    kind: Literal["budget_decided"] = "budget_decided"
    scope: Literal["day", "month"]
    period: str
    limit_micros: int
    used_micros: int
    currency: str
    decision: Literal["extra", "raise", "stay"]
    amount_micros: int = 0
    """What was added, or the new limit."""
    member_name: str
    near: bool = False
    """It was only near: what is changed is the notice on the way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentUpdated:
    """A carrier's event, for the shipment's case."""

    kind: Literal["shipment_updated"] = "shipment_updated"
    reference: str
    status: str
    eta: datetime
    promised: datetime
    contact_id: ContactId | None
    conversation: StreamId | None
    """The customer's conversation, where one is known."""
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerNotice:
    """For a conversation: tell the customer, by template when the channel's window is over."""

    kind: Literal["customer_notice"] = "customer_notice"
    notice: Literal["shipment_late", "reminder", "offer", "linked", "forgotten", "case_news", "message"]
    fields: dict[str, JsonValue]
    """What the text is filled with; see `agents/notices.py` for each one's names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionResult:
    kind: Literal["action_result"] = "action_result"
    action: str
    key: str
    """The idempotency key of the action that this answers."""
    ok: bool
    result: dict[str, JsonValue]
    error: str = ""
    agent: str = ""
    """Who had proposed it; empty: the platform itself. What follows is empty then, too."""
    arguments: dict[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    approval_id: ApprovalId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerFired:
    kind: Literal["timer"] = "timer"
    name: str
    payload: dict[str, JsonValue]


Event = Annotated[
    MessageReceived
    | MessageEdited
    | ButtonTapped
    | BotCreated
    | DeskOpened
    | DeskClosed
    | OwnerEcho
    | ReactionReceived
    | ContactBlocked
    | OwnerDecision
    | EscalationOpened
    | EscalationClosed
    | ActionAsked
    | ActionEnded
    | CaseOpened
    | CaseOrder
    | CustomerRelayed
    | OwnerNotice
    | BudgetReached
    | BudgetDecided
    | ShipmentUpdated
    | CustomerNotice
    | ActionResult
    | TimerFired,
    Field(discriminator="kind"),
]
_ADAPTER: TypeAdapter[Event] = TypeAdapter(Event)


def encode_event(event: Event) -> str:
    return _ADAPTER.dump_json(event, exclude_defaults=False).decode()


def decode_event(text: str) -> Event:
    """Raises ValueError when the text is no event."""
    return _ADAPTER.validate_json(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """An event on its way into the inbox, with the stream it belongs to and the key it is known by."""

    tenant_id: TenantId
    stream_id: StreamId
    stream_kind: StreamKind
    account_id: AccountId
    external_id: str
    """Unique within tenant and account for at least 8 days: the update id, the wamid, `timer:…`."""
    chat: str
    """The channel's address of the chat; empty for cases."""
    event: Event


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedEvent:
    seq: int
    """Place in the stream, from 1, without gaps."""
    recorded_at: datetime
    event: Event
