"""Knowing an action again: the same name and the same arguments."""

from hashlib import blake2b

import orjson

from agents.acting.state import Acted
from agents.actions.declaration import ActionDeclaration, find_records
from agents.draft import Draft
from core.actions import ProposedAction

_KEPT = 20


def note_acted(draft: Draft, declared: ActionDeclaration | None, action: ProposedAction) -> None:
    """It is on its way: the same is not done again. `declared` is None for one that is no longer there."""
    about = about_of(declared, action) if declared else ""
    acted = Acted(mark=mark_of(action), at=draft.now, about=about)
    draft.keep(acted=(*draft.state.acted, acted)[-_KEPT:])


def about_of(declared: ActionDeclaration, action: ProposedAction) -> str:
    """The action and the records it is about; of an action without records all of it, but for money: whatever sum."""
    records = sorted(f"{kind}:{reference}" for kind, reference in find_records(declared, action.arguments))
    if not records and declared.touches == "business" and declared.gives_money:
        return action.name
    return " ".join((action.name, *records)) if records else mark_of(action)


def mark_of(action: ProposedAction) -> str:
    """24 hexadecimal digits."""
    text = orjson.dumps([action.name, action.arguments], option=orjson.OPT_SORT_KEYS)
    return blake2b(text, digest_size=12).hexdigest()
