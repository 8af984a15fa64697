"""Another price as what is agreed: `flour 1.20`."""

from collections.abc import Sequence
from datetime import datetime

from admin.amounts import read_amount
from admin.session import DeskTurn
from admin.state import Asking
from admin.texts import quote
from admin.watches.cards import write_price
from admin.watches.memory import SECTION, Draft, end_draft, read_draft, write_draft
from agents.actions.desks.declaring import propose
from agents.actions.desks.watching import CHANGE_WATCH, ITEM_CHARACTERS, AgreedItem, ChangeWatchArguments
from core.money import parse_amount
from core.office.watches import PriceView, WatchView

_ITEM = 80


def ask_price(desk: DeskTurn, watch: WatchView, at: datetime) -> None:
    desk.ask(SECTION, "price", at, watch_id=watch.watch_id)
    desk.say("wat_ask_price", name=quote(watch.name, 60))


async def take_price(desk: DeskTurn, asking: Asking, text: str) -> None:
    """An item that is watched gets its price at once; for another one it is asked whether to watch it."""
    watch_id = asking.data.get("watch_id")
    watch = await desk.office.watches.watch(watch_id) if isinstance(watch_id, int) else None
    if watch is None:
        desk.state = desk.state.expecting()
        desk.say("wat_gone")
        return
    found = split_price(desk, text, await desk.office.watches.prices(watch.watch_id))
    if found is None:
        desk.say("wat_bad_price", currency=desk.turn.tenant.currency)
        return
    desk.state = desk.state.expecting()
    price, known = found
    if known is None:
        draft = Draft(serial=read_draft(desk).serial + 1, watch_id=watch.watch_id, items=(price,))
        write_draft(desk, draft)
        buttons = (
            desk.button("wat_button_watch_too", f"wat:too:{draft.serial}"),
            desk.button("wat_button_drop", f"wat:drop:{draft.serial}"),
        )
        amount = write_price(desk, price.micros, price.currency)
        desk.say("wat_new_item", *buttons, item=quote(price.item, _ITEM), price=amount)
        return
    agree(desk, watch.watch_id, price)


def agree(desk: DeskTurn, watch_id: int, price: AgreedItem) -> None:
    desk.propose(propose(CHANGE_WATCH, ChangeWatchArguments(watch_id=watch_id, price=price)))
    desk.note("watch.price", watch=watch_id, micros=price.micros, currency=price.currency)


def take_new_item(desk: DeskTurn, serial: int, *, yes: bool) -> None:
    draft = read_draft(desk)
    if draft.serial != serial or not draft.watch_id or len(draft.items) != 1:
        desk.say_once("wat_over")
        return
    end_draft(desk, draft)
    if yes:
        agree(desk, draft.watch_id, draft.items[0])
    else:
        desk.say("wat_given_up")


def split_price(desk: DeskTurn, text: str, prices: Sequence[PriceView]) -> tuple[AgreedItem, PriceView | None] | None:
    """The item and its price, with what is agreed so far. An item that is watched is found first: its name may end
    with a number."""
    known = {_key(each.item): each for each in prices}
    words = text.split()
    splits = [(" ".join(words[:at]).rstrip(" :="), " ".join(words[at:])) for at in range(len(words) - 1, 0, -1)]
    splits.sort(key=lambda split: _key(split[0]) not in known)
    for item, amount in splits:
        there = known.get(_key(item))
        currency = there.currency if there else desk.turn.tenant.currency
        micros = _read(desk, amount, currency)
        if micros and item and len(item) <= ITEM_CHARACTERS:
            return AgreedItem(item=there.item if there else item, micros=micros, currency=currency), there
    return None


def _read(desk: DeskTurn, text: str, currency: str) -> int:
    """0 for what is no amount."""
    try:
        if currency == desk.turn.tenant.currency:
            return read_amount(desk, text).micros
        return parse_amount(text.upper().replace(currency, ""), currency).micros
    except ValueError:
        return 0


def _key(item: str) -> str:
    return " ".join(item.casefold().split())
