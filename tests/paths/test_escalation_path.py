"""The escalation path: what the bot does not know reaches the owner, whose decision reaches the customer."""

import asyncio

import pytest

from tests.support.product import Product

QUESTION = "Can you repair my bicycle?"
HOLDING = "asked a colleague"


async def escalate(product: Product, chat: str, desk: str) -> None:
    await product.join("bakery", desk)
    await product.say(chat, QUESTION)
    await product.heard(chat, HOLDING)
    await product.heard(desk, QUESTION)


def desks(product: Product) -> dict[str, str]:
    return {"telegram": product.desk, "whatsapp": product.whatsapp("", "omar")}


@pytest.mark.parametrize("channel", ["telegram", "whatsapp"])
@pytest.mark.parametrize("desk_channel", ["telegram", "whatsapp"])
async def test_the_owner_answers(product: Product, channel: str, desk_channel: str) -> None:
    chat, desk = getattr(product, channel)("bakery"), desks(product)[desk_channel]
    await escalate(product, chat, desk)
    await product.tap(desk, "Answer")
    await product.heard(desk, "Write your answer")
    await product.say(desk, "Sadly not, but the shop next door does.")
    await product.heard(chat, "the shop next door")
    await product.heard(desk, "Answered by Omar")


async def test_take_over_relays_both_ways_silences_the_bot_and_release_hands_back(product: Product) -> None:
    chat, desk = product.whatsapp("bakery"), product.desk
    await escalate(product, chat, desk)
    await product.tap(desk, "Take over")
    await product.heard(chat, "Omar")
    await product.say(desk, "Hello Maya, which bicycle is it?")
    await product.heard(chat, "which bicycle is it?")
    await product.say(chat, "Are you open on Sunday?")
    await product.heard(desk, "Are you open on Sunday?")
    said = [m["text"] for m in await product.messages(chat) if m["from"] == "bot"]
    assert not any("8:00 to 13:00" in text for text in said)
    await product.tap(desk, "Hand back")
    await product.heard(chat, "the assistant again")
    await product.say(chat, "So are you open on Sunday?")
    await product.heard(chat, "8:00 to 13:00")


async def test_first_tap_wins_and_the_second_is_told_so(product: Product) -> None:
    chat = product.telegram("bakery")
    await escalate(product, chat, product.desk)
    second = product.whatsapp("", "omar")
    code = await product.invite("bakery", "manager")
    await product.say(second, f"/start {code}")
    await product.heard(second, "Welcome")
    await product.say(second, "/inbox")
    await product.heard(second, QUESTION)
    await asyncio.gather(product.tap(product.desk, "Dismiss"), product.tap(second, "Dismiss"))
    for desk in (product.desk, second):
        await product.heard(desk, "Dismissed by Omar") if desk == product.desk else await product.heard(
            desk, "ismissed"
        )
