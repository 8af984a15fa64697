"""One turn's story as lines of text. Customers' words and names are in it only when they are asked for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import JsonValue

from core.events import ActionResult, decode_event
from core.ids import parse_turn_id
from core.messages import DeleteMessage, EditCard, OutMessage, React, SendMedia, SendTemplate, SendText, message_text
from db.spending import TurnAttempt
from db.trace import TracedApproval, TracedDeath, TracedEffect, TracedEvent, TracedMessage, TracedTurn
from jobs.payloads import decode_action, decode_message
from steward.cli.action_story import tell_action
from steward.cli.glimpses import describe_event, read_words
from steward.cli.memory_story import tell_memory
from steward.cli.model_story import tell_paid

_KEY_TAIL = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    turn_id: str
    turn: TracedTurn
    events: Sequence[TracedEvent]
    messages: Sequence[TracedMessage]
    effects: Sequence[TracedEffect]
    approvals: Sequence[TracedApproval]
    deaths: Sequence[TracedDeath]
    paid: Sequence[TurnAttempt] = ()


def tell(story: Story, *, words: bool) -> Iterator[str]:
    """Line by line. `words`: what people wrote, their names and file names too."""
    zone = find_zone(story.turn.time_zone)
    yield from _head(story, zone)
    yield from _section("Took in", _events(story, zone, words))
    yield from _section("Why", _why(story.turn.trace))
    yield from _section("Remembered", tell_memory(story.turn.trace.get("memory")))
    yield from _section("Paid", tell_paid(story.paid))
    yield from _section("Said", _said(story, words))
    yield from _section("Sent", _effects(story, zone, words))
    yield from _section("Approvals", _approvals(story, zone, words))
    yield from _section("Given up", [f"#{d.seq}  {d.error}, at {_clock(d.at, zone)}" for d in story.deaths])


def find_zone(name: str) -> ZoneInfo:
    """UTC where this machine does not know the zone."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def lay_out(value: Mapping[str, JsonValue]) -> list[str]:
    """A JSON object as aligned lines; lists and objects in it are indented below their name."""
    width = max((len(name) for name in value), default=0)
    lines: list[str] = []
    for name, item in value.items():
        match item:
            case dict() if item:
                lines += [name, *_indent(lay_out(item))]
            case list() if any(isinstance(each, dict) for each in item):
                lines += [name, *_indent([_row(each) for each in item])]
            case _:
                lines.append(f"{name:<{width}}  {_plain(item)}")
    return lines


def _head(story: Story, zone: ZoneInfo) -> Iterator[str]:
    turn = story.turn
    place = f" on {turn.channel}" if turn.channel else ""
    bot = f", {turn.account_name}" if turn.account_name else ""
    holder = ", now held by a person" if turn.mode == "human" else ""
    tries = f"try {turn.attempt + 1}"
    yield f"Turn {story.turn_id}"
    yield f"  tenant  {turn.tenant_name} ({turn.slug})"
    yield f"  stream  {turn.kind}{place}{bot}{holder}"
    yield f"  began   {turn.started_at.astimezone(zone):%d %b %Y} {_clock(turn.started_at, zone)} ({zone.key})"
    yield f"  took    {_span(turn.started_at, turn.finished_at)}, by worker {turn.worker_id}, {tries}"


def _section(title: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield ""
        yield title
        yield from _indent(lines)


def _events(story: Story, zone: ZoneInfo, words: bool) -> list[str]:
    lines: list[str] = []
    for stored in story.events:
        try:
            event = decode_event(stored.event)
        except ValueError:
            lines.append(f"#{stored.seq}  {_clock(stored.recorded_at, zone)}  an event of another version")
            continue
        what = describe_event(event)
        lines.append(f"#{stored.seq}  {_clock(stored.recorded_at, zone)}  {what}  ({_shorten(stored.external_id)})")
        if words:
            lines += _indent(read_words(event))
    missing = story.turn.upto_seq - story.turn.from_seq + 1 - len(story.events)
    if missing > 0:
        lines.append(f"{missing} more, whose rows retention has dropped")
    return lines


def _why(trace: Mapping[str, JsonValue]) -> list[str]:
    return lay_out({name: value for name, value in trace.items() if name != "memory"}) or ["the handler left no reason"]


def _said(story: Story, words: bool) -> list[str]:
    lines: list[str] = []
    for message in story.messages:
        if message.n > 0 or words:
            lines.append(f"{message.author}, {len(message.text)} characters")
            lines += _indent(message.text.splitlines()) if words else []
    return lines


def _effects(story: Story, zone: ZoneInfo, words: bool) -> list[str]:
    lines: list[str] = []
    for effect in story.effects:
        lines.append(f"{effect.n}  {_what(effect, words)}")
        if words and story.turn.kind != "conversation":  # whose history is under “Said” already
            lines += _indent(_spoken(effect), 5)
        lines += _indent(_fate(effect, zone), 5)
        if effect.is_action:
            lines += _indent(_result(effect, zone, words), 5)
    return lines


def _what(effect: TracedEffect, words: bool) -> str:
    try:
        if effect.is_action:
            action = decode_action(effect.payload)
            money = ", moves money" if action.money_moving else ""
            arguments = f" {action.arguments}" if words else f" ({', '.join(action.arguments) or 'no arguments'})"
            return f"action {action.name}{arguments}{money}"
        return f"{_message(decode_message(effect.payload))}, by {effect.author}"
    except ValueError:
        return "a payload of another version"


def _spoken(effect: TracedEffect) -> list[str]:
    try:
        return [] if effect.is_action else message_text(decode_message(effect.payload)).splitlines()
    except ValueError:
        return []


def _message(message: OutMessage) -> str:
    match message:
        case SendText():
            buttons = sum(len(row) for row in message.buttons)
            shown = f"text of {len(message.text)} characters" + (f", {buttons} buttons" if buttons else "")
            return shown + (f", card {message.card}" if message.card else "")
        case SendMedia():
            return message.media
        case SendTemplate():
            return f"template {message.name} ({message.language})"
        case EditCard():
            return f"change of card {message.card}"
        case React():
            return f"reaction {message_text(message)}".rstrip()
        case DeleteMessage():
            return "a message taken away"


def _fate(effect: TracedEffect, zone: ZoneInfo) -> list[str]:
    at = f" {_span(effect.created_at, effect.sent_at)} after the turn" if effect.sent_at else ""
    counts = [f"{n} {name}" for n, name in ((effect.attempts, "failed tries"), (effect.resends, "resends")) if n]
    receipt = [f"delivery: {effect.delivery}"] if effect.delivery else []
    lines = [", ".join([f"{effect.status}{at}", *counts, *receipt])]
    if effect.status == "queued" and effect.not_before:
        lines.append(f"not before {_clock(effect.not_before, zone)}")
    if effect.provider_ids:
        lines.append(f"provider's ids: {', '.join(map(_shorten, effect.provider_ids))}")
    if effect.error:
        lines.append(f"error: {effect.error}")
    return lines


def _result(effect: TracedEffect, zone: ZoneInfo, words: bool) -> list[str]:
    if effect.result is None or effect.result_at is None:
        return ["no result" if effect.status in ("sent", "failed") else "no result yet"]
    event = decode_event(effect.result)
    if not isinstance(event, ActionResult):
        return ["its result cannot be read"]
    outcome = "done" if event.ok else f"failed: {event.error}"
    lines = [f"result #{effect.result_seq} at {_clock(effect.result_at, zone)}: {outcome}"]
    return lines + (_indent(lay_out(event.result)) if words else [])


def _approvals(story: Story, zone: ZoneInfo, words: bool) -> list[str]:
    lines: list[str] = []
    for approval in story.approvals:
        here = "opened here, " if approval.opened else "decided here, " if approval.decided else ""
        when = f" at {_clock(approval.decided_at, zone)}" if approval.decided_at else ""
        who = f" by {approval.decided_by}" if approval.decided_by and words else ""
        lines.append(f"{approval.approval_id}  {here}{approval.reason}: {approval.status}{who}{when}")
        tenant, _, _ = parse_turn_id(story.turn_id)
        lines += _indent(tell_action(approval, tenant, lambda at: _clock(at, zone), words=words))
        if words:
            lines += _indent(f"{approval.contact_name}: {approval.question}".splitlines())
            lines += _indent(approval.decided_text.splitlines())
    return lines


def _row(value: JsonValue) -> str:
    if not isinstance(value, dict):
        return _plain(value)
    return "  ".join(f"{name} {_plain(item)}" if name != "source" else _plain(item) for name, item in value.items())


def _plain(value: JsonValue) -> str:
    match value:
        case float():
            return f"{value:.3g}"
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(map(_plain, value)) or "none"
        case dict():
            return ", ".join(f"{name} {_plain(item)}" for name, item in value.items()) or "none"
        case _:
            return str(value)


def _indent(lines: Sequence[str], by: int = 2) -> list[str]:
    return [" " * by + line for line in lines]


def _clock(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%H:%M:%S.%f}"[:-3]


def _span(start: datetime, end: datetime | None) -> str:
    seconds = ((end or datetime.now(UTC)) - start).total_seconds()
    return f"{seconds * 1000:.0f} ms" if seconds < 10 else f"{seconds:.0f} s"


def _shorten(key: str) -> str:
    """A vendor's key may hold a number at its start; the end is enough to find the row by."""
    prefix, found, rest = key.partition(":")
    if found and prefix.isalpha() and prefix.islower():
        return f"{prefix}:{_shorten(rest)}" if rest else key
    return key if len(key) <= _KEY_TAIL + 4 else f"…{key[-_KEY_TAIL:]}"
