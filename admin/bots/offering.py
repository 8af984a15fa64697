"""The ways by which a business gets a bot or a number: one tap, a token, or Meta's access."""

from datetime import datetime

from admin.bots.kept import NAME, BotMemory, MetaParts, remember
from admin.bots.naming import suggest_name, suggest_username
from admin.session import DeskTurn
from admin.texts import quote
from core.messages import Button, RequestBot, SendText
from core.turns import Member

_STEPS = {
    "phone_number_id": "bots_meta_ask_id",
    "token": "bots_meta_ask_token",
    "app_secret": "bots_meta_ask_secret",
}


async def offer_bots(desk: DeskTurn, member: Member, at: datetime, above: str = "", *others: Button) -> None:
    """Shows the choice, and takes a token that is sent next without further questions. `at`: now, as recorded.

    `above` goes ahead of it, `others` stand beside the ways.
    """
    if member.role != "owner":
        desk.say("bots_owner_only")
        return
    name = quote((await desk.business()).name)
    buttons = (token_button(desk), whatsapp_button(desk), *others)
    remember(desk, BotMemory(expecting=True))
    if await can_make_bots(desk):
        await send_request(desk, at, above)
        desk.say("bots_offer_others", *buttons)
    else:
        desk.send_text("\n\n".join(filter(None, (above, desk.write("bots_offer_plain", name=name)))), *buttons)


async def send_request(desk: DeskTurn, at: datetime, above: str = "") -> None:
    """The key by which a bot is made in one tap."""
    name = (await desk.business()).name
    request = RequestBot(
        label=desk.write("bots_key_make"),
        suggested_name=suggest_name(name),
        suggested_username=suggest_username(name, at.isoformat()),
    )
    text = desk.write("bots_offer_tap", name=quote(name), label=request.label)
    text = "\n\n".join(filter(None, (above, text)))
    desk.send(SendText(text=text, author="system", request_bot=request))


async def can_make_bots(desk: DeskTurn) -> bool:
    """Whether the admin bot in whose chat this is may make bots for others."""
    admins = await desk.office.settings.admin_accounts()
    return any(each.account_id == desk.turn.account_id and each.manages_bots for each in admins)


def token_button(desk: DeskTurn) -> Button:
    return desk.button("bots_button_token", f"{NAME}:token")


def whatsapp_button(desk: DeskTurn) -> Button:
    return desk.button("bots_button_whatsapp", f"{NAME}:whatsapp")


def ask_token(desk: DeskTurn, at: datetime, expected: str | None = None) -> None:
    """`expected`: of this very bot. What is said about it is left to the caller."""
    remember(desk, BotMemory(expected=expected))
    desk.ask(NAME, "token", at)


def ask_meta(desk: DeskTurn, at: datetime, parts: MetaParts, before: str = "") -> None:
    """Asks for the first thing that is missing. `before` goes ahead of the question."""
    missing = parts.missing
    assert missing is not None, "there is something to ask for"
    remember(desk, BotMemory(meta=parts))
    desk.ask(NAME, "meta", at)
    desk.send_text("\n\n".join(filter(None, (before, desk.write(_STEPS[missing])))))
