"""Agents that act: billing asks logistics, an owner edits and approves, it is done once, and what is said is true."""

import asyncio
import time
from typing import Any

import asyncpg

from steward.cli.story import tell
from steward.cli.trace import _read as read_story
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
    story = await trace(product)
    assert "billing asked logistics: shipment BA-20451 -> BA-20451 3 days late" in story
    assert "billing wanted credit_invoice" in story and "edited by the owner" in story
    assert "logistics said yes" in story and "used once, by turn" in story and ": done at" in story


async def test_the_very_first_message_on_whatsapp_finds_the_records_by_the_number(product: Product) -> None:
    """The books know this customer by the telephone number only, and there is no row of theirs yet."""
    chat, desk = product.whatsapp("forwarder"), product.whatsapp("", "omar")
    await product.join("forwarder", desk)
    await product.say(chat, WISH.replace("BA-20451", "BA-20433"))
    await product.heard(chat, "BA-20433", "asked a colleague")
    await product.heard(desk, "INV-7001", "125.00")
    await product.tap(desk, "Approve")
    await product.heard(chat, "125.00", "INV-7001", "Done")
    assert [entry["body"]["amount"] for entry in await books(product, 1)] == ["125.00"]
    await product.heard(desk, "It can be taken back until")
    await product.tap(desk, "Take it back")
    await product.heard(chat, "taken this back")


async def trace(product: Product) -> str:
    """Of the turn that asked the owner, as `python -m steward trace` tells it."""
    connection = await asyncpg.connect(product.data.owner_url)
    try:
        row = await connection.fetchrow(
            "SELECT t.tenant_id, t.stream_id, t.upto_seq FROM turns t WHERE t.trace ->> 'approval' IS NOT NULL"
            " ORDER BY t.finished_at LIMIT 1"
        )
    finally:
        await connection.close()
    assert row is not None
    story = await read_story(product.data, row["tenant_id"], row["stream_id"], row["upto_seq"], words=False)
    return "\n".join(tell(story, words=False))
