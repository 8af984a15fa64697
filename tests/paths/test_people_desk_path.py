"""A team through the sandbox, on both channels: invited, promoted, removed; and one chat with two businesses."""

import re

import pytest

from tests.support.product import Product

MENU = "What would you like to see?"
CHANNELS = ["telegram", "whatsapp"]


def desk_of(product: Product, channel: str, person: str) -> str:
    return product.telegram("operator", person) if channel == "telegram" else product.whatsapp("", person)


async def code_in(product: Product, desk: str) -> str:
    """Of the invite that was made last, as it would be forwarded."""
    said = await product.heard(desk, "You are invited to")
    return re.findall(r"inv_[a-z2-8]{20}", "\n".join(said))[-1]


async def enter(product: Product, desk: str, code: str, words: str) -> None:
    await product.say(desk, f"/start {code}")
    await product.heard(desk, words)


@pytest.mark.parametrize("channel", CHANNELS)
async def test_a_colleague_is_invited_gets_another_role_and_is_removed(product: Product, channel: str) -> None:
    omar, mia = desk_of(product, channel, "omar"), desk_of(product, channel, "mia")
    await enter(product, omar, await product.invite("bakery", "owner"), "You are owner here")
    await product.say(omar, "/people")
    await product.heard(omar, "people (1)")
    await product.tap(omar, "Invite")
    await product.heard(omar, "Which role")
    await product.tap(omar, "Viewer")
    code = await code_in(product, omar)
    await enter(product, mia, code, "You are viewer here")
    await product.heard(omar, "Mia has joined (viewer)")
    await product.say(desk_of(product, channel, "eve"), f"/start {code}")
    await product.heard(desk_of(product, channel, "eve"), "already used")
    await product.say(mia, "/invite owner")
    await product.heard(mia, "for owners only")
    await product.say(omar, "/people")
    await product.heard(omar, "people (2)")
    await product.tap(omar, "Mia")
    await product.heard(omar, "Role: viewer")
    await product.tap(omar, "Make manager")
    await product.heard(mia, "Omar has given you a new role: manager")
    await product.say(omar, "/people")
    await product.heard(omar, "Mia: manager")
    await product.tap(omar, "Mia")
    await product.heard(omar, "Role: manager")
    await product.tap(omar, "Remove")
    await product.heard(omar, "Remove Mia from")
    await product.tap(omar, "Yes")
    await product.heard(omar, "Mia no longer belongs to")
    await product.heard(mia, "You no longer belong to")
    await product.say(mia, "/people")
    await product.heard(mia, "If you have an invite")


@pytest.mark.parametrize("channel", CHANNELS)
async def test_what_a_removed_colleague_had_taken_over_is_answered_by_the_bot_again(
    product: Product, channel: str
) -> None:
    chat = product.telegram("bakery")
    omar, mia = desk_of(product, channel, "omar"), desk_of(product, channel, "mia")
    await enter(product, omar, await product.invite("bakery", "owner"), "Welcome")
    await enter(product, mia, await product.invite("bakery", "manager"), "You are manager here")
    await product.say(chat, "Can you repair my bicycle?")
    await product.heard(mia, "Can you repair my bicycle?")
    await product.tap(mia, "Take over")
    await product.heard(chat, "Mia")
    await product.say(mia, "/leave")
    await product.heard(mia, "To come back you need")
    await product.tap(mia, "Yes")
    await product.heard(mia, "went back to the bot: 1")
    await product.heard(omar, "Mia has left")
    await product.heard(chat, "the assistant again")
    await product.say(chat, "Are you open on Sunday?")
    await product.heard(chat, "8:00 to 13:00")


@pytest.mark.parametrize("channel", CHANNELS)
async def test_an_owner_of_two_businesses_switches_between_them(product: Product, channel: str) -> None:
    omar = desk_of(product, channel, "omar")
    await enter(product, omar, await product.invite("bakery", "owner"), "You are owner here")
    await enter(product, omar, await product.invite("forwarder", "manager"), "You also belong to")
    await product.say(omar, "/people")
    await product.heard(omar, "Omar (you): manager")
    await product.say(omar, "/switch")
    said = await product.heard(omar, "Your businesses")
    world = await product.call("GET", "/api/world")
    names = {tenant["id"]: tenant["name"] for tenant in world["tenants"]}
    assert "owner" in said[-1] and "manager (now)" in said[-1]
    await product.tap(omar, names["bakery"][:20])
    (greeting,) = [each for each in await product.heard(omar, MENU) if MENU in each]
    assert names["bakery"] in greeting
    await product.say(omar, "/people")
    await product.heard(omar, "Omar (you): owner")
    await product.tap(omar, names["bakery"][:20])  # on the forwarder's list: the chat moves, and says so
    await product.heard(omar, "From here on this chat is about")


@pytest.mark.parametrize("channel", CHANNELS)
async def test_invites_are_listed_and_revoked_and_a_business_is_handed_over(product: Product, channel: str) -> None:
    omar, mia = desk_of(product, channel, "omar"), desk_of(product, channel, "mia")
    await enter(product, omar, await product.invite("bakery", "owner"), "You are owner here")
    await product.say(omar, "/invite Mia as manager")
    code = await code_in(product, omar)
    await product.say(omar, "/invite viewer")
    await product.heard(omar, "(viewer)")
    unused = await code_in(product, omar)
    await enter(product, mia, code, "You are manager here")
    await product.say(omar, "/people")
    await product.heard(omar, "Mia: manager")
    await product.tap(omar, "Open invites")
    await product.heard(omar, "1. owner, made by the operator", "2. viewer, made by Omar")
    await product.tap(omar, "Revoke 2")
    await product.heard(omar, "Its link no longer works")
    await product.say(desk_of(product, channel, "eve"), unused)
    await product.heard(desk_of(product, channel, "eve"), "already used or has expired")
    await product.say(omar, "/people")
    await product.tap(omar, "Mia")
    await product.heard(omar, "Role: manager")
    await product.tap(omar, "Hand over")
    await product.heard(omar, "you become manager")
    await product.tap(omar, "Yes")
    await product.heard(omar, "is handed over")
    await product.heard(mia, "Omar has given you a new role: owner")
