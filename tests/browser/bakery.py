"""The bots behind the page: they repeat what they hear, with buttons, a reply keyboard and commands."""

from dataclasses import dataclass, field

from aiogram import Bot
from aiogram.types import (
    BotCommand,
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    Message,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)
from pywa_async import WhatsApp

ADMIN_TOKEN = "7002:admin-token"
BUTTONS = InlineKeyboardMarkup(
    inline_keyboard=[
        [InlineKeyboardButton(text="Yes", callback_data="yes"), InlineKeyboardButton(text="No", callback_data="no")]
    ]
)
KEYBOARD = ReplyKeyboardMarkup(keyboard=[[KeyboardButton(text="Opening hours")]])


@dataclass
class Bakery:
    customer: Bot
    admin: Bot
    whatsapp: WhatsApp
    heard: list[Message] = field(default_factory=list[Message])
    """What reached the customer bot."""
    told: list[Message] = field(default_factory=list[Message])
    """What reached the admin bot."""


async def echo(bot: Bot, heard: list[Message]) -> None:
    """Answers by long polling until cancelled."""
    await bot.set_my_commands([BotCommand(command="help", description="What I can do")])
    offset = 0
    while True:
        for update in await bot.get_updates(offset=offset, timeout=10):
            offset = update.update_id + 1
            if update.message is not None:
                heard.append(update.message)
                await _answer(bot, update.message)
            if update.callback_query is not None:
                await _settle(bot, update.callback_query)


async def _answer(bot: Bot, message: Message) -> None:
    if message.text == "keyboard":
        await bot.send_message(message.chat.id, "Choose", reply_markup=KEYBOARD)
    elif message.text == "Opening hours":
        await bot.send_message(message.chat.id, "From seven", reply_markup=ReplyKeyboardRemove())
    elif message.text is not None:
        text = f"You said <b>{message.html_text}</b>"
        await bot.send_message(
            message.chat.id, text, parse_mode="HTML", reply_markup=BUTTONS, reply_to_message_id=message.message_id
        )


async def _settle(bot: Bot, query: CallbackQuery) -> None:
    await bot.answer_callback_query(query.id, text="Noted")
    assert query.message is not None
    await bot.edit_message_text(
        f"Settled: {query.data}", chat_id=query.message.chat.id, message_id=query.message.message_id
    )
