"""Roles: giving another, handing the business over. What takes something from somebody asks for a yes."""

from typing import Literal

from admin.cards import name_business
from admin.people.listing import find_person, name_person, show_person
from admin.people.news import tell_others, tell_person
from admin.people.parting import is_last_owner, leave, remove_person
from admin.people.roles import name_role
from admin.session import DeskTurn
from core.desk_changes import Role, SetRole
from core.office.people import PersonView
from core.turns import Member

Step = Literal["owner", "manager", "viewer", "hand", "remove"]
_STEPS: tuple[Step, ...] = ("owner", "manager", "viewer", "hand", "remove")
_ASKED: dict[Step, str] = {"owner": "people_ask_owner", "hand": "people_ask_hand", "remove": "people_ask_remove"}


def find_step(text: str) -> Step | None:
    """Of a button."""
    return next((step for step in _STEPS if step == text), None)


async def begin_step(desk: DeskTurn, member: Member, step: Step, member_id: int, seen: Role) -> None:
    """A tap on a person's card, on which they had the role `seen`."""
    person = await _find(desk, member, member_id, seen)
    if person is None:
        return
    if step in _ASKED:
        desk.say(
            _ASKED[step],
            desk.button("people_button_yes", f"ppl:yes:{step}:{member_id}:{seen}"),
            desk.button("people_button_no", "ppl:no"),
            name=name_person(desk, person),
            tenant=name_business(desk),
        )
    else:
        await do_step(desk, member, step, member_id, seen)


async def do_step(desk: DeskTurn, member: Member, step: Step, member_id: int, seen: Role) -> None:
    person = await _find(desk, member, member_id, seen)
    if person is None:
        return
    if step != "owner" and step != "hand" and await is_last_owner(desk, person):
        desk.say("people_last_owner_other", name=name_person(desk, person), tenant=name_business(desk))
        return
    match step:
        case "remove":
            await remove_person(desk, member, person)
        case "hand":
            await _hand_over(desk, member, person)
        case _:
            await _give_role(desk, member, person, step)
            desk.say(
                "people_role_set",
                name=name_person(desk, person),
                role=name_role(desk, step),
                tenant=name_business(desk),
            )


async def ask_leave(desk: DeskTurn, member: Member) -> None:
    person = await find_person(desk, member.member_id)
    if person is None:
        return
    if await is_last_owner(desk, person):
        desk.say("people_last_owner", tenant=name_business(desk))
        return
    desk.say(
        "people_ask_leave",
        desk.button("people_button_yes", "ppl:yes:leave"),
        desk.button("people_button_no", "ppl:no"),
        tenant=name_business(desk),
    )


async def do_leave(desk: DeskTurn, member: Member) -> None:
    person = await find_person(desk, member.member_id)
    if person is None:
        return
    if await is_last_owner(desk, person):
        desk.say("people_last_owner", tenant=name_business(desk))
        return
    await leave(desk, member, person)


async def _give_role(desk: DeskTurn, member: Member, person: PersonView, role: Role) -> None:
    if person.role == role:
        return
    desk.change(SetRole(member_id=person.member_id, expected=person.role, role=role))
    desk.note("member.role", member_id=person.member_id, name=person.name, before=person.role, after=role)
    tell_person(desk, person, role, member.name)
    await tell_others(desk, "role", person.name, role=role, by=member.name, besides=person.member_id)


async def _hand_over(desk: DeskTurn, member: Member, person: PersonView) -> None:
    """The other one becomes an owner first: so there is one at every moment."""
    me = await find_person(desk, member.member_id)
    if me is None or me.role != "owner" or me.member_id == person.member_id:
        desk.say("people_changed")
        return
    await _give_role(desk, member, person, "owner")
    desk.change(SetRole(member_id=me.member_id, expected="owner", role="manager"))
    desk.note("business.handed_over", member_id=person.member_id, name=person.name)
    desk.say("people_handed", name=name_person(desk, person), tenant=name_business(desk))


async def _find(desk: DeskTurn, member: Member, member_id: int, seen: Role) -> PersonView | None:
    """None, and the owner told, when the person is gone or another role was given meanwhile."""
    person = await find_person(desk, member_id)
    if person is None:
        desk.say("people_gone", desk.button("people_button_list", "ppl:list:0"), tenant=name_business(desk))
    elif person.role != seen:
        desk.say("people_changed")
        show_person(desk, member, person)
        return None
    return person
