"""The section's door: `/bots`, its buttons, and bots that were just made."""

import re

from admin.bots.kept import NAME, BotMemory, MetaParts, recall, remember
from admin.bots.listing import customers_accounts, own_account, show_bots
from admin.bots.offering import ask_meta, ask_token, can_make_bots, send_request, token_button, whatsapp_button
from admin.bots.outcomes import tell_connected, tell_paused
from admin.bots.taking import accept_offered, forget_offered, hear_other_words
from admin.bots.trouble import ask_new_token, renew, show_trouble
from admin.section import Command, Section
from admin.session import DeskTurn
from admin.texts import quote
from agents.actions.desks.connecting import CONNECT_MANAGED_BOT, PAUSE_BOT, ManagedBot, Pausing
from agents.actions.desks.declaring import propose
from core.events import BotCreated, ButtonTapped, RecordedEvent
from core.ids import OPERATOR
from core.messages import SendText
from core.turns import Member

_PLAIN = re.compile(rf"{NAME}:(list|new|token|whatsapp|yes|no)", re.ASCII)
_OF_ONE = re.compile(rf"{NAME}:(pause|resume|token|renew|mend):(\d{{1,18}})", re.ASCII)


async def _run(desk: DeskTurn, member: Member, argument: str) -> None:
    del member, argument
    await show_bots(desk)


async def _tap(desk: DeskTurn, member: Member, tap: ButtonTapped, recorded: RecordedEvent) -> bool:
    plain, of_one = _PLAIN.fullmatch(tap.data), _OF_ONE.fullmatch(tap.data)
    if plain is None and of_one is None:
        return False
    if member.role != "owner":
        desk.say("bots_owner_only")
    elif of_one is not None:
        await _tap_one(desk, member, of_one[1], int(of_one[2]), recorded)
    elif plain is not None:
        await _tap_plain(desk, plain[1], recorded)
    return True


async def _tap_plain(desk: DeskTurn, what: str, recorded: RecordedEvent) -> None:
    at = recorded.recorded_at
    if desk.turn.tenant.tenant_id == OPERATOR:
        desk.say("bots_operator")
        return
    match what:
        case "list":
            await show_bots(desk)
        case "new" if await can_make_bots(desk):
            await send_request(desk, at)
        case "new":
            desk.say("bots_cannot_make", token_button(desk), whatsapp_button(desk))
        case "token":
            ask_token(desk, at)
            desk.say("bots_ask_token")
        case "whatsapp":
            # What was sent of it before and found wanting is gone on with.
            ask_meta(desk, at, _unfinished(desk))
        case "yes":
            accept_offered(desk, at)
        case _:
            forget_offered(desk)


async def _tap_one(desk: DeskTurn, member: Member, what: str, account_id: int, recorded: RecordedEvent) -> None:
    account = await own_account(desk, account_id)
    if account is None:
        desk.say("bots_gone")
        return
    match what:
        case "token":
            ask_new_token(desk, account, recorded.recorded_at)
        case "renew" if account.managed_by is not None:
            renew(desk, account)
        case "mend" | "renew":
            show_trouble(desk, member, account)
        case _:
            paused = what == "pause"
            desk.propose(propose(PAUSE_BOT, Pausing(account_id=account_id, paused=paused)))
            desk.note("bot.paused" if paused else "bot.resumed", account=account_id)


def _unfinished(desk: DeskTurn) -> MetaParts:
    parts = recall(desk).meta
    return parts if parts is not None and parts.missing is not None and not parts.mending else MetaParts()


async def _take_bot(desk: DeskTurn, member: Member, event: BotCreated) -> None:
    """Telegram also reports another token of a bot that is connected already: that is taken without a word."""
    if member.role != "owner":
        desk.say("bots_owner_only")
        return
    known = any(each.external_id == event.bot_id for each in await customers_accounts(desk))
    desk.propose(propose(CONNECT_MANAGED_BOT, ManagedBot(bot_id=event.bot_id)))
    if known:
        return
    if desk.state.asking is not None and desk.state.asking.section == NAME:
        desk.state = desk.state.expecting()
    remember(desk, BotMemory())
    text = desk.write("bots_connecting", bot=quote(event.username or event.name, 60))
    desk.send(SendText(text=text, author="system", close_keyboard=True))


SECTION = Section(
    name=NAME,
    commands=(
        Command(
            name="bots",
            role="owner",
            changes=False,
            about=(
                "the business's bots and numbers: how each is doing, pausing one, connecting a new Telegram bot or "
                "WhatsApp number, giving one a new token"
            ),
            run=_run,
        ),
    ),
    tap=_tap,
    hear=hear_other_words,
    results={
        "connect_managed_bot": tell_connected,
        "connect_telegram": tell_connected,
        "connect_whatsapp": tell_connected,
        "renew_managed_bot": tell_connected,
        "pause_bot": tell_paused,
    },
    bot_created=_take_bot,
)
