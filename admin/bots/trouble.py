"""A bot or number that stopped working: what is wrong, what to do about it, and the buttons that do it."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from admin.bots.kept import NAME, MetaParts
from admin.bots.listing import name_account, own_account
from admin.bots.offering import ask_meta, ask_token
from admin.cards import name_business
from admin.session import DeskTurn
from admin.texts import quote
from agents.actions.desks.connecting import RENEW_MANAGED_BOT, OwnBot
from agents.actions.desks.declaring import propose
from core.events import OwnerNotice
from core.messages import Button
from core.office.settings import AccountView
from core.turns import Member

_REASON = 300


class _Notice(BaseModel):
    model_config = ConfigDict(extra="ignore")

    account_id: int
    text: str = ""
    code: str = Field(default="vendor", pattern="^(token|conflict|vendor)$")


async def tell_trouble(desk: DeskTurn, member: Member, event: OwnerNotice) -> bool:
    """False when the notice does not say which of the business's bots it is."""
    try:
        notice = _Notice.model_validate(event.fields)
    except ValidationError:
        return False
    account = await own_account(desk, notice.account_id)
    if account is None:
        return False
    _show(desk, member, account, notice.code, notice.text)
    return True


def show_trouble(desk: DeskTurn, member: Member, account: AccountView) -> None:
    """From the list, as it stands."""
    if account.trouble:
        _show(desk, member, account, account.trouble_code or "vendor", account.trouble)
    else:
        desk.say("bots_works", bot=name_account(account))


def ask_new_token(desk: DeskTurn, account: AccountView, at: datetime) -> None:
    """Of this very bot or number."""
    if account.channel == "whatsapp":
        ask_meta(desk, at, MetaParts(phone_number_id=account.external_id, mending=True))
        return
    ask_token(desk, at, account.external_id)
    desk.say("bots_ask_new_token", bot=name_account(account))


def renew(desk: DeskTurn, account: AccountView) -> None:
    desk.propose(propose(RENEW_MANAGED_BOT, OwnBot(account_id=account.account_id)))
    desk.say("bots_renewing", bot=name_account(account))


def _show(desk: DeskTurn, member: Member, account: AccountView, code: str, reason: str) -> None:
    bot, business = name_account(account), name_business(desk)
    if code == "token":
        text = desk.write("bots_trouble_token", business=business, bot=bot)
    elif code == "conflict":
        text = desk.write("bots_trouble_conflict", business=business, bot=bot)
    else:
        text = desk.write("bots_trouble_vendor", business=business, bot=bot, reason=quote(reason, _REASON))
    if member.role != "owner":
        desk.send_text(f"{text}\n\n{desk.write('bots_trouble_for_owner')}")
        return
    desk.send_text(f"{text}\n\n{desk.write(_advise(account, code))}", *_buttons(desk, account, code))


def _advise(account: AccountView, code: str) -> str:
    if code != "token":
        return "bots_advice_conflict" if code == "conflict" else "bots_advice_vendor"
    if account.managed_by:
        return "bots_advice_managed"
    return "bots_advice_telegram" if account.channel == "telegram" else "bots_advice_whatsapp"


def _buttons(desk: DeskTurn, account: AccountView, code: str) -> tuple[Button, ...]:
    send = desk.button("bots_button_send_token", f"{NAME}:token:{account.account_id}")
    make = desk.button("bots_button_renew", f"{NAME}:renew:{account.account_id}")
    retry = desk.button("bots_button_retry", f"{NAME}:resume:{account.account_id}")
    mending = (make, send) if account.managed_by else (send,)
    return mending if code == "token" and account.channel == "telegram" else (*mending, retry)
