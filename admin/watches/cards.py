"""`/watches`: the list, and the card of a watch."""

from babel.units import format_unit

from admin.agents.pages import cut_page, label, pair, show_card, turn_pages
from admin.section import may_use
from admin.session import DeskTurn
from admin.texts import quote
from core.messages import Button
from core.money import Money
from core.office.watches import PriceView, WatchView
from core.texts import find_locale, write_moment, write_money
from core.turns import Member

INTERVALS = (60, 360, 1_440, 10_080)
"""Minutes."""
_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
_SHOWN = 7
_PRICES_SHOWN = 15
_NAME, _URL, _ERROR, _ITEM = 60, 160, 160, 60


async def show_watches(desk: DeskTurn, member: Member, page: int = 0, *, edit: bool = False) -> None:
    watches, shipments = await desk.office.watches.watches(), await desk.office.watches.shipments()
    shown, page, pages = cut_page(watches, page, _SHOWN)
    lines = [
        desk.write("wat_title", tenant=quote(desk.turn.tenant.name, _NAME)),
        desk.write("wat_shipments", open=shipments.open, late=shipments.late),
    ]
    lines += [_describe_briefly(desk, each) for each in shown] or [desk.write("wat_none")]
    rows = list(pair([label(f"wat:c:{each.watch_id}", each.name) for each in shown]))
    rows += turn_pages(desk, "wat:l:", page, pages)
    if may_use(member, "manager"):
        rows.append((desk.button("wat_button_new", "wat:new"),))
    show_card(desk, "wat:list", "\n".join(lines), rows, edit=edit)


def show_watch(desk: DeskTurn, member: Member, watch: WatchView, *, edit: bool = False) -> None:
    number = watch.watch_id
    rows: list[tuple[Button, ...]] = []
    if may_use(member, "manager"):
        flip = ("wat_button_resume", f"wat:p:{number}:0") if watch.paused else ("wat_button_pause", f"wat:p:{number}:1")
        rows += [(desk.button(*flip), desk.button("wat_button_test", f"wat:t:{number}"))]
    rows.append((desk.button("wat_button_prices", f"wat:a:{number}"),))
    if may_use(member, "manager"):
        rows[-1] += (desk.button("wat_button_every", f"wat:e:{number}"),)
        rows.append((desk.button("wat_button_remove", f"wat:r:{number}"),))
    rows.append((desk.button("wat_button_list", "wat:l"),))
    show_card(desk, name_card(number), _describe(desk, watch), rows, edit=edit)


async def show_prices(desk: DeskTurn, member: Member, watch: WatchView, page: int = 0, *, edit: bool = False) -> None:
    prices = await desk.office.watches.prices(watch.watch_id)
    shown, page, pages = cut_page(prices, page, _PRICES_SHOWN)
    lines = [desk.write("wat_prices_title", name=quote(watch.name, _NAME))]
    lines += [_describe_price(desk, each) for each in shown] or [desk.write("wat_prices_none")]
    rows = list(turn_pages(desk, f"wat:a:{watch.watch_id}:", page, pages))
    if may_use(member, "manager"):
        rows.append((desk.button("wat_button_price", f"wat:ap:{watch.watch_id}"),))
    rows.append((desk.button("wat_button_back", f"wat:c:{watch.watch_id}"),))
    show_card(desk, f"wat:a:{watch.watch_id}", "\n".join(lines), rows, edit=edit)


def show_intervals(desk: DeskTurn, watch: WatchView) -> None:
    buttons = [
        label(f"wat:e:{watch.watch_id}:{minutes}", write_span(desk, minutes * 60))
        for minutes in INTERVALS
        if minutes * 60 != watch.every_seconds
    ]
    back = desk.button("wat_button_back", f"wat:b:{watch.watch_id}")
    text = desk.write("wat_ask_every", name=quote(watch.name, _NAME))
    show_card(desk, name_card(watch.watch_id), text, [*pair(buttons), (back,)], edit=True)


def ask_removal(desk: DeskTurn, watch: WatchView) -> None:
    buttons = (
        desk.button("wat_button_remove_yes", f"wat:rr:{watch.watch_id}"),
        desk.button("wat_button_keep", f"wat:b:{watch.watch_id}"),
    )
    text = desk.write("wat_ask_remove", name=quote(watch.name, _NAME))
    show_card(desk, name_card(watch.watch_id), text, (buttons,), edit=True)


def name_card(watch_id: int) -> str:
    return f"wat:c:{watch_id}"


def write_span(desk: DeskTurn, seconds: int) -> str:
    """`6 hours`: exactly, in the largest unit of which it is more than one."""
    unit, length = next(each for each in _UNITS if seconds % each[1] == 0 and (seconds > each[1] or each[1] == 1))
    return format_unit(seconds // length, f"duration-{unit}", locale=find_locale(desk.language))


def write_price(desk: DeskTurn, micros: int, currency: str) -> str:
    return write_money(Money(micros=micros, currency=currency), desk.language)


def _describe_briefly(desk: DeskTurn, watch: WatchView) -> str:
    mark = "⏸" if watch.paused else "⚠️" if watch.last_error or watch.above else "✅"
    name, every = quote(watch.name, _NAME), write_span(desk, watch.every_seconds)
    return f"{mark} " + desk.write("wat_line", name=name, every=every, last=_write_last(desk, watch))


def _describe(desk: DeskTurn, watch: WatchView) -> str:
    lines = [f"**{quote(watch.name, _NAME)}**"]
    if watch.url:
        lines.append(desk.write("wat_address", url=quote(watch.url, _URL)))
    lines.append(desk.write("wat_every", every=write_span(desk, watch.every_seconds)))
    lines.append(desk.write("wat_last", last=_write_last(desk, watch)))
    if watch.last_error:
        lines.append(desk.write("wat_error", error=quote(watch.last_error, _ERROR)))
    if watch.paused:
        lines.append(desk.write("wat_paused"))
    else:
        next_look = write_moment(watch.next_due_at, desk.language, desk.turn.tenant.time_zone)
        lines.append(desk.write("wat_next", next=next_look))
    lines.append(desk.write("wat_items", items=watch.items, above=watch.above))
    return "\n".join(lines)


def _write_last(desk: DeskTurn, watch: WatchView) -> str:
    if watch.last_ok_at is None:
        return desk.write("wat_never")
    return write_moment(watch.last_ok_at, desk.language, desk.turn.tenant.time_zone)


def _describe_price(desk: DeskTurn, price: PriceView) -> str:
    item, agreed = quote(price.item, _ITEM), write_price(desk, price.agreed_micros, price.currency)
    if price.seen_micros is None:
        return "- " + desk.write("wat_price", item=item, agreed=agreed)
    mark = "⚠️" if price.seen_micros > price.agreed_micros else "-"
    seen = write_price(desk, price.seen_micros, price.currency)
    return f"{mark} " + desk.write("wat_price_seen", item=item, agreed=agreed, seen=seen)
