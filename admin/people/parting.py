"""Somebody leaves the business or is removed from it: what they had in hand goes back, and their desk closes."""

from admin.cards import name_business
from admin.people.listing import name_person, read_people
from admin.people.news import tell_others
from admin.session import DeskTurn
from admin.state import DeskState
from admin.texts import pick_language, quote
from admin.words import decide
from core.changes import SetMode
from core.desk_changes import RemoveMember
from core.events import DeskClosed, NewEvent
from core.ids import INTERNAL, StreamId
from core.office.people import PersonView
from core.turns import Member

_NAME = 60


async def is_last_owner(desk: DeskTurn, person: PersonView) -> bool:
    return [each.member_id for each in await read_people(desk) if each.role == "owner"] == [person.member_id]


async def remove_person(desk: DeskTurn, member: Member, person: PersonView) -> None:
    freed = await _free_conversations(desk, member, person.desk)
    desk.change(RemoveMember(member_id=person.member_id, expected=person.role))
    desk.note("member.removed", member_id=person.member_id, name=person.name, role=person.role, freed=freed)
    desk.tell(
        NewEvent(
            tenant_id=desk.turn.tenant.tenant_id, stream_id=person.desk, stream_kind="desk", account_id=INTERNAL,
            external_id=f"desk-closed:{person.member_id}", chat="",
            event=DeskClosed(by=member.name, member_id=member.member_id, language=person.language),
        )
    )  # fmt: skip
    await tell_others(desk, "removed", person.name, by=member.name, freed=freed, besides=person.member_id)
    text = desk.write("people_removed", name=name_person(desk, person), tenant=name_business(desk))
    desk.send_text(_with_freed(desk, text, freed))


async def leave(desk: DeskTurn, member: Member, person: PersonView) -> None:
    freed = await _free_conversations(desk, member, person.desk)
    desk.change(RemoveMember(member_id=person.member_id, expected=person.role))
    desk.note("member.left", member_id=person.member_id, name=person.name, role=person.role, freed=freed)
    await tell_others(desk, "left", person.name, freed=freed, besides=person.member_id)
    desk.state = DeskState()
    text = desk.write("people_left", tenant=name_business(desk))
    desk.send_text(_with_freed(desk, text, freed) + await _say_where_now(desk))


async def close_desk(desk: DeskTurn, event: DeskClosed) -> None:
    """At the desk of the one who was removed. What it took over while it was being removed goes back, too."""
    desk.language = pick_language(event.language, desk.turn.tenant.language)
    desk.forget_everything()
    remover = Member(
        member_id=event.member_id, tenant_id=desk.turn.tenant.tenant_id, name=event.by, role="owner",
        account_id=desk.turn.account_id, chat="", language=None, desk=desk.turn.stream_id,
    )  # fmt: skip
    await _free_conversations(desk, remover, desk.turn.stream_id)
    by = quote(event.by, _NAME) or desk.write("someone")
    text = desk.write("people_closed", tenant=name_business(desk), by=by)
    desk.send_text(text + await _say_where_now(desk))


async def _free_conversations(desk: DeskTurn, member: Member, holder: StreamId) -> int:
    """To the bot: nobody who is left has agreed to take them."""
    freed = 0
    for approval_id in await desk.office.people.held_by(holder):
        approval = await desk.approval(approval_id)
        if approval is not None and approval.status == "take_over":
            decide(desk, member, approval, "release")
            desk.change(SetMode(stream_id=approval.stream_id, mode="bot", holder=None))
            desk.state = desk.state.without_relay(approval_id)
            freed += 1
    return freed


async def _say_where_now(desk: DeskTurn) -> str:
    """The chat goes on speaking for the first of its other businesses, as the change has it."""
    here, turn = desk.turn.tenant.tenant_id, desk.turn
    others = [each for each in await desk.office.people.seats(turn.account_id, turn.chat) if each.tenant_id != here]
    return "\n" + desk.write("people_now_at", tenant=quote(others[0].name, _NAME)) if others else ""


def _with_freed(desk: DeskTurn, text: str, freed: int) -> str:
    return f"{text}\n{desk.write('people_freed', count=freed)}" if freed else text
