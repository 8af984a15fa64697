"""How a person gets a seat at a desk: by a one-use code, and by nothing else."""

import re

from admin.session import DeskTurn
from admin.texts import quote
from core.changes import RedeemInvite
from core.events import MessageReceived

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
    if not await desk.tools.reader.invite_open(code):
        desk.say("already_joined", tenant=tenant) if member else desk.say("invite_closed")
        return
    if member is not None and member.role == "owner":
        # Owners try the links they made for others; that must neither use the link up nor cost them their role.
        desk.say("invite_kept", tenant=tenant)
        return
    sender = message.sender
    desk.joined_by = code
    desk.listen_to(sender)
    desk.change(
        RedeemInvite(
            code=code,
            account_id=desk.turn.account_id,
            chat=desk.turn.chat,
            name=sender.name.replace("\0", "").strip() or sender.username or desk.write("unnamed_member"),
            language=sender.language,
            desk=desk.turn.stream_id,
        )
    )
    desk.note("member.joined", desk=desk.turn.stream_id.hex)
    desk.say(
        "welcome",
        tenant=tenant,
        answer=desk.write("button_answer"),
        take_over=desk.write("button_take_over"),
        dismiss=desk.write("button_dismiss"),
    )
