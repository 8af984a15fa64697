"""What stands in a text, and what only looks like it."""

import pytest

from tests.agents.intake.reading_world import read


@pytest.mark.parametrize(
    ("text", "references"),
    [
        ("where is BA-20433", ("BA-20433",)), ("ba-20433 please", ("BA-20433",)), ("order 12345 arrived", ("12345",)),
        ("T-1001 and r-12, C-99", ("T-1001", "R-12", "C-99")), ("Bestellung Nr. 4711", ("4711",)),
        ("заказ №12", ("12",)), ("заказ 45678 где", ("45678",)), ("commande n° 9981", ("9981",)), ("#77", ("77",)),
        ("pedido 998877", ("998877",)), ("encomenda 998877", ("998877",)), ("MSCU1234567", ("MSCU1234567",)),
        ("invoice INV2024/0031", ("INV2024/0031",)), ("F-2024-001 y F-2024-002", ("F-2024-001", "F-2024-002")),
        ("1Z999AA10123456784", ("1Z999AA10123456784",)), ("BA-20433, yes BA-20433", ("BA-20433",)),
    ],
)  # fmt: skip
def test_references(text: str, references: tuple[str, ...]) -> None:
    assert read(text).entities.references == references


@pytest.mark.parametrize(
    "text",
    [
        "in 2024", "the season 2024-2025", "order 2024 is late", "tomorrow at 10:30", "on 2026-12-03", "3/12/2026",
        "call +49 30 1234567", "my phone number 0612345678", "12.50 €", "10kg of flour", "at 3pm or 14h30", "the 3rd",
        "i want to order 500 boxes", "open 9-18", "24/7", "20-30 people", "3-day delivery", "covid-19", "4x4",
        "a.b1@x.co",
        "https://example.com/a-1234", "order 300 €", "EUR500", "size A4",
    ],
)  # fmt: skip
def test_what_is_no_reference(text: str) -> None:
    assert read(text).entities.references == ()


@pytest.mark.parametrize(
    ("text", "amounts", "currency"),
    [
        ("refund me 12,50 €", ("12.50",), "EUR"), ("1.234,56 EUR and $1,200", ("1234.56", "1200.00"), "EUR"),
        ("R$ 50 de volta", ("50.00",), "BRL"), ("верните 1500 руб", ("1500.00",), "RUB"),
        ("20 bucks", ("20.00",), "USD"),
        ("a credit of 20 please", ("20.00",), ""), ("Gutschrift von 50 bitte", ("50.00",), ""),
        ("it was 12.50", ("12.50",), ""),
        ("we are 20 people", (), ""), ("um 10.30 Uhr", (), ""), ("10 % off", (), ""), ("in 2026", (), ""),
        ("credit my invoice INV-77120", (), ""),
    ],
)  # fmt: skip
def test_amounts(text: str, amounts: tuple[str, ...], currency: str) -> None:
    found = read(text).entities
    assert (found.amounts, found.currency) == (amounts, currency)


def test_telephone_address_and_channel() -> None:
    found = read("call +49 (30) 123-4567 or write to Ana.B@x.co, on whatsapp, not telegram").entities
    assert (found.phone, found.email, found.channel) == ("+49301234567", "Ana.B@x.co", "whatsapp")
    assert read("скинь в телегу", "ru").entities.channel == "telegram"
    assert read("manda no zap", "pt").entities.channel == "whatsapp"
    assert read("order 12345678 please").entities.phone == ""
