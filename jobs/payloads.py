"""How messages and actions are written into the outbox."""

from pydantic import TypeAdapter

from core.actions import ProposedAction
from core.messages import OutMessage, message_text

_MESSAGE: TypeAdapter[OutMessage] = TypeAdapter(OutMessage)
_ACTION: TypeAdapter[ProposedAction] = TypeAdapter(ProposedAction)


def encode_message(message: OutMessage) -> str:
    return _MESSAGE.dump_json(message).decode()


def decode_message(text: str) -> OutMessage:
    """Raises ValueError."""
    return _MESSAGE.validate_json(text)


def encode_action(action: ProposedAction) -> str:
    return _ACTION.dump_json(action).decode()


def decode_action(text: str) -> ProposedAction:
    """Raises ValueError."""
    return _ACTION.validate_json(text)


def withheld_text(payload: str) -> str:
    return message_text(decode_message(payload))
