"""What the others are told when somebody joins, leaves or gets another role."""

from typing import Literal

from admin.session import DeskTurn
from core.desk_changes import Role
from core.events import OwnerNotice
from core.office.people import PersonView

What = Literal["joined", "left", "removed", "role"]


async def tell_others(
    desk: DeskTurn, what: What, name: str, *, role: Role = "viewer", by: str = "", freed: int = 0, besides: int = 0
) -> None:
    """Everybody but this desk and the member `besides`. `freed`: conversations that went back to the bot."""
    notice = OwnerNotice(
        notice="people_news", fields={"what": what, "name": name, "role": role, "by": by, "freed": freed}
    )
    for person in await desk.office.people.people():
        if person.desk != desk.turn.stream_id and person.member_id != besides:
            desk.tell_desks(notice, _key(desk, what, name), only=person.desk)


def tell_person(desk: DeskTurn, person: PersonView, role: Role, by: str) -> None:
    """Of their own new role."""
    notice = OwnerNotice(notice="people_news", fields={"what": "yours", "role": role, "by": by})
    desk.tell_desks(notice, _key(desk, "yours", f"{person.member_id}:{role}"), only=person.desk)


def _key(desk: DeskTurn, what: str, whom: str) -> str:
    return f"people:{what}:{desk.turn.stream_id.hex}:{desk.turn.upto_seq}:{whom[:60]}"
