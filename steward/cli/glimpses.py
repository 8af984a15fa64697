"""What an event is, said without anyone's words; and, apart from that, the words."""

from core.events import (
    ActionAsked,
    ActionEnded,
    ActionResult,
    BotCreated,
    BudgetDecided,
    BudgetReached,
    ButtonTapped,
    CaseOpened,
    CaseOrder,
    ContactBlocked,
    CustomerNotice,
    CustomerRelayed,
    DeskClosed,
    DeskOpened,
    EscalationClosed,
    EscalationOpened,
    Event,
    MessageEdited,
    MessageReceived,
    OwnerDecision,
    OwnerEcho,
    OwnerNotice,
    ReactionReceived,
    ShipmentUpdated,
    TimerFired,
)


def describe_event(event: Event) -> str:
    """Kind, size and ids; never words, names or numbers of people."""
    match event:
        case MessageReceived():
            return _message(event)
        case MessageEdited():
            return f"edit, {len(event.text)} characters"
        case ButtonTapped():
            return f"button {event.data}"
        case BotCreated():
            return f"bot {event.bot_id} made or changed"
        case DeskOpened():
            return f"desk opened ({event.why})"
        case DeskClosed():
            return "desk closed: its member was removed"
        case OwnerEcho():
            return f"owner's own words on the phone, {len(event.text)} characters"
        case ReactionReceived():
            return "reaction" if event.emoji else "reaction taken back"
        case ContactBlocked():
            return "the person blocked the bot" if event.blocked else "the person lets the bot write again"
        case OwnerDecision():
            return f"owner's decision: {event.decision}" + (f" on {event.approval_id}" if event.approval_id else "")
        case EscalationOpened():
            return f"escalation {event.approval_id} opened ({event.reason})"
        case EscalationClosed():
            return f"escalation {event.approval_id} closed ({event.outcome})"
        case ActionAsked():
            return f"approval {event.approval_id} of an action asked for" + (", again" if event.step == "next" else "")
        case ActionEnded():
            return f"action of approval {event.approval_id} {'done' if event.ok else 'failed'}"
        case CaseOpened():
            return f"{event.case} {event.reference} opened"
        case CaseOrder():
            return f"order to the case: {event.order}, by a {event.by}"
        case CustomerRelayed():
            return f"{'withheld reply' if event.suggestion else 'customer'} relayed, {len(event.text)} characters"
        case OwnerNotice() | CustomerNotice():
            return f"notice {event.notice}"
        case BudgetReached():
            return f"budget of {event.period}: {event.percent} % used"
        case BudgetDecided():
            return f"budget of {event.period}: {event.decision}"
        case ShipmentUpdated():
            return f"shipment {event.reference}: {event.status or 'no status'}, ETA {event.eta:%Y-%m-%d}"
        case ActionResult():
            return f"result of {event.action}: {'done' if event.ok else 'failed'}"
        case TimerFired():
            return f"timer {event.name}"


def _message(event: MessageReceived) -> str:
    parts = ["message", f"{len(event.text)} characters"]
    parts += [f"{item.kind} ({item.mime or 'type unknown'})" for item in event.attachments]
    parts += ["a location"] if event.location else []
    parts += ["a contact"] if event.shared_contact else []
    return ", ".join(parts)


def read_words(event: Event) -> list[str]:
    """What people wrote or were told, line by line."""
    match event:
        case MessageReceived():
            names = [item.name for item in event.attachments if item.name]
            return [*event.text.splitlines(), *names]
        case (
            MessageEdited()
            | OwnerEcho()
            | OwnerDecision()
            | CustomerRelayed()
            | EscalationClosed()
            | ActionEnded()
            | CaseOrder()
        ):
            return event.text.splitlines()
        case ButtonTapped():
            return [event.label] if event.label else []
        case ReactionReceived():
            return [event.emoji] if event.emoji else []
        case EscalationOpened():
            return [f"{event.contact_name}: {event.question}", *event.draft.splitlines()]
        case CaseOpened():
            return [f"{event.contact_name}: {event.title}"]
        case ActionResult():
            return str(event.result.get("text", "")).splitlines()
        case _:
            return []


def name_approvals(event: Event) -> list[str]:
    """The approvals that an event is about."""
    match event:
        case EscalationOpened() | EscalationClosed() | ActionAsked() | ActionEnded():
            return [event.approval_id]
        case OwnerDecision():
            return [event.approval_id] if event.approval_id else []
        case _:
            return []
