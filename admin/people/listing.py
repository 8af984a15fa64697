"""Who is here: the list, and a card for each person."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

from admin.cards import name_business
from admin.people.paging import turn_page
from admin.people.roles import name_role
from admin.session import DeskTurn
from admin.texts import quote, shorten
from core.changes import Change
from core.desk_changes import RemoveMember, SetRole
from core.ids import MemberId
from core.messages import Button
from core.office.people import PersonView
from core.texts import write_date
from core.turns import Member

_PAGE = 5
"""So that a page's buttons are ten at most, which is what WhatsApp lists."""
_LABEL, _NAME = 20, 60


async def read_people(desk: DeskTurn) -> tuple[PersonView, ...]:
    """As this turn leaves them."""
    return apply_changes(await desk.office.people.people(), desk.changes)


def apply_changes(people: Sequence[PersonView], changes: Sequence[Change]) -> tuple[PersonView, ...]:
    left = list(people)
    for change in changes:
        match change:
            case SetRole():
                left = [replace(p, role=change.role) if p.member_id == change.member_id else p for p in left]
            case RemoveMember():
                left = [person for person in left if person.member_id != change.member_id]
            case _:
                pass
    return tuple(left)


async def find_person(desk: DeskTurn, member_id: int) -> PersonView | None:
    return next((each for each in await read_people(desk) if each.member_id == MemberId(member_id)), None)


def name_person(desk: DeskTurn, person: PersonView) -> str:
    return quote(person.name, _NAME) or desk.write("someone")


async def show_people(desk: DeskTurn, member: Member, page: int = 0) -> None:
    people = await read_people(desk)
    shown = turn_page(people, page, _PAGE, "ppl:list")
    lines = [desk.write("people_title", tenant=name_business(desk), count=len(people))]
    lines += [_describe_line(desk, member, person) for person in shown.items]
    rows: list[tuple[Button, ...]] = []
    if member.role == "owner":
        rows += [(_name_button(desk, person),) for person in shown.items]
        rows.append(
            (desk.button("people_button_invite", "ppl:invite"), desk.button("people_button_open", "ppl:open:0"))
        )
    if shown.arrows:
        rows.append(shown.arrows)
    rows.append((desk.button("people_button_leave", "ppl:leave"),))
    desk.send_rows("\n".join(lines), rows)


def show_person(desk: DeskTurn, member: Member, person: PersonView) -> None:
    """Whose buttons say which role they were made for: an older card changes nobody by mistake."""
    since = write_date(_local_day(desk, person), desk.language)
    text = desk.write(
        "people_card",
        name=name_person(desk, person),
        tenant=name_business(desk),
        role=name_role(desk, person.role),
        since=since,
    )
    desk.send_rows(text, [(button,) for button in _card_buttons(desk, member, person)])


def _card_buttons(desk: DeskTurn, member: Member, person: PersonView) -> list[Button]:
    back = desk.button("people_button_back", "ppl:list:0")
    if member.role != "owner":
        return [back]
    if person.member_id == member.member_id:
        return [desk.button("people_button_leave", "ppl:leave"), back]
    seen = f"{person.member_id}:{person.role}"
    buttons = [
        desk.button("people_button_owner", f"ppl:owner:{seen}"),
        desk.button("people_button_manager", f"ppl:manager:{seen}"),
        desk.button("people_button_viewer", f"ppl:viewer:{seen}"),
    ]
    return [
        *(each for each in buttons if not each.id.startswith(f"ppl:{person.role}:")),
        desk.button("people_button_hand", f"ppl:hand:{seen}"),
        desk.button("people_button_remove", f"ppl:remove:{seen}"),
        back,
    ]


def _describe_line(desk: DeskTurn, member: Member, person: PersonView) -> str:
    words = {
        "name": name_person(desk, person),
        "role": name_role(desk, person.role),
        "since": write_date(_local_day(desk, person), desk.language),
    }
    if person.member_id == member.member_id:
        return desk.write("people_line_you", **words)
    return desk.write("people_line", **words)


def _local_day(desk: DeskTurn, person: PersonView) -> date:
    return person.joined_at.astimezone(ZoneInfo(desk.turn.tenant.time_zone)).date()


def _name_button(desk: DeskTurn, person: PersonView) -> Button:
    label = shorten(person.name, _LABEL) or desk.write("unnamed_member")
    return Button(id=f"ppl:show:{person.member_id}", label=label)
