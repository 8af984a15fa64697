"""`/inbox`: one message that lists a page of what waits. Telegram turns the pages in it, WhatsApp below it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from admin.budget_card import write_period
from admin.cards import name_business
from admin.inbox.bulk import count_old, find_alike
from admin.inbox.kept import Shown, keep, read_kept
from admin.inbox.lines import ICONS, describe_line, write_counts
from admin.inbox.opening import open_card
from admin.session import DeskTurn
from core.messages import Button, EditCard, SendText
from core.office.inbox import Box, OpenLimit, Place, Waiting
from core.texts import write_money

PAGE = 5
_CYCLE: Sequence[Box | None] = (None, *ICONS)


async def show_list(desk: DeskTurn, box: Box | None = None) -> None:
    """From its beginning, as a new message. When one thing waits, that is shown itself."""
    now, reader = desk.tools.clock.now(), desk.office.inbox
    items = await reader.page(now, box, PAGE + 1)
    limits = await reader.open_limits(now)
    if not items and not limits:
        text = f"{name_business(desk)} · {desk.write('inbox_empty')}"
        later = (await reader.counts(now)).get("later", 0)
        desk.send_text(f"{text}\n{write_counts(desk, {'later': later})}" if later else text)
    elif len(items) == 1 and not limits and box is None:
        await open_card(desk, items[0].approval_id)
    else:
        shown = Shown(number=desk.turn.upto_seq, page=1, box=box)
        text, rows = await _compose(desk, shown)
        desk.send(SendText(text=text, author="system", buttons=rows, card=_name_card(shown)))


async def turn_page(desk: DeskTurn, number: int, page: int, where: str, message_id: str) -> None:
    """`where`: `more`, `back`, or the box to see alone, `all` for all of them. A list that is over begins anew."""
    shown = read_kept(desk).shown
    if shown is None or shown.number != number:
        await show_list(desk)
        return
    following = replace(shown, page=shown.page + 1)
    if page != shown.page:
        following = shown  # tapped twice: the page it led to is there already
    elif where == "more":
        following = replace(following, after=shown.last)
    elif where == "back":
        following = replace(following, after=await _find_previous(desk, shown))
    else:
        following = replace(following, after=None, box=where if where in ICONS else None)
    text, rows = await _compose(desk, following)
    desk.send(EditCard(card=_name_card(shown), text=text, buttons=rows, message_id=message_id))


async def _find_previous(desk: DeskTurn, shown: Shown) -> Place | None:
    """What the page in front of this one comes after. None: it is the first."""
    if shown.first is None:
        return None
    now = desk.tools.clock.now()
    before = await desk.office.inbox.page(now, shown.box, PAGE + 1, before=shown.first)
    return before[0].place if len(before) > PAGE else None


async def _compose(desk: DeskTurn, shown: Shown) -> tuple[str, tuple[tuple[Button, ...], ...]]:
    """The page, as it is now; remembered as the one that is shown."""
    now, reader = desk.tools.clock.now(), desk.office.inbox
    items = await reader.page(now, shown.box, PAGE + 1, after=shown.after)
    if not items and shown.after is not None:  # all that was behind it is decided
        shown = replace(shown, after=None)
        items = await reader.page(now, shown.box, PAGE + 1)
    limits = await reader.open_limits(now)
    counts = {**await reader.counts(now), "limit": len(limits)}
    if shown.after is not None or shown.box is not None:
        limits = ()
    room = PAGE - len(limits)
    items, more = items[:room], len(items) > room
    shown = replace(shown, first=items[0].place if items else None, last=items[-1].place if items else None)
    keep(desk, replace(read_kept(desk), shown=shown))
    title = desk.write("box_title", tenant=name_business(desk))
    lines = [f"{title}\n{write_counts(desk, counts)}", ""]
    lines += [_describe_limit(desk, limit, number) for number, limit in enumerate(limits, 1)]
    lines += [describe_line(desk, item, number) for number, item in enumerate(items, len(limits) + 1)]
    if not items and not limits:
        lines.append(desk.write("box_none_of_it"))
    rows = [
        _number_buttons(limits, items),
        _page_buttons(desk, shown, back=shown.after is not None, more=more),
        await _bulk_buttons(desk, items),
        _filter_button(desk, shown, counts),
    ]
    return "\n".join(lines), tuple(row for row in rows if row)


def _describe_limit(desk: DeskTurn, limit: OpenLimit, number: int) -> str:
    fields = {
        "period": write_period(limit.period, desk.language),
        "used": write_money(limit.used, desk.language),
        "limit": write_money(limit.limit, desk.language),
    }
    return f"**{number}.** 💶 {desk.write('box_limit', **fields)}"


def _number_buttons(limits: Sequence[OpenLimit], items: Sequence[Waiting]) -> tuple[Button, ...]:
    ids = [f"box:limit:{limit.scope}:{limit.period}:{limit.limit.micros}" for limit in limits]
    ids += [f"box:open:{item.approval_id}" for item in items]
    return tuple(Button(id=button_id, label=str(number)) for number, button_id in enumerate(ids, 1))


def _page_buttons(desk: DeskTurn, shown: Shown, *, back: bool, more: bool) -> tuple[Button, ...]:
    buttons: list[Button] = []
    if back:
        buttons.append(desk.button("box_back", _name_step(shown, "back")))
    if more:
        buttons.append(desk.button("box_more", _name_step(shown, "more")))
    return tuple(buttons)


async def _bulk_buttons(desk: DeskTurn, items: Sequence[Waiting]) -> tuple[Button, ...]:
    if desk.member is None or desk.member.role == "viewer":
        return ()
    buttons: list[Button] = []
    alike = await find_alike(desk, items)
    if alike is not None:
        first, count = alike
        buttons.append(Button(id=f"box:alike:{first}", label=desk.write("box_alike", count=count)))
    if old := await count_old(desk):
        buttons.append(Button(id="box:old", label=desk.write("box_old", count=old)))
    return tuple(buttons)


def _filter_button(desk: DeskTurn, shown: Shown, counts: Mapping[str, int]) -> tuple[Button, ...]:
    """One, that leads to the next kind there is, and in the end back to all."""
    there = [box for box in ICONS if counts.get(box)]
    if len(there) < 2 and shown.box is None:
        return ()
    behind = _CYCLE[_CYCLE.index(shown.box) + 1 :]
    following = next((box for box in behind if box in there), None)
    name = following or "all"
    return (desk.button(f"box_only_{name}", _name_step(shown, name)),)


def _name_step(shown: Shown, where: str) -> str:
    return f"box:go:{shown.number}:{shown.page}:{where}"


def _name_card(shown: Shown) -> str:
    return f"box:list:{shown.number}"
