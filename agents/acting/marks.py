"""Knowing an action again: the same name and the same arguments."""

from hashlib import blake2b

import orjson

from core.actions import ProposedAction


def mark_of(action: ProposedAction) -> str:
    """24 hexadecimal digits."""
    text = orjson.dumps([action.name, action.arguments], option=orjson.OPT_SORT_KEYS)
    return blake2b(text, digest_size=12).hexdigest()
