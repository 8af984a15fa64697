"""A price list that is to be watched: link, name, how often, a look at once, and what it says as what is agreed."""

import re
from datetime import datetime
from urllib.parse import urlsplit

from admin.agents.pages import label, pair
from admin.session import DeskTurn
from admin.texts import quote
from admin.watches.cards import INTERVALS, write_price, write_span
from admin.watches.memory import SECTION, Draft, end_draft, read_draft, write_draft
from agents.actions.desks.declaring import propose
from agents.actions.desks.watching import (
    ADD_WATCH,
    ITEM_CHARACTERS,
    MOST_ITEMS,
    TEST_WATCH,
    AddWatchArguments,
    AgreedItem,
    TryWatchArguments,
    WatchTested,
)

_MOST_URL, _MOST_NAME = 500, 60
_SHOWN = 8
_ITEM = 50


def begin_watch(desk: DeskTurn, at: datetime) -> None:
    write_draft(desk, Draft(serial=read_draft(desk).serial + 1))
    desk.ask(SECTION, "url", at)
    desk.say("wat_ask_url")


def take_url(desk: DeskTurn, text: str, at: datetime) -> None:
    if not _is_url(text):
        desk.say("wat_bad_url")
        return
    write_draft(desk, read_draft(desk).model_copy(update={"url": text}))
    desk.ask(SECTION, "name", at)
    desk.say("wat_ask_name")


async def take_name(desk: DeskTurn, text: str) -> None:
    name = " ".join(text.split())
    if len(name) > _MOST_NAME:
        desk.say("wat_bad_name", most=_MOST_NAME)
        return
    if any(each.name == name for each in await desk.office.watches.watches()):
        desk.say("wat_name_taken", name=quote(name, _MOST_NAME))
        return
    desk.state = desk.state.expecting()
    draft = read_draft(desk)
    draft = write_draft(desk, draft.model_copy(update={"name": name, "serial": draft.serial + 1}))
    buttons = [label(f"wat:n:{draft.serial}:{each}", write_span(desk, each * 60)) for each in INTERVALS]
    desk.send_rows(desk.write("wat_ask_how_often"), pair(buttons))


def take_interval(desk: DeskTurn, serial: int, minutes: int) -> bool:
    """False for an interval that no button has."""
    draft = _find(desk, serial)
    if draft is None or minutes not in INTERVALS:
        return draft is None
    _look(desk, draft.model_copy(update={"every_minutes": minutes}))
    return True


def show_look(desk: DeskTurn, draft: Draft, tested: WatchTested) -> None:
    """What the list says, to be accepted as agreed."""
    items = tuple(AgreedItem(item=each.item, micros=each.micros, currency=each.currency) for each in tested.items)
    whole = tested.count <= len(items)
    draft = write_draft(desk, draft.model_copy(update={"items": items if whole else (), "serial": draft.serial + 1}))
    lines = [desk.write("wat_look_title", name=quote(draft.name, _MOST_NAME), count=tested.count)]
    lines += [
        f"- {quote(each.item, _ITEM)}: {write_price(desk, each.micros, each.currency)}" for each in items[:_SHOWN]
    ]
    if tested.count > _SHOWN:
        lines.append(desk.write("wat_look_more", count=tested.count - _SHOWN))
    if tested.missing:
        lines.append(desk.write("wat_missing", items=quote(", ".join(tested.missing), 150)))
    lines.append("\n" + (desk.write("wat_look_accept") if whole else desk.write("wat_look_choose", most=MOST_ITEMS)))
    buttons = [desk.button("wat_button_accept", f"wat:ok:{draft.serial}")] if whole else []
    buttons.append(desk.button("wat_button_pick", f"wat:pick:{draft.serial}"))
    buttons.append(desk.button("wat_button_drop", f"wat:no:{draft.serial}"))
    desk.send_rows("\n".join(lines), [(each,) for each in buttons])


def accept(desk: DeskTurn, serial: int) -> None:
    draft = _find(desk, serial)
    if draft is None:
        return
    if not draft.items or not draft.name:
        desk.say("wat_over")
        return
    arguments = AddWatchArguments(
        name=draft.name, url=draft.url, every_minutes=draft.every_minutes, prices=draft.items, ticket=draft.serial + 1
    )
    write_draft(desk, draft.model_copy(update={"serial": draft.serial + 1}))
    desk.propose(propose(ADD_WATCH, arguments))
    desk.note("watch.added", name=draft.name)


def ask_items(desk: DeskTurn, serial: int, at: datetime) -> None:
    if _find(desk, serial) is not None:
        desk.ask(SECTION, "pick", at)
        desk.say("wat_ask_items", most=MOST_ITEMS)


def take_items(desk: DeskTurn, text: str) -> None:
    wanted = tuple(dict.fromkeys(" ".join(each.split()) for each in re.split(r"[;\n]|,(?!\d)", text) if each.strip()))
    if not wanted or len(wanted) > MOST_ITEMS or any(len(each) > ITEM_CHARACTERS for each in wanted):
        desk.say("wat_bad_items", most=MOST_ITEMS)
        return
    desk.state = desk.state.expecting()
    _look(desk, read_draft(desk), wanted)


def give_up(desk: DeskTurn, serial: int) -> None:
    draft = _find(desk, serial)
    if draft is not None:
        end_draft(desk, draft)
        desk.say("wat_given_up")


def _look(desk: DeskTurn, draft: Draft, wanted: tuple[str, ...] = ()) -> None:
    draft = write_draft(desk, draft.model_copy(update={"serial": draft.serial + 1}))
    arguments = TryWatchArguments(url=draft.url, wanted=wanted, currency=desk.turn.tenant.currency, ticket=draft.serial)
    desk.propose(propose(TEST_WATCH, arguments))
    desk.say("wat_looking")


def _find(desk: DeskTurn, serial: int) -> Draft | None:
    """Says so when that step is over."""
    draft = read_draft(desk)
    if draft.serial == serial and draft.url:
        return draft
    desk.say_once("wat_over")
    return None


def _is_url(text: str) -> bool:
    if len(text) > _MOST_URL or any(letter.isspace() for letter in text):
        return False
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)
