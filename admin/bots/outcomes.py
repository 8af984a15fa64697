"""What became of connecting, mending or pausing, told in the owner's words; see `bots/connecting.py` for the codes."""

from admin.bots.kept import BotMemory, MetaParts, recall, remember
from admin.bots.listing import link_to, name_account, own_account, show_bots
from admin.bots.offering import ask_meta, ask_token, token_button
from admin.onboarding.hooks import bot_connected
from admin.session import DeskTurn
from admin.texts import quote
from core.events import ActionResult
from core.turns import Member

_SAID = {
    "already_here": "bots_already_here",
    "admin_bot": "bots_admin_bot",
    "no_address": "bots_no_address",
}


async def tell_connected(desk: DeskTurn, member: Member, result: ActionResult) -> None:
    code = str(result.result.get("code", "")) if result.ok else ""
    if code in ("connected", "mended", "unchanged"):
        await _tell_running(desk, member, result, code)
    elif code in _SAID:
        remember(desk, BotMemory())
        desk.say(_SAID[code])
    elif code == "other_bot":
        desk.say("bots_other_bot", bot=quote(str(result.result.get("handle", "")), 40))
        if desk.state.asking is None:
            ask_token(desk, desk.tools.clock.now(), recall(desk).expected)
    elif code == "not_managed":
        desk.say("bots_not_managed", token_button(desk))
    elif code in ("token_refused", "number_refused", "app_secret_missing"):
        _ask_again(desk, result.action, code)
    else:
        desk.say("bots_unreachable", token_button(desk))


async def tell_paused(desk: DeskTurn, member: Member, result: ActionResult) -> None:
    """The list that was tapped shows it; on WhatsApp a new one follows."""
    del member
    if result.ok and result.result.get("code") in ("paused", "resumed"):
        await show_bots(desk, again=True)
    else:
        desk.say("bots_gone")


async def _tell_running(desk: DeskTurn, member: Member, result: ActionResult, code: str) -> None:
    remember(desk, BotMemory())
    account_id = result.result.get("account_id")
    account = await own_account(desk, account_id) if isinstance(account_id, int) else None
    if account is None:
        return  # taken away again meanwhile
    bot, link = name_account(account), quote(link_to(account))
    if code == "mended":
        desk.say("bots_mended", bot=bot, link=link)
    elif code == "unchanged":
        # What the vendor reports of a token that is known here already is no news.
        if result.action != "connect_managed_bot":
            desk.say("bots_works", bot=bot)
        await bot_connected(desk, member, account)  # where the try before was cut off after it had connected it
    elif account.channel == "telegram":
        desk.say("bots_connected", bot=bot, link=link)
        await bot_connected(desk, member, account)
    else:
        address, word = (str(result.result.get(name, "")) for name in ("webhook_url", "verify_token"))
        desk.say("bots_connected_number", bot=bot, link=link, address=address, word=word)
        await bot_connected(desk, member, account)


def _ask_again(desk: DeskTurn, action: str, code: str) -> None:
    """For what is wrong, and nothing else. Not when the owner has begun something else meanwhile."""
    busy = desk.state.asking is not None
    at = desk.tools.clock.now()
    if action != "connect_whatsapp":
        desk.say("bots_token_refused", *((token_button(desk),) if busy else ()))
        if not busy:
            ask_token(desk, at, recall(desk).expected)
        return
    parts = recall(desk).meta or MetaParts()
    if code == "number_refused":
        said, parts = "bots_meta_number_refused", parts.model_copy(update={"phone_number_id": None, "mending": False})
    elif code == "token_refused":
        said, parts = "bots_meta_token_refused", parts.model_copy(update={"token": None})
    else:
        said, parts = "bots_meta_secret_missing", parts.model_copy(update={"app_secret": None, "mending": False})
    if busy:
        remember(desk, BotMemory(meta=parts))
        desk.say(said, desk.button("bots_button_whatsapp", "bot:whatsapp"))
    else:
        ask_meta(desk, at, parts, desk.write(said))
