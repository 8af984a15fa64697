"""How messages and actions are written into the outbox."""

import dataclasses
from collections.abc import Sequence

from pydantic import TypeAdapter

from core.actions import ProposedAction
from core.messages import EditCard, OutMessage, SendText, address_button, message_text
from core.turns import TurnInput

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


def address_buttons(turn: TurnInput, messages: Sequence[OutMessage]) -> Sequence[OutMessage]:
    """A desk's buttons carry their tenant: one chat with the admin bot may serve several."""
    if turn.stream_kind != "desk":
        return messages
    return [
        dataclasses.replace(
            m,
            buttons=tuple(
                tuple(dataclasses.replace(b, id=address_button(turn.tenant.tenant_id, b.id)) for b in row)
                for row in m.buttons
            ),
        )
        if isinstance(m, SendText | EditCard) and m.buttons
        else m
        for m in messages
    ]
