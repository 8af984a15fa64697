"""How a person gets a seat at a desk: by a one-use code, and by nothing else."""

import re
from collections.abc import Mapping

from admin.people.news import tell_others
from admin.people.roles import covers, name_role
from admin.reports.timing import plan_reports
from admin.session import DeskTurn
from admin.texts import quote
from core.changes import RedeemInvite
from core.desk_changes import Role
from core.events import MessageReceived
from core.ids import OPERATOR

_WELCOMES: Mapping[Role, str] = {
    "owner": "people_welcome_owner", "manager": "people_welcome_manager", "viewer": "people_welcome_viewer",
}  # fmt: skip
_NAME, _OTHERS = 60, 5
_CODE = re.compile(r"inv_([a-z0-9_-]{1,128})", re.ASCII | re.IGNORECASE)


def find_code(text: str) -> str | None:
    """The bare code of `inv_…` or `/start inv_…`, in lower case: phones capitalise what one types."""
    words = text.split()
    if len(words) == 2 and words[0].split("@")[0].lower() == "/start":
        words = words[1:]
    match = _CODE.fullmatch(words[0]) if len(words) == 1 else None
    return match[1].lower() if match else None


async def join(desk: DeskTurn, message: MessageReceived, code: str) -> None:
    member, tenant = desk.member, quote(desk.turn.tenant.name)
    if desk.joined_by == code:
        return  # the link tapped twice in a hurry
    role = await desk.office.people.invited_as(code)
    if role is None:
        desk.say("already_joined", tenant=tenant) if member else desk.say("invite_closed")
        return
    if member is not None and covers(member.role, role):
        # People try the links they made for others; that must neither use the link up nor cost them their role.
        desk.say("people_invite_kept", tenant=tenant, role=name_role(desk, member.role))
        return
    sender = message.sender
    desk.joined_by = code
    desk.listen_to(sender)
    name = sender.name.replace("\0", "").strip() or sender.username or desk.write("unnamed_member")
    desk.change(
        RedeemInvite(
            code=code,
            account_id=desk.turn.account_id,
            chat=desk.turn.chat,
            name=name,
            language=sender.language,
            desk=desk.turn.stream_id,
        )
    )
    desk.note("member.joined", desk=desk.turn.stream_id.hex, role=role)
    await tell_others(desk, "role" if member else "joined", name, role=role)
    await _welcome(desk, role)
    await plan_reports(desk)


async def _welcome(desk: DeskTurn, role: Role) -> None:
    """What a person of that role can do; where the chat has other businesses, how to get back to them."""
    operates = desk.turn.tenant.tenant_id == OPERATOR and role == "owner"
    key = "people_welcome_operator" if operates else _WELCOMES[role]
    text = desk.write(key, tenant=quote(desk.turn.tenant.name))
    seats = await desk.office.people.seats(desk.turn.account_id, desk.turn.chat)
    others = [quote(each.name, _NAME) for each in seats if each.tenant_id != desk.turn.tenant.tenant_id]
    if others:
        text += "\n" + desk.write("people_welcome_several", others=", ".join(others[:_OTHERS]))
    desk.send_text(text)
