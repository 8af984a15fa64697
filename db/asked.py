"""An action that waits for an owner, as its approval's row keeps it."""

from datetime import datetime

from pydantic import TypeAdapter

from core.changes import AskedAction

_ASKED: TypeAdapter[AskedAction] = TypeAdapter(AskedAction)


def dump_asked(asked: AskedAction | None) -> tuple[str | None, str | None, datetime | None]:
    """Columns `action`, `action_hash` and `expires_at` of `approvals`."""
    if asked is None:
        return None, None, None
    return _ASKED.dump_json(asked).decode(), asked.action_hash, asked.expires_at


def load_asked(text: str | None) -> AskedAction | None:
    """Raises ValueError for what is none."""
    return None if text is None else _ASKED.validate_json(text)
