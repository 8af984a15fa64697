"""What every business's agents can do: look things up, remember, remind, hand on, call back."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from agents.actions.declaration import ActionDeclaration, Amount, Arguments, Belongs, Words

EVERYONE = frozenset({"*"})
GIVE_REFUND = "give_refund"


class OrderArguments(Arguments):
    reference: Annotated[str, Field(min_length=1, max_length=64), Belongs("order")]


class ShipmentArguments(Arguments):
    reference: Annotated[str, Field(min_length=1, max_length=64), Belongs("shipment")]


class InvoiceArguments(Arguments):
    reference: Annotated[str, Field(min_length=1, max_length=64), Belongs("invoice")]


class CaseArguments(Arguments):
    reference: Annotated[str, Field(min_length=1, max_length=64), Belongs("case")]


class MessageArguments(Arguments):
    """To the customer who asked, and nobody else: an address cannot be given."""

    text: Words
    channel: Literal["telegram", "whatsapp"] | None = None
    """Where the customer's channels are joined; None: here."""


class ReminderArguments(Arguments):
    text: Annotated[str, Field(min_length=1, max_length=300)]
    at: AwareDatetime


class TicketArguments(Arguments):
    title: Annotated[str, Field(min_length=1, max_length=120)]
    details: Annotated[str, Field(max_length=1_000)] = ""
    urgent: bool = False


class CallArguments(Arguments):
    topic: Annotated[str, Field(min_length=1, max_length=200)]
    at: AwareDatetime
    phone: Annotated[str, Field(pattern=r"^\+?[0-9][0-9 ()/.-]{4,24}$")] | None = None
    """None: the number that the channel shows, or by a message in this chat."""


class RefundArguments(Arguments):
    amount: Amount
    reason: Words


class ProfileArguments(Arguments):
    what: Literal["tone", "channel", "delivery"]
    value: Annotated[str, Field(min_length=1, max_length=120)]


class StartCaseArguments(Arguments):
    kind: Annotated[str, Field(pattern="^[a-z][a-z_]{1,39}$")]
    """Of a case kind that customers may start; see `agents/cases`."""
    title: Annotated[str, Field(min_length=1, max_length=120)]


class TakeBackArguments(Arguments):
    """What was done by the approval that the action carries is taken back. The approval says what that was."""


def _look_up(name: str, kind: str, agent: str, arguments: type[Arguments]) -> ActionDeclaration:
    return ActionDeclaration(
        name=name, title=f"Look up the {kind}", about=f"Look up one {kind} of this customer by its reference.",
        by="agent", agents=frozenset({agent}), concerns=(), arguments=arguments, touches="nothing", risk="low",
        reversal="nothing", cost="free", idempotency="repeatable", decide="allow", approver="manager",
        money_moving=False, executor="", done=(), result=f"what is on file of the {kind}",
    )  # fmt: skip


EVERYDAY = (
    _look_up("look_up_order", "order", "sales", OrderArguments),
    _look_up("look_up_shipment", "shipment", "logistics", ShipmentArguments),
    _look_up("look_up_invoice", "invoice", "billing", InvoiceArguments),
    ActionDeclaration(
        name="send_message", title="Send a message", by="agent", agents=EVERYONE, concerns=(),
        about="Send this customer a message on their other channel, when they ask to have something sent there.",
        arguments=MessageArguments, touches="customer", risk="low", reversal="irreversible", cost="free",
        idempotency="key", decide="allow", approver="manager", money_moving=False, executor="send_message",
        done=("sent",), result="channel: where it went",
    ),
    ActionDeclaration(
        name="set_reminder", title="Set a reminder", by="agent", agents=EVERYONE, concerns=(),
        about="Remind this customer of something at a time they named.",
        arguments=ReminderArguments, touches="customer", risk="low", reversal="reversible", cost="free",
        idempotency="key", decide="allow", approver="manager", money_moving=False, executor="open_case",
        done=("reminded", "created"), result="reference, at",
    ),
    ActionDeclaration(
        name="create_ticket", title="Open a ticket", by="agent", agents=EVERYONE, concerns=(),
        about="Hand a request on to the team, when it needs work that you cannot do.",
        arguments=TicketArguments, touches="business", risk="low", reversal="reversible", cost="free",
        idempotency="key", decide="allow", approver="manager", money_moving=False, executor="open_case",
        done=("created",), result="reference",
    ),
    ActionDeclaration(
        name="schedule_call", title="Schedule a call", by="agent", agents=EVERYONE, concerns=(),
        about="Promise this customer a call from the team at a time they named.",
        arguments=CallArguments, touches="business", risk="medium", reversal="reversible", cost="free",
        idempotency="key", decide="ask", approver="manager", money_moving=False, executor="open_case",
        done=("booked", "created"), result="reference, at",
    ),
    ActionDeclaration(
        name=GIVE_REFUND, title="Refund, paid by hand", by="agent", agents=frozenset({"billing", "general"}),
        about="Ask the owner to pay this customer money back, when they ask for it. The owner pays it by hand.",
        concerns=(), arguments=RefundArguments, touches="business", risk="medium", reversal="reversible", cost="amount",
        idempotency="key", decide="ask", approver="owner", money_moving=False, executor="open_case",
        done=("created",), result="reference: of a refund that is approved and is being paid out, not yet paid",
    ),
    ActionDeclaration(
        name="start_case", title="Start a case", by="agent", agents=EVERYONE, concerns=(),
        about="Start a piece of work of a kind that the business has for customers.",
        arguments=StartCaseArguments, touches="business", risk="low", reversal="reversible", cost="free",
        idempotency="key", decide="allow", approver="manager", money_moving=False, executor="open_case",
        done=("created",), result="reference",
    ),
    ActionDeclaration(
        name="cancel_case", title="Cancel a case", by="agent", agents=EVERYONE, concerns=(),
        about="Cancel a ticket, a call or a reminder of this customer, when they ask for it.",
        arguments=CaseArguments, touches="business", risk="low", reversal="irreversible", cost="free",
        idempotency="repeatable", decide="allow", approver="manager", money_moving=False, executor="cancel_case",
        done=("cancelled",), result="reference",
    ),
    ActionDeclaration(
        name="update_profile", title="Change the profile", by="agent", agents=EVERYONE, concerns=(),
        about="Note how this customer wants to be called or served, when they say so.",
        arguments=ProfileArguments, touches="memory", risk="low", reversal="reversible", cost="free",
        idempotency="repeatable", decide="allow", approver="manager", money_moving=False, executor="update_profile",
        done=("changed",), result="what, value",
    ),
    ActionDeclaration(
        name="take_back", title="Take it back", by="owner", agents=frozenset(), concerns=(),
        about="Takes back what was done by an approval.",
        arguments=TakeBackArguments, touches="business", risk="medium", reversal="irreversible", cost="free",
        idempotency="key", decide="ask", approver="manager", money_moving=False, executor="take_back",
        done=("cancelled",), result="action: the name of what was taken back",
    ),
)  # fmt: skip
