"""`/bots`: the business's bots and numbers, how each is doing, and what can be done about it."""

from admin.bots.kept import NAME
from admin.bots.offering import can_make_bots, token_button, whatsapp_button
from admin.cards import name_business, name_channel
from admin.session import DeskTurn
from admin.texts import quote
from core.ids import OPERATOR
from core.messages import Button, EditCard, SendText
from core.office.settings import AccountView

CARD = "bots"
_NAME = 60
_WITH_BUTTONS = 7
"""WhatsApp's list holds ten rows, and three are for what is new."""
_SHOWN = 12


def link_to(account: AccountView) -> str:
    """Where customers find it; empty when that is not known."""
    if not account.handle:
        return ""
    return f"https://{'t.me' if account.channel == 'telegram' else 'wa.me'}/{account.handle}"


def name_account(account: AccountView) -> str:
    """Markdown."""
    if account.channel == "telegram" and account.handle:
        return f"**@{quote(account.handle, _NAME)}**"
    return f"**{quote(account.name, _NAME) or name_channel(account.channel)}**"


async def own_account(desk: DeskTurn, account_id: int) -> AccountView | None:
    """None for one of another business, and for an admin bot."""
    accounts = await customers_accounts(desk)
    return next((each for each in accounts if each.account_id == account_id), None)


async def customers_accounts(desk: DeskTurn) -> tuple[AccountView, ...]:
    return tuple(each for each in await desk.office.settings.accounts() if each.role == "customer")


async def show_bots(desk: DeskTurn, *, again: bool = False) -> None:
    """`again`: in place of the list that is shown already."""
    if desk.turn.tenant.tenant_id == OPERATOR:
        desk.say("bots_operator")
        return
    accounts = await customers_accounts(desk)
    text = _describe(desk, accounts)
    rows = tuple((button,) for button in await _buttons(desk, accounts))
    if again:
        desk.send(EditCard(card=CARD, text=text, buttons=rows))
    else:
        desk.send(SendText(text=text, author="system", buttons=rows, card=CARD))


def _describe(desk: DeskTurn, accounts: tuple[AccountView, ...]) -> str:
    title = f"**{name_business(desk)}**"
    if not accounts:
        return f"{title}\n{desk.write('bots_none')}"
    lines = [title, *(_line(desk, number, each) for number, each in enumerate(accounts[:_SHOWN], 1))]
    if len(accounts) > _SHOWN:
        lines.append(desk.write("bots_more", count=len(accounts) - _SHOWN))
    return "\n".join(lines)


def _line(desk: DeskTurn, number: int, account: AccountView) -> str:
    place = " · ".join(filter(None, (name_channel(account.channel), quote(link_to(account)))))
    return f"{number}\\. {name_account(account)} · {place}\n{desk.write(_state(account))}"


def _state(account: AccountView) -> str:
    if account.trouble_code == "token":
        return "bots_state_token"
    if account.trouble_code == "conflict":
        return "bots_state_conflict"
    if account.trouble:
        return "bots_state_vendor"
    return "bots_state_active" if account.status == "active" else "bots_state_paused"


async def _buttons(desk: DeskTurn, accounts: tuple[AccountView, ...]) -> list[Button]:
    buttons: list[Button] = []
    for number, account in enumerate(accounts[:_WITH_BUTTONS], 1):
        if account.trouble:
            key, what = "bots_button_mend", "mend"
        elif account.status == "active":
            key, what = "bots_button_pause", "pause"
        else:
            key, what = "bots_button_resume", "resume"
        label = desk.write(key, number=number)
        buttons.append(Button(id=f"{NAME}:{what}:{account.account_id}", label=label))
    if await can_make_bots(desk):
        buttons.append(desk.button("bots_button_new", f"{NAME}:new"))
    return [*buttons, token_button(desk), whatsapp_button(desk)]
