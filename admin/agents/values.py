"""The value of a rule as an owner types it."""

import re

from pydantic import JsonValue

from admin.agents.acting import VALUES, write_change
from admin.agents.confirming import propose
from admin.agents.memory import ChangeRules
from admin.amounts import read_amount
from admin.session import DeskTurn
from admin.state import Asking

_NONE = re.compile(
    r"[-–—]|none|no limit|ninguno|sin limite|нет|без лимита|keins?|keine|aucune?|sans limite|nenhum|sem limite", re.I
)
_SPAN = re.compile(
    r"(\d{1,2})(?:[:.h](\d{2}))?\s*(?:-|–|—|to|bis|a|à|as|às|до)\s*(\d{1,2})(?:[:.h](\d{2}))?\s*h?", re.I
)
_MOST_TIMES = 1_000


async def take_value(desk: DeskTurn, asking: Asking, text: str) -> None:
    """What cannot be read is asked for again; nothing has changed then."""
    action, what = asking.data.get("action"), asking.data.get("rule")
    if not isinstance(action, str) or not isinstance(what, str) or what not in VALUES:
        desk.state = desk.state.expecting()
        desk.say("agt_preview_gone")
        return
    try:
        changes = _read(desk, what, text.strip())
    except ValueError:
        desk.say(_bad(what), currency=desk.turn.tenant.currency, most=_MOST_TIMES)
        return
    desk.state = desk.state.expecting()
    await propose(desk, ChangeRules(action=action, changes=changes))


def _read(desk: DeskTurn, what: str, text: str) -> dict[str, JsonValue]:
    """Raises ValueError."""
    if what != "upto" and _NONE.fullmatch(text):
        return {VALUES[what]: None}
    match what:
        case "hours":
            return {"hours": read_span(text)}
        case "times":
            if not text.isdecimal() or not text.isascii() or int(text[:6]) > _MOST_TIMES or len(text) > 6:
                raise ValueError("not a number of times")
            return {"times_a_day": int(text)}
        case _:
            amount = read_amount(desk, text)
            if amount.micros <= 0:
                raise ValueError("nothing is no amount")
            return write_change(what, amount.micros)


def read_span(text: str) -> str:
    """`9-18`, `09:00 – 18:30` -> `09:00-18:30`. Raises ValueError."""
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        raise ValueError("not a span of hours")
    clocks = [(int(found[1]), int(found[2] or 0)), (int(found[3]), int(found[4] or 0))]
    clocks = [(0, 0) if clock == (24, 0) else clock for clock in clocks]
    if any(hour > 23 or minute > 59 for hour, minute in clocks) or clocks[0] == clocks[1]:
        raise ValueError("not a span of hours")
    return "-".join(f"{hour:02}:{minute:02}" for hour, minute in clocks)


def _bad(what: str) -> str:
    return {"hours": "agt_bad_hours", "times": "agt_bad_times"}.get(what, "agt_bad_amount")
