"""Agents that act: billing asks logistics, an owner edits and approves, it is done once, and what is said is true."""

import asyncio
import time
from typing import Any

from tests.support.product import Product

WISH = "My shipment BA-20451 is late. I would like a compensation for that."


async def books(product: Product, entries: int) -> list[dict[str, Any]]:
    """The forwarder's accounting, as that other company sees it."""
    deadline = time.monotonic() + 10
    while True:
        found = (await product.call("GET", "/control/business/forwarder"))["entries"]
        if len(found) >= entries or time.monotonic() > deadline:
            assert len(found) == entries, found
            return found
        await asyncio.sleep(0.02)


async def test_a_credit_is_asked_for_edited_approved_done_once_and_told_truly(product: Product) -> None:
    chat, desk = product.telegram("forwarder"), product.desk
    await product.join("forwarder", desk)
    await product.say(chat, WISH)
    said = await product.heard(chat, "BA-20451", "asked a colleague")
    assert not any("credited" in text.lower() for text in said)
    card = (await product.heard(desk, "INV-7003", "82.00"))[-1]
    assert "late" in card and "ogistics" in card
    assert (await product.call("GET", "/control/business/forwarder"))["entries"] == []
    await product.tap(desk, "Edit")
    await product.heard(desk, "like to change")
    await product.tap(desk, "Amount")
    await product.heard(desk, "Write")
    await product.say(desk, "50")
    await product.heard(desk, "50.00")
    await product.tap(desk, "Approve")
    await product.heard(chat, "50.00", "INV-7003", "Done")
    (entry,) = await books(product, 1)
    assert entry["body"]["amount"] == "50.00" and entry["path"].endswith("/invoices/INV-7003/credits")
    await product.say(chat, "Where is my shipment BA-20451?")
    await product.heard(chat, "days late")
