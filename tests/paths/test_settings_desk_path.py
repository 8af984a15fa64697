"""An owner sets up agents, actions, tone, rules and watches in chat, on both channels, and it holds at once."""

import asyncio
import time

import pytest

from tests.support.product import Product

CHANNELS = ["telegram", "whatsapp"]
WISH = "My order O-3101 was spoilt. I want a refund, please."


def desk_of(product: Product, channel: str) -> str:
    return product.desk if channel == "telegram" else product.whatsapp("", "omar")


async def shown(product: Product, desk: str, *needles: str) -> int:
    """Waits until one message of the bot holds all the needles, bold or not; returns how many it has sent."""
    deadline = time.monotonic() + 10
    while True:
        said = [m["text"].replace("*", "") for m in await product.messages(desk) if m["from"] == "bot"]
        if any(all(needle in text for needle in needles) for text in said):
            return len(said)
        assert time.monotonic() < deadline, f"{needles} not in one of {said}"
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("channel", CHANNELS)
async def test_a_rule_in_plain_words_is_confirmed_and_the_next_refund_needs_nobody(
    product: Product, channel: str
) -> None:
    desk, chat = desk_of(product, channel), product.telegram("bakery")
    await product.join("bakery", desk)
    await product.say(desk, "/actions")
    await shown(product, desk, "What the agents of Crumb", "Refund on an order", "asks first")
    await product.tap(desk, "Refund on an order")
    await shown(product, desk, "I always ask an owner first.", "Never above")
    await product.tap(desk, "Limits, hours")
    await product.tap(desk, "Back")
    await product.say(desk, "/rules refunds up to 60 euros without asking")
    await shown(product, desk, "Up to €60.00 it is done without asking", "⚠️", "Shall it be so?")
    await product.tap(desk, "Confirm")
    await shown(product, desk, "✓ Done.", "Up to €60.00")
    await product.say(chat, WISH)
    await product.heard(chat, "52.00", "Done")
    (entry,) = (await product.call("GET", "/control/business/bakery"))["entries"]
    assert entry["body"]["amount"] == "52.00"
    await product.say(desk, "/rules")
    await shown(product, desk, "Rules of Crumb", "up to €60.00 without asking")
    await product.say(desk, "/rules never promise delivery before 10")
    await shown(product, desk, "word for word", "never promise delivery before 10")
    await product.tap(desk, "Confirm")
    await shown(product, desk, "✓ Done.", "never promise delivery")
    await product.tap(desk, "The rules")
    await shown(product, desk, "1. never promise delivery before 10")
    await product.tap(desk, "Remove 1")
    await shown(product, desk, "no longer told")


@pytest.mark.parametrize("channel", CHANNELS)
async def test_specialists_and_tone(product: Product, channel: str) -> None:
    desk = desk_of(product, channel)
    await product.join("bakery", desk)
    await product.say(desk, "/agents")
    before = await shown(product, desk, "The team of Crumb", "✅ Billing")
    await product.tap(desk, "✅ Billing")
    after = await shown(product, desk, "⬜ Billing")
    assert after == (before if channel == "telegram" else before + 1), "edited in place, or a follow-up"
    await product.tap(desk, "Add a specialist")
    await shown(product, desk, "What shall it be called?")
    await product.say(desk, "Wedding cakes")
    await shown(product, desk, "What does it look after?")
    await product.say(desk, "Looks after wedding cakes.")
    await shown(product, desk, "Which words of customers")
    await product.say(desk, "wedding, tiers")
    await shown(product, desk, "How shall it sound?")
    await product.tap(desk, "Skip")
    await shown(product, desk, "New on the team:", "Shall it be so?")
    await product.tap(desk, "Confirm")
    await shown(product, desk, "✓ Done.", "Wedding cakes")
    await product.tap(desk, "The team")
    await shown(product, desk, "✅ Wedding cakes – Looks after wedding cakes.")
    await product.tap(desk, "✅ Wedding cakes")
    await shown(product, desk, "✅ Wedding cakes", "wedding, tiers")
    await product.tap(desk, "Switch off")
    await shown(product, desk, "⬜ Wedding cakes", "wedding, tiers")
    await product.say(desk, "/tone")
    await shown(product, desk, "How the agents of Crumb")
    await product.tap(desk, "Brief")
    await shown(product, desk, "The tone from now on:", "Brief", "Shall it be so?")
    await product.tap(desk, "Confirm")
    await shown(product, desk, "✓ Done.", "The tone from now on:")
    assert await product.count("tenants", "slug = 'bakery' AND persona LIKE '%Write briefly%'") == 1
    assert await product.count("tenants", "slug = 'bakery' AND agents::text LIKE '%wedding_cakes%'") == 1


@pytest.mark.parametrize("channel", CHANNELS)
async def test_watches(product: Product, channel: str) -> None:
    desk = desk_of(product, channel)
    await product.join("bakery", desk)
    name = (await product.call("GET", "/control/world"))["suppliers"][0]["name"]
    link = f"{product.url}/suppliers/{name}.csv"
    await product.say(desk, "/watches new")
    await shown(product, desk, "Send me the link")
    await product.say(desk, link)
    await shown(product, desk, "What shall I call it?")
    await product.say(desk, "The wholesaler")
    await shown(product, desk, "How often shall I look?")
    await product.tap(desk, "24 hours")
    await shown(product, desk, "The wholesaler: items with a price", "Are these the agreed prices?")
    await product.tap(desk, "Accept these prices")
    await shown(product, desk, "From now on I watch The wholesaler")
    await shown(product, desk, "every 24 hours", "Next look")
    await product.tap(desk, "Pause")
    await shown(product, desk, "every 24 hours", "⏸ Paused")
    await product.tap(desk, "Test now")
    await shown(product, desk, "The wholesaler, looked at just now", "as agreed")
    await product.tap(desk, "Agreed prices")
    await shown(product, desk, "Agreed prices: The wholesaler")
    await product.tap(desk, "Change a price")
    await shown(product, desk, "which price is agreed?")
    item = (await product.call("GET", "/control/world"))["suppliers"][0]["items"][0]["item"]
    await product.say(desk, f"{item} 1.20")
    await shown(product, desk, "✓ Noted", item)
    await product.say(desk, "/watches")
    await shown(product, desk, "What I watch for", "⏸ The wholesaler · every 24 hours", "Shipments under way")
    assert await product.count("watches", "name = 'The wholesaler' AND paused") == 1
    assert await product.count("agreed_prices", f"agreed_micros = 1200000 AND item = '{item}'") >= 1
