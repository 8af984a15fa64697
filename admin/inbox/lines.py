"""One line of the list: what it is, from whom, a few words, how long it has waited, by when it is needed."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from babel.dates import format_timedelta

from admin.action_fields import list_fields, name_action, write_value
from admin.cards import name_customer, name_member
from admin.session import DeskTurn
from admin.texts import load_catalogue, quote
from core.changes import AskedAction
from core.office.inbox import MOST_COUNTED, Box, Waiting
from core.texts import find_locale, write_moment

ICONS: dict[Box, str] = {"question": "❓", "action": "⚡", "held": "🙋"}
_NAME, _WORDS, _VALUE = 24, 60, 24


def describe_line(desk: DeskTurn, item: Waiting, number: int) -> str:
    """At most some 200 characters."""
    parts = [f"{name_customer(desk, quote(item.contact_name, _NAME))}: {_say_what(desk, item)}"]
    parts.append(write_wait(desk, item.since))
    if item.box == "held":
        parts.append(desk.write("box_held_by", who=quote(item.held_by, _NAME) or name_member(desk, "")))
    if item.asked is not None:
        until = write_moment(item.asked.expires_at, desk.language, desk.turn.tenant.time_zone)
        parts.append(desk.write("box_until", until=until))
    icon = "❗" if item.box == "question" and item.urgency == 0 else ICONS[item.box]
    return f"**{number}.** {icon} {' · '.join(parts)}"


def write_wait(desk: DeskTurn, since: datetime) -> str:
    """How long ago that is: `35 min`, `2 hr`."""
    return write_span(desk, desk.tools.clock.now() - since)


def write_span(desk: DeskTurn, span: timedelta) -> str:
    span = max(span, timedelta(minutes=1))
    return format_timedelta(span, granularity="minute", format="short", locale=find_locale(desk.language))


def write_counts(desk: DeskTurn, counts: Mapping[str, int]) -> str:
    """`❓ 7 questions · ⚡ 3 actions`; nothing is said of what there is none of."""
    icons: dict[str, str] = {**ICONS, "limit": "💶", "later": "💤"}
    return " · ".join(
        f"{icon} {write_count(desk, f'box_count_{box}', counts[box])}" for box, icon in icons.items() if counts.get(box)
    )


def write_count(desk: DeskTurn, key: str, count: int, **fields: object) -> str:
    shown = f"{MOST_COUNTED}+" if count >= MOST_COUNTED else str(count)
    return load_catalogue().plural(key, count, desk.language, shown=shown, **fields)


def name_what(desk: DeskTurn, asked: AskedAction) -> str:
    """The action with what it costs, or else with what it is about."""
    title = quote(name_action(desk, asked.action.name), _WORDS)
    value = _pick_value(desk, asked)
    return f"{title}, {value}" if value else title


def _say_what(desk: DeskTurn, item: Waiting) -> str:
    if item.asked is not None:
        return name_what(desk, item.asked)
    return quote(item.question, _WORDS) or desk.write("no_words")


def _pick_value(desk: DeskTurn, asked: AskedAction) -> str:
    given = [field for field in list_fields(desk, asked.action.name) if field.name in asked.action.arguments]
    for kind in ("amount", "moment", "record"):
        found = next((field for field in given if field.kind == kind), None)
        if found is not None:
            return write_value(desk, found, asked.action.arguments[found.name], _VALUE)
    return ""


def list_lines(desk: DeskTurn, items: Sequence[Waiting]) -> str:
    return "\n".join(describe_line(desk, item, number) for number, item in enumerate(items, 1))
