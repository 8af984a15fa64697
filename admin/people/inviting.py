"""Invites: one person, once, within seven days."""

from datetime import timedelta

from pydantic import BaseModel, ValidationError

from admin.cards import name_business, name_channel
from admin.people.paging import turn_page
from admin.people.roles import ROLES, name_role, read_invited
from admin.session import DeskTurn
from admin.texts import quote, shorten
from core.desk_changes import OpenInvite, RevokeInvite, Role
from core.messages import Button
from core.office.people import InviteView
from core.office.settings import AccountView
from core.texts import write_moment
from core.turns import Member
from db.invites import PREFIX, new_code

LIVES = timedelta(days=7)
_MOST_OPEN = 50
_PAGE = 6
_NAME, _SHORT_NAME = 60, 28


class _Kept(BaseModel):
    """For whom an invite is wanted while the role is being asked for."""

    invitee: str = ""


async def begin_invite(desk: DeskTurn, member: Member, argument: str) -> None:
    wanted = read_invited(argument)
    if wanted.role is not None:
        await make_invite(desk, member, wanted.role, wanted.name)
        return
    desk.keep("ppl", {"invitee": wanted.name} if wanted.name else None)
    buttons = [Button(id=f"ppl:new:{role}", label=_title(name_role(desk, role))) for role in ROLES]
    desk.send_text(desk.write("people_ask_role", tenant=name_business(desk)), *buttons)


async def preview_invite(desk: DeskTurn, member: Member, argument: str) -> str:
    del member
    wanted = read_invited(argument)
    if wanted.role is None:
        return ""  # it asks for the role
    tenant, role = name_business(desk), name_role(desk, wanted.role)
    if not wanted.name:
        return desk.write("people_will_invite", tenant=tenant, role=role)
    return desk.write("people_will_invite_for", tenant=tenant, role=role, name=quote(wanted.name, _NAME))


async def take_role(desk: DeskTurn, member: Member, role: Role) -> None:
    """A tap on the role that was asked for. Of two in a burst one makes an invite."""
    if any(isinstance(change, OpenInvite) for change in desk.changes):
        return
    invitee = _read_kept(desk).invitee
    desk.keep("ppl", None)
    await make_invite(desk, member, role, invitee)


async def make_invite(desk: DeskTurn, member: Member, role: Role, invitee: str) -> None:
    """The second message is to be passed on as it is."""
    if len(await desk.office.people.invites()) >= _MOST_OPEN:
        desk.say("people_too_many_invites", desk.button("people_button_open", "ppl:open:0"), count=_MOST_OPEN)
        return
    code, until = new_code(), desk.tools.clock.now() + LIVES
    desk.change(
        OpenInvite(code=code, role=role, expires_at=until, made_by=member.member_id, invitee=invitee)
    )  # fmt: skip
    desk.note("invite.opened", role=role, invitee=invitee, expires_at=until.isoformat())
    desk.say(
        "people_invited_for" if invitee else "people_invited",
        tenant=name_business(desk),
        role=name_role(desk, role),
        **({"name": quote(invitee, _NAME)} if invitee else {}),
        until=write_moment(until, desk.language, desk.turn.tenant.time_zone),
    )
    accounts = [each for each in await desk.office.settings.admin_accounts() if each.status == "active"]
    ways = [_describe_way(desk, account, code) for account in accounts]
    desk.send_text(
        "\n".join((desk.write("people_invite_words", tenant=name_business(desk), role=name_role(desk, role)), *ways))
    )


async def show_invites(desk: DeskTurn, page: int) -> None:
    open_ones = await _read_invites(desk)
    if not open_ones:
        desk.say(
            "people_no_invites",
            desk.button("people_button_invite", "ppl:invite"),
            desk.button("people_button_back", "ppl:list:0"),
            tenant=name_business(desk),
        )
        return
    shown = turn_page(open_ones, page, _PAGE, "ppl:open")
    lines = [desk.write("people_invites_title", tenant=name_business(desk))]
    rows: list[tuple[Button, ...]] = []
    for number, invite in enumerate(shown.items, shown.first):
        lines.append(f"{number}. {_describe_invite(desk, invite)}")
        label = desk.write("people_button_revoke", number=number)
        rows.append((Button(id=f"ppl:revoke:{invite.invite_id}", label=label),))
    if shown.arrows:
        rows.append(shown.arrows)
    rows.append((desk.button("people_button_back", "ppl:list:0"),))
    desk.send_rows("\n".join(lines), rows)


async def revoke_invite(desk: DeskTurn, invite_id: int) -> None:
    invite = next((each for each in await _read_invites(desk) if each.invite_id == invite_id), None)
    if invite is None:
        desk.say("people_invite_gone")
        return
    desk.change(RevokeInvite(invite_id=invite_id))
    desk.note("invite.revoked", invite_id=invite_id, role=invite.role, invitee=invite.invitee)
    button = desk.button("people_button_open", "ppl:open:0")
    desk.say("people_invite_revoked", button, role=name_role(desk, invite.role), tenant=name_business(desk))


async def _read_invites(desk: DeskTurn) -> list[InviteView]:
    """As this turn leaves them."""
    revoked = {change.invite_id for change in desk.changes if isinstance(change, RevokeInvite)}
    return [each for each in await desk.office.people.invites() if each.invite_id not in revoked]


def _describe_invite(desk: DeskTurn, invite: InviteView) -> str:
    role = name_role(desk, invite.role)
    return desk.write(
        "people_invite_line",
        who=f"{role}, {quote(invite.invitee, _SHORT_NAME)}" if invite.invitee else role,
        by=quote(invite.made_by, _SHORT_NAME) or desk.write("people_by_operator"),
        until=write_moment(invite.expires_at, desk.language, desk.turn.tenant.time_zone),
    )


def _describe_way(desk: DeskTurn, account: AccountView, code: str) -> str:
    """A link where one can be made, else what to send to whom."""
    channel, handle = name_channel(account.channel), account.handle.strip().lstrip("@+")
    if handle:
        link = (
            f"https://t.me/{handle}?start={PREFIX}{code}"
            if account.channel == "telegram"
            else f"https://wa.me/{handle}?text={PREFIX}{code}"
        )
        return f"{channel}: {quote(link)}"
    return desk.write("people_invite_send", channel=channel, code=PREFIX + code, name=quote(account.name, _NAME))


def _title(word: str) -> str:
    return shorten(word[:1].upper() + word[1:], 20)


def _read_kept(desk: DeskTurn) -> _Kept:
    try:
        return _Kept.model_validate(desk.kept("ppl") or {})
    except ValidationError:
        return _Kept()
