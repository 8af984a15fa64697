"""Price lists in the dialects that suppliers write them in."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.amounts import find_decimal_mark, parse_price
from connectors.price_tables import PriceListSettings, item_key, read_price_table
from core.errors import Rejected
from core.money import MICROS

OIL, FLOUR = "Aceite de oliva 5 l", "Harina"
WANTED = {item_key(OIL), item_key(FLOUR)}


def read(data: bytes | str, **settings: str) -> tuple[dict[str, Decimal], list[tuple[int, str]]]:
    given = PriceListSettings.model_validate({"url": "http://x", **settings})
    table = read_price_table(data.encode() if isinstance(data, str) else data, WANTED, given)
    return {key: Decimal(price.micros) / MICROS for key, price in table.prices.items()}, list(table.bad_rows)


@pytest.mark.parametrize(
    "data",
    [
        "item,price,currency\nAceite de oliva 5 l,1234.5,EUR\n",
        'item,price\n"ACEITE  de Oliva 5 l","1,234.50"\n',
        "\ufeffArtículo;Precio (€)\nAceite de oliva 5 l;1.234,50\n",
        "Código\tDescripción\tPrecio EUR\n17\tAceite de oliva 5 l\t1234,50 €\n",
        "Code;Désignation;Prix unitaire\n1;Aceite de oliva 5 l;1 234,50\n".encode("cp1252"),
        "Bezeichnung;Stückpreis in EUR\nAceite de oliva 5 l;1.234,50\nHarina;2.000\n".encode("cp1252"),
        "Прайс-лист\n\nНаименование;Цена, руб\nAceite de oliva 5 l;1 234,50 р.\n".encode("cp1251"),
        "Produto|Preço\nAceite de oliva 5 l|R$ 1.234,50\n".encode("utf-16"),
        "name;price\r\nAceite de oliva 5 l;EUR 1'234.50\r\n",
        'ref,name,price,stock\n"1","Aceite de oliva 5 l","€1,234.50",7\n',
    ],
)
def test_the_same_list_in_many_dialects(data: bytes | str) -> None:
    prices, bad = read(data)
    assert prices[item_key(OIL)] == Decimal("1234.5")
    assert bad == []


def test_bad_rows_are_named_and_the_others_read() -> None:
    prices, bad = read(
        "item,price\nAceite de oliva 5 l,abc\n,3\nHarina,-1\nHarina,0\nHarina\nx,1.2.3\nHarina,4\nHarina,5\n"
    )
    assert prices == {"harina": Decimal(4)}
    assert [line for line, _ in bad] == [2, 3, 4, 5, 6, 7, 9]


def test_the_column_that_knows_the_watched_items_names_them() -> None:
    prices, _ = read("description,sku,price\n1 l bottle,Harina,2\n")
    assert prices == {"harina": Decimal(2)}


def test_settings_name_columns_that_nobody_would_guess() -> None:
    data = "price;was;foo;bar\n9;9;Harina;1,5\n"
    assert read(data, item_column="Foo", price_column="bar")[0] == {"harina": Decimal("1.5")}
    with pytest.raises(Rejected, match="named in the watch"):
        read(data, item_column="qux", price_column="bar")


@pytest.mark.parametrize(
    ("text", "mark", "value"),
    [
        ("1.234", ",", "1234"), ("1.234", ".", "1.234"), ("0.125", ",", "0.125"), ("12,5", ".", "12.5"),
        ("1,234,567", ".", "1234567"), ("US$5", ".", "5"), ("5 €/kg", ".", "5"), ("0,0325", ",", "0.0325"),
        ("1 234 567,89 ₽", ",", "1234567.89"),
    ],
)  # fmt: skip
def test_prices_as_people_write_them(text: str, mark: str, value: str) -> None:
    assert Decimal(parse_price(text, mark).micros) / MICROS == Decimal(value)


@pytest.mark.parametrize(
    "text", ["", "free", "1-2", "-3", "3 for 2", "1,23,4", "1.23.4", "12.34,56.7", "9" * 12, "٣", "0.0000001"]
)
def test_what_is_not_one_price_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_price(text, ".")


def test_currency_signs_and_codes() -> None:
    table = read_price_table(b"item,price,currency\nHarina,1,usd\n", WANTED, PriceListSettings(url="x"))
    assert table.prices["harina"].currencies == {"USD"}
    table = read_price_table(b"item,price ($)\nHarina,1\n", WANTED, PriceListSettings(url="x"))
    assert {"USD", "MXN"} <= table.prices["harina"].currencies
    assert "EUR" not in table.prices["harina"].currencies


@given(
    cents=st.lists(st.integers(1, 10**9), min_size=1, max_size=20),
    comma=st.booleans(),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    grouped=st.booleans(),
)
def test_every_amount_survives_every_dialect(cents: list[int], comma: bool, delimiter: str, grouped: bool) -> None:
    def write(amount: int) -> str:
        text = f"{Decimal(amount) / 100:{',' if grouped else ''}.2f}"
        return text.translate(str.maketrans(".,", ",.")) if comma else text

    names = [f"item {n}" for n in range(len(cents))]
    rows = [f'"{name}"{delimiter}"{write(amount)}"' for name, amount in zip(names, cents, strict=True)]
    data = "\n".join([f"item{delimiter}price", *rows]).encode()
    table = read_price_table(data, set(names), PriceListSettings(url="x"))
    assert [table.prices[name].micros for name in names] == [amount * 10_000 for amount in cents]
    assert table.bad_rows == ()


@given(
    st.binary(max_size=400) | st.text(max_size=400).map(lambda text: b"item,price\n" + text.encode("utf-8", "replace"))
)
def test_any_bytes_are_a_table_or_rejected(data: bytes) -> None:
    try:
        read_price_table(data, WANTED, PriceListSettings(url="x"))
    except Rejected:
        return


@given(st.lists(st.text(max_size=30), max_size=5))
def test_any_text_is_a_price_or_a_value_error(texts: list[str]) -> None:
    mark = find_decimal_mark(texts, ".")
    for text in texts:
        try:
            assert parse_price(text, mark).micros > 0
        except ValueError:
            continue


def test_an_unclosed_quote_costs_what_follows_and_not_what_went_before() -> None:
    prices, bad = read('item,price\nHarina,4\nx,"' + "1\n" * 100_000)
    assert prices == {"harina": Decimal(4)}
    assert len(bad) == 1
