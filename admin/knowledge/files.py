"""`/knowledge`: the list of files, and the card of one with what it was good for."""

from datetime import datetime

from admin.cards import name_business
from admin.knowledge.wording import LOOKS_BACK, name_of, tell_moment, tell_origin, tell_pieces, tell_trouble
from admin.section import may_use
from admin.session import DeskTurn
from admin.texts import quote, shorten
from agents.actions.desks.declaring import propose
from agents.actions.desks.knowledge import REFRESH, REMOVE, RefreshArguments, RemoveArguments
from core.messages import Button
from core.office.knowledge import FileView, Usage
from core.texts import write_date
from core.turns import Member

PAGE = 7
"""And three more buttons, which makes the ten that WhatsApp shows."""
_LABEL = 20
_LINK, _START, _QUESTION, _ANSWER = 80, 150, 60, 70
"""Characters of each part, so that a card fits into `TEXT_WITH_BUTTONS`."""


async def show_files(desk: DeskTurn, member: Member, page: int = 0) -> None:
    found = await desk.office.knowledge.files(PAGE, page * PAGE)
    may_add = may_use(member, "manager")
    if not found.files and page == 0:
        buttons = [desk.button("kno_button_gaps", "kno:gaps:0")]
        if may_add:
            buttons.insert(0, desk.button("kno_button_add", "kno:add"))
        desk.say("kno_empty" if may_add else "kno_empty_viewer", *buttons, business=name_business(desk))
        return
    lines = [desk.write("kno_title", business=name_business(desk), pieces=tell_pieces(desk, found.pieces))]
    lines += [_tell_line(desk, number, file) for number, file in enumerate(found.files, page * PAGE + 1)]
    rows = [
        (Button(id=f"kno:file:{file.file_id}", label=shorten(f"{number}. {file.name}", _LABEL)),)
        for number, file in enumerate(found.files, page * PAGE + 1)
    ]
    several = found.total > PAGE
    last = [desk.button("kno_button_add", "kno:add")] if may_add else []
    last.append(desk.button("kno_button_gaps", "kno:gaps:0"))
    if several:
        following = page + 1 if (page + 1) * PAGE < found.total else 0
        last.append(desk.button("kno_button_more", f"kno:list:{following}"))
    desk.send_rows("\n".join(lines), [*rows, tuple(last)])


def _tell_line(desk: DeskTurn, number: int, file: FileView) -> str:
    line = f"{number}. **{name_of(file.name)}** – {tell_pieces(desk, file.pieces)}, {tell_origin(desk, file)}"
    line += f", {write_date(file.changed_at.date(), desk.language)}"
    return f"{line} ⚠️" if file.trouble else line


async def show_file(desk: DeskTurn, member: Member, file_id: int) -> None:
    file = await desk.office.knowledge.file(file_id)
    if file is None:
        desk.say("kno_trouble_missing", desk.button("kno_button_list", "kno:list:0"))
        return
    usage = await desk.office.knowledge.usage(file.name, desk.tools.clock.now() - LOOKS_BACK)
    rows: list[tuple[Button, ...]] = []
    if may_use(member, "manager"):
        replace = desk.button("kno_button_replace", f"kno:replace:{file_id}")
        remove = desk.button("kno_button_remove", f"kno:remove:{file_id}")
        rows.append((replace, remove))
        if file.origin == "link":
            rows.append((desk.button("kno_button_refresh", f"kno:again:{file_id}"),))
    rows.append((desk.button("kno_button_list", "kno:list:0"),))
    desk.send_rows("\n".join(_describe(desk, file, usage)), rows)


def _describe(desk: DeskTurn, file: FileView, usage: Usage) -> list[str]:
    lines = [
        f"**{name_of(file.name, 80)}** · {name_business(desk)}",
        f"{tell_origin(desk, file)} · {tell_pieces(desk, file.pieces)} · {tell_moment(desk, file.changed_at)}",
    ]
    if file.added_by:
        lines[1] += f" · {quote(file.added_by, _QUESTION)}"
    if file.url:
        lines.append(quote(file.url, _LINK))
    if file.trouble:
        lines.append(f"⚠️ {tell_trouble(desk, file.trouble)}")
    elif file.checked_at is not None:
        lines.append(_tell_checked(desk, file.checked_at))
    if file.start:
        lines.append(f"\n{quote(file.start, _START)}")
    lines.append("\n" + (desk.plural("kno_used", usage.answers) if usage.answers else desk.write("kno_unused")))
    lines += [f"• {quote(each.question, _QUESTION)} → {quote(each.answer, _ANSWER)}" for each in usage.latest]
    return lines


def _tell_checked(desk: DeskTurn, at: datetime) -> str:
    return desk.write("kno_checked", at=tell_moment(desk, at))


async def ask_to_remove(desk: DeskTurn, file_id: int) -> None:
    file = await desk.office.knowledge.file(file_id)
    if file is None:
        desk.say("kno_trouble_missing", desk.button("kno_button_list", "kno:list:0"))
        return
    desk.say(
        "kno_remove_sure", desk.button("kno_button_remove_yes", f"kno:gone:{file_id}"),
        desk.button("kno_button_keep", f"kno:file:{file_id}"), name=name_of(file.name),
        pieces=tell_pieces(desk, file.pieces),
    )  # fmt: skip


async def remove(desk: DeskTurn, file_id: int) -> None:
    file = await desk.office.knowledge.file(file_id)
    if file is None:
        desk.say("kno_trouble_missing", desk.button("kno_button_list", "kno:list:0"))
        return
    desk.propose(propose(REMOVE, RemoveArguments(file_id=file_id, name=file.name)))
    desk.note("knowledge.remove", file=file_id)


async def refresh(desk: DeskTurn, file_id: int, *, quiet: bool) -> None:
    """`quiet`: it was time, nobody asked."""
    file = await desk.office.knowledge.file(file_id)
    if file is None or file.origin != "link":
        if not quiet:
            desk.say("kno_trouble_missing", desk.button("kno_button_list", "kno:list:0"))
        return
    if not quiet:
        desk.say("kno_reading_link", name=name_of(file.name))
    desk.propose(propose(REFRESH, RefreshArguments(file_id=file_id, quiet=quiet)))
