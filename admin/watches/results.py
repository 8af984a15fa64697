"""What came back from the section's actions."""

from contextlib import suppress
from typing import TypeVar

from pydantic import ValidationError

from admin.session import DeskTurn
from admin.texts import quote
from admin.watches.adding import show_look
from admin.watches.cards import name_card, show_prices, show_watch, write_price
from admin.watches.memory import end_draft, read_draft
from agents.actions.desks.watching import SeenItem, Trouble, WatchChanged, WatchTested
from core.events import ActionResult
from core.messages import EditCard
from core.turns import Member

T = TypeVar("T", WatchTested, WatchChanged)
_SHOWN = 7
_NAME, _ITEM = 60, 40
_TROUBLES: dict[Trouble, str] = {
    "gone": "wat_gone", "unreachable": "wat_trouble_unreachable", "refused": "wat_trouble_refused",
    "unreadable": "wat_trouble_unreadable", "empty": "wat_trouble_empty", "name_taken": "wat_trouble_name",
}  # fmt: skip


async def take_tested(desk: DeskTurn, member: Member, result: ActionResult) -> None:
    del member
    tested = _read(desk, WatchTested, result)
    if tested is None:
        return
    if tested.watch_id:
        _show_test(desk, tested)
        return
    draft = read_draft(desk)
    if draft.serial != tested.ticket or not draft.url:
        return  # it was given up, or another look was asked for
    if tested.trouble:
        desk.say(
            _TROUBLES[tested.trouble],
            desk.button("wat_button_other_link", "wat:new"),
            desk.button("wat_button_try_again", f"wat:n:{draft.serial}:{draft.every_minutes}"),
        )
    else:
        show_look(desk, draft, tested)


async def take_added(desk: DeskTurn, member: Member, result: ActionResult) -> None:
    changed = _read(desk, WatchChanged, result)
    draft = read_draft(desk)
    if changed is None:
        return
    if draft.serial == changed.ticket:
        end_draft(desk, draft)
    if changed.trouble:
        desk.say(_TROUBLES[changed.trouble], desk.button("wat_button_new", "wat:new"))
        return
    watch = await desk.office.watches.watch(changed.watch_id)
    if watch is not None:
        desk.say("wat_added", name=quote(watch.name, _NAME))
        show_watch(desk, member, watch)


async def take_changed(desk: DeskTurn, member: Member, result: ActionResult) -> None:
    changed = _read(desk, WatchChanged, result)
    if changed is None:
        return
    watch = await desk.office.watches.watch(changed.watch_id)
    if changed.removed:
        back = desk.button("wat_button_list", "wat:l")
        text = desk.write("wat_removed")
        desk.send(EditCard(card=name_card(changed.watch_id), text=text, buttons=((back,),)))
    elif changed.trouble or watch is None:
        desk.say("wat_gone")
    elif changed.price:
        desk.say("wat_agreed", item=quote(changed.price, _ITEM))
        await show_prices(desk, member, watch)
    else:
        show_watch(desk, member, watch, edit=True)


def _show_test(desk: DeskTurn, tested: WatchTested) -> None:
    if tested.trouble == "gone":
        desk.say("wat_gone")
        return
    lines = [desk.write("wat_tested", name=quote(tested.name, _NAME))]
    if tested.trouble:
        lines.append(desk.write(_TROUBLES[tested.trouble]))
    lines += [_describe(desk, each) for each in tested.items[:_SHOWN]]
    if tested.count > _SHOWN:
        lines.append(desk.write("wat_look_more", count=tested.count - _SHOWN))
    if tested.missing:
        lines.append(desk.write("wat_missing", items=quote(", ".join(tested.missing), 120)))
    if tested.bad_rows:
        lines.append(desk.write("wat_bad_rows", count=tested.bad_rows))
    desk.send_text("\n".join(lines), desk.button("wat_button_back", f"wat:c:{tested.watch_id}"))


def _describe(desk: DeskTurn, item: SeenItem) -> str:
    now, agreed = write_price(desk, item.micros, item.currency), item.agreed_micros or 0
    mark = "⚠️" if item.micros > agreed else "✅"
    told = write_price(desk, agreed, item.currency)
    if item.micros == agreed:
        return f"{mark} " + desk.write("wat_seen_same", item=quote(item.item, _ITEM), now=now)
    apart = write_price(desk, abs(item.micros - agreed), item.currency)
    key = "wat_seen_above" if item.micros > agreed else "wat_seen_below"
    return f"{mark} " + desk.write(key, item=quote(item.item, _ITEM), now=now, agreed=told, apart=apart)


def _read(desk: DeskTurn, model: type[T], result: ActionResult) -> T | None:
    """Says so when it did not work."""
    if result.ok:
        with suppress(ValidationError):
            return model.model_validate(result.result)
    desk.say("wat_failed")
    return None
