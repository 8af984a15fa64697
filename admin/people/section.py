"""The section's door: `/people`, `/invite`, `/leave`, `/switch`."""

import re

from admin.cards import name_business
from admin.people.changing import ask_leave, begin_step, do_leave, do_step, find_step
from admin.people.inviting import begin_invite, preview_invite, revoke_invite, show_invites, take_role
from admin.people.listing import find_person, show_people, show_person
from admin.people.roles import find_role
from admin.people.switching import show_seats, switch_to
from admin.section import Command, Section, refuse
from admin.session import DeskTurn
from core.events import ButtonTapped, RecordedEvent
from core.turns import Member

_BUTTON = re.compile(r"ppl:([a-z]{1,8})(?::([a-z0-9]{1,18}))?(?::([a-z0-9]{1,18}))?(?::([a-z]{1,8}))?", re.ASCII)


async def _people(desk: DeskTurn, member: Member, argument: str) -> None:
    del argument
    await show_people(desk, member)


async def _leave(desk: DeskTurn, member: Member, argument: str) -> None:
    del argument
    await ask_leave(desk, member)


async def _switch(desk: DeskTurn, member: Member, argument: str) -> None:
    del member, argument
    await show_seats(desk)


async def _tap(desk: DeskTurn, member: Member, tap: ButtonTapped, recorded: RecordedEvent) -> bool:
    match = _BUTTON.fullmatch(tap.data)
    if match is None:
        return False
    what, one, two, three = match[1], match[2] or "", match[3] or "", match[4] or ""
    if what in ("list", "seats", "go", "leave", "no") or (what, one) == ("yes", "leave"):
        return await _tap_anybodys(desk, member, what, one, recorded.seq)
    return await _tap_owners(desk, member, what, (one, two, three))


async def _tap_anybodys(desk: DeskTurn, member: Member, what: str, one: str, seq: int) -> bool:
    match what:
        case "list" if one.isdigit():
            await show_people(desk, member, int(one))
        case "seats" if one.isdigit():
            await show_seats(desk, int(one))
        case "go" if one.isdigit():
            await switch_to(desk, int(one), seq)
        case "leave":
            await ask_leave(desk, member)
        case "yes":
            await do_leave(desk, member)
        case "no":
            desk.say("people_nothing_done")
        case _:
            return False
    return True


async def _tap_owners(desk: DeskTurn, member: Member, what: str, rest: tuple[str, str, str]) -> bool:
    if member.role != "owner":
        refuse(desk, "owner")
        return True
    one, two, three = rest
    if what == "invite":
        await begin_invite(desk, member, "")
    elif what == "new" and (role := find_role(one)):
        await take_role(desk, member, role)
    elif what == "open" and one.isdigit():
        await show_invites(desk, int(one))
    elif what == "revoke" and one.isdigit():
        await revoke_invite(desk, int(one))
    elif what == "show" and one.isdigit():
        await _show(desk, member, int(one))
    elif (step := find_step(what)) and one.isdigit() and (seen := find_role(two)):
        await begin_step(desk, member, step, int(one), seen)
    elif what == "yes" and (step := find_step(one)) and two.isdigit() and (seen := find_role(three)):
        await do_step(desk, member, step, int(two), seen)
    else:
        return False
    return True


async def _show(desk: DeskTurn, member: Member, member_id: int) -> None:
    person = await find_person(desk, member_id)
    if person is None:
        desk.say("people_gone", desk.button("people_button_list", "ppl:list:0"), tenant=name_business(desk))
    else:
        show_person(desk, member, person)


SECTION = Section(
    name="ppl",
    commands=(
        Command(
            name="people", desks="all", role="viewer", changes=False, run=_people,
            about="who runs this business and with which role; change a role, remove somebody, hand the business over",
        ),
        Command(
            name="invite", desks="all", role="owner", changes=True, run=begin_invite, preview=preview_invite,
            about="make an invite link for a colleague. Argument: the role (owner, manager or viewer), or a name and"
            " the role: `manager`, `Ana as manager`; empty asks for the role",
        ),
        Command(
            name="switch", desks="all", role="viewer", changes=False, run=_switch,
            about="the businesses of this chat, to change to another one",
        ),
        Command(
            name="leave", desks="all", role="viewer", changes=False, run=_leave,
            about="leave this business; it asks first",
        ),
    ),
    tap=_tap,
)  # fmt: skip
