"""The section's door: what is watched, a look at once, agreed prices, and lists to watch."""

from dataclasses import replace
from datetime import datetime

from admin.section import Command, Section, may_use, refuse
from admin.session import DeskTurn
from admin.state import ANSWER_LAPSES, Asking
from admin.watches.adding import (
    accept,
    ask_items,
    begin_watch,
    give_up,
    take_interval,
    take_items,
    take_name,
    take_url,
)
from admin.watches.cards import INTERVALS, ask_removal, show_intervals, show_prices, show_watch, show_watches
from admin.watches.changing import ask_price, take_new_item, take_price
from admin.watches.memory import SECTION as NAME
from admin.watches.results import take_added, take_changed, take_tested
from agents.actions.desks.declaring import propose
from agents.actions.desks.watching import CHANGE_WATCH, TEST_WATCH, ChangeWatchArguments, TryWatchArguments
from core.desk_changes import PauseWatch
from core.events import ButtonTapped, MessageReceived, RecordedEvent
from core.office.watches import WatchView
from core.turns import Member

_HIGHEST = 2**62


async def _run(desk: DeskTurn, member: Member, argument: str) -> None:
    if argument.lower() not in ("new", "add"):
        await show_watches(desk, member)
    elif may_use(member, "manager"):
        begin_watch(desk, desk.turn.events[-1].recorded_at)
    else:
        refuse(desk, "manager")


async def _tap(desk: DeskTurn, member: Member, tap: ButtonTapped, recorded: RecordedEvent) -> bool:
    """Looking is for everybody, all else for managers and owners."""
    parts = tap.data.split(":")[1:]
    if any(part.isdecimal() and int(part[:40]) > _HIGHEST for part in parts):
        return False
    match parts:
        case ["l"]:
            await show_watches(desk, member)
        case ["l", page] if page.isdecimal():
            await show_watches(desk, member, int(page), edit=True)
        case [("c" | "b" | "a") as what, number, *rest] if number.isdecimal() and all(map(str.isdecimal, rest)):
            watch = await desk.office.watches.watch(int(number))
            if watch is None:
                desk.say("wat_gone")
            elif what == "a":
                await show_prices(desk, member, watch, int(rest[0]) if rest else 0, edit=bool(rest))
            else:
                show_watch(desk, member, watch, edit=what == "b")
        case _ if not may_use(member, "manager"):
            refuse(desk, "manager")
        case ["new"]:
            begin_watch(desk, recorded.recorded_at)
        case [("p" | "t" | "e" | "ap" | "r" | "rr") as what, number, *rest] if number.isdecimal():
            watch = await desk.office.watches.watch(int(number))
            if watch is None:
                desk.say("wat_gone")
                return True
            return _tap_watch(desk, member, watch, [what, *rest], recorded.recorded_at)
        case [what, serial, *rest] if serial.isdecimal():
            return _tap_draft(desk, what, int(serial), rest, recorded.recorded_at)
        case _:
            return False
    return True


def _tap_watch(desk: DeskTurn, member: Member, watch: WatchView, parts: list[str], at: datetime) -> bool:
    match parts:
        case ["p", ("0" | "1") as paused]:
            if watch.paused != (paused == "1"):
                desk.change(PauseWatch(watch_id=watch.watch_id, paused=paused == "1"))
                desk.note("watch.paused" if paused == "1" else "watch.resumed", watch=watch.watch_id)
            show_watch(desk, member, replace(watch, paused=paused == "1"), edit=True)
        case ["t"]:
            arguments = TryWatchArguments(watch_id=watch.watch_id, currency=desk.turn.tenant.currency, ticket=0)
            desk.propose(propose(TEST_WATCH, arguments))
            desk.say_once("wat_looking")
        case ["e"]:
            show_intervals(desk, watch)
        case ["e", minutes] if minutes.isdecimal() and int(minutes) in INTERVALS:
            change = ChangeWatchArguments(watch_id=watch.watch_id, every_minutes=int(minutes))
            desk.propose(propose(CHANGE_WATCH, change))
            desk.note("watch.interval", watch=watch.watch_id, minutes=int(minutes))
        case ["ap"]:
            ask_price(desk, watch, at)
        case ["r"]:
            ask_removal(desk, watch)
        case ["rr"]:
            desk.propose(propose(CHANGE_WATCH, ChangeWatchArguments(watch_id=watch.watch_id, remove=True)))
            desk.note("watch.removed", watch=watch.watch_id)
        case _:
            return False
    return True


def _tap_draft(desk: DeskTurn, what: str, serial: int, rest: list[str], at: datetime) -> bool:
    match [what, *rest]:
        case ["n", minutes] if minutes.isdecimal():
            return take_interval(desk, serial, int(minutes))
        case ["ok"]:
            accept(desk, serial)
        case ["pick"]:
            ask_items(desk, serial, at)
        case ["no"]:
            give_up(desk, serial)
        case ["too"]:
            take_new_item(desk, serial, yes=True)
        case ["drop"]:
            take_new_item(desk, serial, yes=False)
        case _:
            return False
    return True


async def _hear(
    desk: DeskTurn, member: Member, asking: Asking, message: MessageReceived, recorded: RecordedEvent
) -> None:
    text, at = message.text.replace("\0", "").strip(), recorded.recorded_at
    if not may_use(member, "manager"):
        desk.state = desk.state.expecting()
        refuse(desk, "manager")
    elif at - asking.since > ANSWER_LAPSES:
        desk.state = desk.state.expecting()
        desk.say("wat_lapsed")
    elif not text:
        desk.say("wat_words_only")
    elif asking.what == "url":
        take_url(desk, text, at)
    elif asking.what == "name":
        await take_name(desk, text)
    elif asking.what == "pick":
        take_items(desk, text)
    else:
        await take_price(desk, asking, text)


SECTION = Section(
    name=NAME,
    commands=(
        Command(
            name="watches", role="viewer", changes=False, run=_run,
            about="Show the price lists that are watched: when they were looked at, pause, test, agreed prices, and "
            "the shipments under way. With “new” behind it: watch another list.",
        ),
    ),
    tap=_tap,
    hear=_hear,
    results={"test_watch": take_tested, "add_watch": take_added, "change_watch": take_changed},
)  # fmt: skip
