"""`trace <turn_id>`: one turn's story from the rows it left; `trace latest <tenant>` lists turns to choose from."""

import argparse

from core.errors import Misconfigured
from core.events import decode_event
from core.ids import StreamId, TenantId, parse_turn_id, turn_id
from core.turns import AuditNote
from db.database import Transaction
from db.engine.changes import add_note
from db.engine.link import Link
from db.spending import list_turn_attempts
from db.tenants import find_slug
from db.trace import (
    LatestTurn,
    TracedEvent,
    TracedTurn,
    find_place,
    find_turn,
    list_approvals,
    list_dead_letters,
    list_effects,
    list_events,
    list_latest_turns,
    list_messages,
)
from steward.cli.glimpses import name_approvals
from steward.cli.parsing import Subparsers
from steward.cli.story import Story, find_zone, tell
from steward.data import Data, open_data
from steward.settings import Settings

_LATEST = 20
_TELLING = ("case", "by", "mood", "decision", "notice", "escalated", "joined", "step", "dead_letter")
"""What of a turn's trace tells it from the others in a list."""


def add_parser(commands: Subparsers) -> None:
    parser = commands.add_parser(
        "trace",
        help="tell one turn's story: what came in, why, what went out",
        description="`trace <turn id>` tells a turn's story; `trace latest <tenant>` lists the last ones.",
    )
    parser.add_argument("turn", metavar="turn|latest", help="a turn id, as logs and `trace latest` show it")
    parser.add_argument("slug", nargs="?", help="the tenant, with `latest`")
    parser.add_argument("--words", action="store_true", help="show what people wrote; the tenant's audit notes it")
    parser.set_defaults(run=trace_command)


async def trace_command(settings: Settings, arguments: argparse.Namespace) -> int:
    if arguments.turn == "latest":
        if not arguments.slug:
            raise Misconfigured("Whose turns? `python -m steward trace latest <tenant>`, e.g. `trace latest bakery`.")
        async with open_data(settings) as data:
            for line in await _list(data, arguments.slug):
                print(line)
        return 0
    try:
        tenant, stream, seq = parse_turn_id(arguments.turn)
    except ValueError as error:
        raise Misconfigured(
            f"“{arguments.turn}” is no turn id. `python -m steward trace latest <tenant>` lists some."
        ) from error
    async with open_data(settings) as data:
        story = await _read(data, tenant, stream, seq, words=arguments.words)
    for line in tell(story, words=arguments.words):
        print(line)
    return 0


async def _list(data: Data, slug: str) -> list[str]:
    async with Link(data.engine_url, "trace") as link, link.use() as tx:
        tenant = await find_slug(tx, slug)
    if tenant is None:
        raise Misconfigured(f"There is no tenant “{slug}”. `python -m steward tenant list` shows them all.")
    async with data.database.tenant(tenant, readonly=True) as tx:
        turns = await list_latest_turns(tx, tenant, _LATEST)
    return [_line(tenant, turn) for turn in turns] or [f"{slug} has had no turns yet, or retention has dropped them."]


def _line(tenant: TenantId, turn: LatestTurn) -> str:
    at = turn.finished_at.astimezone(find_zone(turn.time_zone))
    took = (turn.finished_at - turn.started_at).total_seconds() * 1000
    events = turn.upto_seq - turn.from_seq + 1
    why = ", ".join(f"{name} {turn.trace[name]}" for name in _TELLING if turn.trace.get(name))
    name = turn_id(tenant, turn.stream_id, turn.upto_seq)
    return f"{name}  {at:%d %b %H:%M:%S}  {turn.kind:<12}  {events} in, {took:.0f} ms  {why}".rstrip()


async def _read(data: Data, tenant: TenantId, stream: StreamId, seq: int, *, words: bool) -> Story:
    """Words are read only together with the note that they were: one transaction."""
    async with data.database.tenant(tenant, readonly=not words) as tx:
        turn = await find_turn(tx, tenant, stream, seq)
        if turn is None:
            raise Misconfigured(await _explain_absence(tx, tenant, stream, seq))
        name = turn_id(tenant, stream, turn.upto_seq)
        if words:
            await add_note(tx, tenant, AuditNote(action="turn_words_read", actor="operator", details={"turn": name}))
        events = await list_events(tx, tenant, stream, turn.from_seq, turn.upto_seq)
        return Story(
            turn_id=name,
            turn=turn,
            events=events,
            messages=await list_messages(tx, tenant, stream, turn.from_seq, turn.upto_seq),
            effects=await list_effects(tx, tenant, stream, turn.upto_seq),
            approvals=await list_approvals(tx, tenant, stream, turn, _named(turn, events)),
            deaths=await list_dead_letters(tx, tenant, stream, turn.from_seq, turn.upto_seq),
            paid=await list_turn_attempts(tx, tenant, stream, turn.from_seq, turn.upto_seq),
        )


def _named(turn: TracedTurn, events: tuple[TracedEvent, ...]) -> list[str]:
    named = {str(turn.trace[name]) for name in ("approval", "joined") if turn.trace.get(name)}
    for stored in events:
        try:
            named.update(name_approvals(decode_event(stored.event)))
        except ValueError:  # of a version that this one does not read; the story says so
            continue
    return sorted(named)


async def _explain_absence(tx: Transaction, tenant: TenantId, stream: StreamId, seq: int) -> str:
    place = await find_place(tx, tenant, stream)
    if place is None or seq > place.last_seq or seq < 1:
        return "There is no such turn. `python -m steward trace latest <tenant>` lists the last ones."
    if seq <= place.done_seq:
        return "That turn is over, and its row was dropped after 30 days."
    waits = f"{place.last_seq - place.done_seq} events of this stream wait"
    if place.fails:
        return f"No turn has taken that event in yet: {waits}; the turn failed {place.fails} times and is tried again."
    state = "a worker has the stream in hand" if place.leased else "no worker has the stream. Is Steward running?"
    return f"No turn has taken that event in yet: {waits}; {state}"
