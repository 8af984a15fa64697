"""Knowledge from the owner's chat: a file, a link and a taught answer reach the next customer, on both channels."""

import io

import openpyxl
import pytest

from tests.support.product import Product

SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HOLDING = "asked a colleague"


def workbook(*rows: tuple[str, ...]) -> bytes:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.title = "Tarts"
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def desks(product: Product) -> dict[str, str]:
    return {"telegram": product.desk, "whatsapp": product.whatsapp("", "omar")}


@pytest.mark.parametrize("channel", ["telegram", "whatsapp"])
async def test_a_taught_answer_is_given_to_whoever_asks_next_in_other_words(product: Product, channel: str) -> None:
    desk = desks(product)[channel]
    await product.join("bakery", desk)
    asker = getattr(product, channel)("bakery", "maya")
    await product.say(asker, "Hello, Maya here, +49 170 1234567. Can you repair my bicycle?")
    await product.heard(asker, HOLDING)
    await product.say(desk, "/gaps")
    await product.heard(desk, "Questions without an answer")
    await product.tap(desk, "1. Teach")
    await product.heard(desk, "Write the answer for everyone")
    await product.say(desk, "No, but the shop next door repairs bicycles until six.")
    shown = next(text for text in await product.heard(desk, "I will remember this") if "I will remember" in text)
    assert "1234567" not in shown
    await product.tap(desk, "Save")
    await product.heard(desk, "Remembered")
    for other, words in (
        ("telegram", "Do you repair bicycles?"),
        ("whatsapp", "My bicycle is broken, can you repair it?"),
    ):
        chat = getattr(product, other)("bakery", "noah")
        await product.say(chat, words)
        await product.heard(chat, "the shop next door repairs bicycles")
    await product.say(desk, "/gaps")
    await product.heard(desk, "No open questions")
    assert await product.count("knowledge", "text ~ '1234567' OR source ~ '1234567' OR source ~ 'Maya'") == 0


@pytest.mark.parametrize("channel", ["telegram", "whatsapp"])
async def test_a_sheet_sent_out_of_the_blue_is_learnt_shown_and_removed(product: Product, channel: str) -> None:
    desk, chat = desks(product)[channel], getattr(product, channel)("bakery")
    await product.join("bakery", desk)
    sheet = workbook(("Item", "Price"), ("Rhubarb tart", "21.50 EUR"), ("Plum tart", "19 EUR"))
    await product.send_file(desk, sheet, "tarts.xlsx", SHEET)
    await product.heard(desk, "shall I learn this")
    await product.tap(desk, "Yes")
    await product.heard(desk, "2 pieces", seconds=30)
    await product.say(chat, "How much is a rhubarb tart?")
    await product.heard(chat, "21.50 EUR")
    await product.say(desk, "/knowledge")
    await product.heard(desk, "What the bot knows")
    await product.tap(desk, "1. tarts.xlsx")
    await product.heard(desk, "Used in 1 answer", "How much is a rhubarb tart?")
    await product.tap(desk, "Remove")
    await product.heard(desk, "The bot will no longer answer from it")
    await product.tap(desk, "Yes, remove")
    await product.heard(desk, "is removed")
    await product.say(chat, "And how much is a plum tart?")
    await product.heard(chat, HOLDING)


@pytest.mark.parametrize("channel", ["telegram", "whatsapp"])
async def test_a_link_is_read_and_an_answer_to_a_customer_is_remembered(product: Product, channel: str) -> None:
    desk, chat = desks(product)[channel], getattr(product, channel)("bakery")
    await product.join("bakery", desk)
    await product.say(desk, f"/learn {product.url}/suppliers/procurement.csv")
    await product.heard(desk, "page by page")
    await product.heard(desk, "Learned", seconds=30)
    await product.say(chat, "Can you repair my bicycle?")
    await product.heard(desk, "Can you repair my bicycle?")
    await product.tap(desk, "Answer")
    await product.heard(desk, "Write your answer")
    await product.say(desk, "Only bread, sorry.")
    await product.heard(desk, "Your answer goes to")
    await product.tap(desk, "Remember answer")
    await product.heard(desk, "I will remember this")
    await product.tap(desk, "Save")
    await product.heard(desk, "Remembered")
    await product.say(getattr(product, channel)("bakery", "noah"), "Do you repair bicycles?")
    await product.heard(getattr(product, channel)("bakery", "noah"), "Only bread, sorry.")
    await product.say(chat, "How much is the vinagre de Jerez reserva?")
    await product.heard(chat, "price: 4.75")


@pytest.mark.parametrize("channel", ["telegram", "whatsapp"])
async def test_what_is_not_what_it_says_is_refused_in_words(product: Product, channel: str) -> None:
    desk = desks(product)[channel]
    await product.join("bakery", desk)
    before = await product.count("knowledge")
    await product.say(desk, "/learn")
    await product.heard(desk, "Paste a text")
    await product.send_file(desk, b"MZ\x90\x00" + bytes(200), "prices.pdf", "application/pdf")
    await product.heard(desk, "This is a program", seconds=30)
    await product.say(desk, "/learn http://192.168.0.1/menu")
    await product.heard(desk, "private network")
    assert await product.count("knowledge") == before
