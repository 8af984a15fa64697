"""Money back at a business made in chat: approved on a card, paid by hand, and the customer is told of both."""

import pytest

from tests.paths.test_onboarding_path import make_bot, paste_token, press, walk
from tests.support.product import Product


async def open_business(product: Product, channel: str) -> tuple[str, str]:
    """By its owner at a desk on the channel; returns the desk and a customer's chat."""
    desk = product.telegram("operator", "nora") if channel == "telegram" else product.whatsapp("", "nora")
    await walk(product, desk)
    username = await (make_bot if channel == "telegram" else paste_token)(product, desk)
    await product.heard(desk, f"https://t.me/{username}")
    return desk, f"tg:{username}:maya"


@pytest.mark.parametrize("channel", ["telegram", "whatsapp"])
async def test_a_refund_is_asked_for_edited_approved_paid_and_told(product: Product, channel: str) -> None:
    desk, customer = await open_business(product, channel)
    await product.say(customer, "The tart was stale. I want my money back!")
    await product.heard(customer, "How much is it about?")
    await product.say(customer, "12.50")
    await product.heard(customer, "asked a colleague about this: A refund")
    await product.heard(desk, "Refund, paid by hand", "12.50", "The tart was stale")
    await press(product, desk, "Edit")
    await press(product, desk, "Amount")
    await product.heard(desk, "Write")
    await product.say(desk, "10")
    await product.heard(desk, "10.00")
    await press(product, desk, "Approve")
    said = await product.heard(customer, "10.00 is approved and is being paid out", "M-1001")
    assert not any("paid back" in text or "refunded" in text for text in said)
    await product.heard(desk, "pay Maya $10.00 back", "/case M-1001")
    await product.say(desk, "/case M-1001")
    await product.heard(desk, "To be paid")
    await press(product, desk, "Done")
    await product.heard(customer, "has been paid back to you")
    assert await product.count("cases", "kind = 'refund' AND step = 'paid' AND closed_at IS NOT NULL") == 1
    assert await product.count("approvals", "kind = 'action' AND status = 'approve'") == 1


@pytest.mark.parametrize(
    ("channel", "title", "reject", "rule"),
    [
        ("telegram", "Refund, paid by hand", "Reject", "I always ask an owner first"),
        ("whatsapp", "Reembolso a mano", "Rechazar", "Siempre pregunto antes"),
    ],
)
async def test_a_refund_is_rejected(product: Product, channel: str, title: str, reject: str, rule: str) -> None:
    """At the demo's business that has no action of its own; it speaks Spanish, its owner what the app speaks."""
    customer = getattr(product, channel)("procurement")
    desk = product.desk if channel == "telegram" else product.whatsapp("", "omar")
    await product.join("procurement", desk)
    await product.say(customer, "Quiero un reembolso de 12,50 euros")
    await product.heard(customer, "Un reembolso")
    said = await product.heard(desk, title)
    assert any("12.50" in text or "12,50" in text for text in said)
    assert not any("completo" in text for text in said)  # the card shows it all
    await press(product, desk, reject)
    await product.heard(customer, "ha decidido no")
    assert await product.count("cases", "kind = 'refund'") == 0
    await product.say(desk, "/actions")
    await press(product, desk, title)
    await product.heard(desk, rule)
