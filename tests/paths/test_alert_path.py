"""The alert path: what time or the outside world brings reaches the owner and the customers it concerns."""

from tests.support.product import Product

PRICE = "Aceite de oliva virgen extra 5 l"


async def test_a_changed_price_reaches_the_owner_with_old_new_and_agreed(product: Product) -> None:
    await product.join("procurement")
    said = await product.heard(product.desk, "Aceite de oliva", seconds=20)
    [alert] = [text for text in said if "Aceite de oliva" in text]
    assert "34" in alert  # the agreed price
    await product.call("PUT", "/suppliers/procurement/prices", json={PRICE: "41.25"})
    await product.heard(product.desk, "41", seconds=30)


async def test_a_late_shipment_reaches_the_owner_and_the_customer(product: Product) -> None:
    chat = product.telegram("forwarder")
    await product.say(chat, "Hello")
    await product.heard(chat, "Hello")
    await product.join("forwarder")
    await product.call("POST", "/carriers/forwarder/delay", json={"reference": "BA-20417", "days": 5})
    await product.heard(product.desk, "BA-20417", seconds=20)
    await product.heard(chat, "BA-20417", seconds=20)


async def test_after_24_hours_whatsapp_gets_the_template(product: Product) -> None:
    chat = product.whatsapp("forwarder")
    await product.say(chat, "Hello")
    await product.heard(chat, "Hello")
    await product.call("POST", f"/api/chats/{chat}/age", json={"hours": 25})
    await product.call("POST", "/carriers/forwarder/delay", json={"reference": "BA-20433", "days": 2})
    await product.heard(chat, "BA-20433", seconds=20)
    told = [m for m in await product.messages(chat) if "BA-20433" in m["text"]]
    assert [m["template"] for m in told] == ["shipment_delay"]
