"""One person on two channels: joined by a one-time code, shown on one and sent on the other, and parted again."""

import secrets
from datetime import timedelta

from agents.draft import Draft
from agents.portrait import CHANNELS
from agents.texts import TEXTS
from core.events import Channel, CustomerNotice, NewEvent
from core.ids import INTERNAL, StreamId
from core.person_changes import CountLinkTry, OpenLinkCode, RedeemLink, Unlink

_LASTS = timedelta(minutes=10)
_DIGITS = 8
_OTHER: dict[Channel, Channel] = {"telegram": "whatsapp", "whatsapp": "telegram"}


def open_link(draft: Draft) -> None:
    channel = draft.turn.channel or "telegram"
    code = f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}}"
    expires_at = draft.tools.clock.now() + _LASTS
    draft.changes.append(OpenLinkCode(contact_id=draft.contact, channel=channel, code=code, expires_at=expires_at))
    shown = f"{code[:4]} {code[4:]}"
    draft.say(TEXTS.text("link_code", draft.language, channel=CHANNELS[_OTHER[channel]], code=shown))


async def redeem_link(draft: Draft, code: str) -> None:
    """The same answer for a code that is wrong, used, expired or one's own, and after too many tries."""
    channel = draft.turn.channel or "telegram"
    link = await draft.tools.reader.find_link(draft.contact, channel, code)
    if link is None:
        draft.trace["link"] = "refused"
        draft.changes.append(CountLinkTry(contact_id=draft.contact))
        draft.say(TEXTS.text("link_wrong", draft.language))
        return
    draft.trace["link"] = "joined"
    draft.changes.append(RedeemLink(contact_id=draft.contact, code=code, opened_by=link.contact_id))
    draft.events.append(notice_for(draft, link.stream_id, CustomerNotice(notice="linked", fields={"channel": channel})))
    draft.say(TEXTS.text("link_done", draft.language, channel=CHANNELS[link.channel]))


async def unlink(draft: Draft) -> None:
    if len((await draft.person()).contact_ids) < 2:
        draft.say(TEXTS.text("not_linked", draft.language))
        return
    draft.changes.append(Unlink(contact_id=draft.contact))
    draft.say(TEXTS.text("unlinked", draft.language))


def notice_for(draft: Draft, stream: StreamId, notice: CustomerNotice) -> NewEvent:
    """For another conversation of the same person."""
    return NewEvent(
        tenant_id=draft.turn.tenant.tenant_id,
        stream_id=stream,
        stream_kind="conversation",
        account_id=INTERNAL,
        external_id=f"{notice.notice}:{draft.turn.stream_id.hex}:{draft.turn.upto_seq}:{stream.hex}",
        chat="",  # the recorder knows where an existing conversation is
        event=notice,
    )
