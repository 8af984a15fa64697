"""Price lists as suppliers export them: CSV in whatever dialect. Rows that cannot be read are named and left out."""

import csv
import io
import re
import tomllib
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from connectors.amounts import Mark, Price, find_decimal_mark, parse_price, read_currencies
from core.errors import Rejected

MOST_ROWS = 200_000
_HEADER_WITHIN = 15
"""Rows: exports like to begin with a title and a date."""
_DELIMITERS = (",", ";", "\t", "|")
_IN_BRACKETS = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_NOT_WORDS = re.compile(r"[^\w ]+|_")
_WORDS: dict[str, list[str]] = tomllib.loads(Path(__file__).with_name("price_headers.toml").read_text(encoding="utf-8"))


class PriceListSettings(BaseModel):
    """The settings of a price watch. Only the address is needed; the rest is for lists that cannot be recognised."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    url: str
    item_column: str = ""
    price_column: str = ""
    currency_column: str = ""
    delimiter: Literal["", ",", ";", "\t", "|"] = ""
    decimal_mark: Literal["", ".", ","] = ""
    encoding: Literal["", "utf-8", "utf-16", "cp1250", "cp1251", "cp1252"] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceTable:
    prices: dict[str, Price]
    """By `item_key`; only those asked for."""
    bad_rows: tuple[tuple[int, str], ...]
    """Line and what is wrong with it, of every row that cannot be read."""


@dataclass(slots=True)
class _Sheet:
    rows: list[tuple[int, list[str]]]
    """With the line each ends at."""
    delimiter: str
    items: list[int]
    """Columns that may name the item, best first."""
    price: int
    currency: int | None
    currencies: frozenset[str]
    """What the header of the price column says: `Precio (EUR)`."""
    prices: dict[str, Price] = field(default_factory=dict[str, Price])
    bad: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])


def item_key(text: str) -> str:
    """Names that differ only in case, blanks or ways to write a letter are the same item."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def read_price_table(data: bytes, wanted: Collection[str], settings: PriceListSettings) -> PriceTable:
    """The prices of the `wanted` item keys. Raises Rejected when this is no price list."""
    sheet = _find_sheet(data, settings)
    item = max(sheet.items, key=lambda column: sum(item_key(_cell(row, column)) in wanted for _, row in sheet.rows))
    mark = settings.decimal_mark or find_decimal_mark(
        (_cell(row, sheet.price) for _, row in sheet.rows), "," if sheet.delimiter == ";" else "."
    )
    for line, row in sheet.rows:
        _read_row(sheet, line, row, item_key(_cell(row, item)), wanted, mark)
    return PriceTable(prices=sheet.prices, bad_rows=tuple(sheet.bad))


def list_prices(data: bytes, settings: PriceListSettings) -> tuple[dict[str, Price], PriceTable]:
    """All prices of a list, by the names that stand in it, in its order. Raises Rejected when this is no price list."""
    sheet = _find_sheet(data, settings)
    names: dict[str, str] = {}
    for _, row in sheet.rows:
        name = " ".join(_cell(row, sheet.items[0]).split())
        names.setdefault(item_key(name), name)
    table = read_price_table(data, names.keys(), settings)
    return {names[key]: price for key, price in table.prices.items()}, table


def _read_row(sheet: _Sheet, line: int, row: Sequence[str], key: str, wanted: Collection[str], mark: Mark) -> None:
    text = _cell(row, sheet.price)
    if not key or not text:
        sheet.bad.append((line, "no item" if not key else "no price"))
        return
    try:
        price = parse_price(text, mark)
    except ValueError as error:
        sheet.bad.append((line, str(error)))
        return
    if key not in wanted:
        return
    named = read_currencies(_cell(row, sheet.currency)) if sheet.currency is not None else frozenset[str]()
    price = Price(micros=price.micros, currencies=named or price.currencies or sheet.currencies)
    if key not in sheet.prices:
        sheet.prices[key] = price
    elif sheet.prices[key] != price:
        sheet.bad.append((line, "listed before with another price"))


def _find_sheet(data: bytes, settings: PriceListSettings) -> _Sheet:
    """Takes the first encoding and delimiter under which a header can be recognised."""
    for text in _decodings(data, settings.encoding):
        for delimiter in (settings.delimiter,) if settings.delimiter else _DELIMITERS:
            sheet = _read_sheet(text, delimiter, settings)
            if sheet is not None:
                return sheet
    wanted = "the columns named in the watch" if settings.item_column else "a column for the item and one for the price"
    raise Rejected(f"This is no price list: no header row with {wanted}")


def _decodings(data: bytes, encoding: str) -> list[str]:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    texts: list[str] = []
    for name in (encoding,) if encoding else ("utf-8-sig", "cp1252", "cp1251"):
        try:
            texts.append(data.decode(name).lstrip("\ufeff").replace("\0", ""))
        except UnicodeDecodeError:
            continue
    return texts


def _read_sheet(text: str, delimiter: str, settings: PriceListSettings) -> _Sheet | None:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    sheet: _Sheet | None = None
    try:
        for row in islice(reader, MOST_ROWS):
            if sheet is not None:
                if any(cell.strip() for cell in row):
                    sheet.rows.append((reader.line_num, row))
            elif reader.line_num > _HEADER_WITHIN:
                return None
            else:
                sheet = _recognise(row, delimiter, settings)
    except csv.Error:  # a quote that nobody closed has swallowed the rest
        if sheet is not None:
            sheet.bad.append((reader.line_num, "row cannot be read"))
    return sheet


def _recognise(header: Sequence[str], delimiter: str, settings: PriceListSettings) -> _Sheet | None:
    names = [_header_name(cell) for cell in header]
    items = _columns(names, settings.item_column, _NAMES["item"])
    prices = [column for column in _columns(names, settings.price_column, _NAMES["price"]) if column not in items]
    if not items or not prices:
        return None
    currencies = _columns(names, settings.currency_column, _NAMES["currency"])
    return _Sheet(
        rows=[],
        delimiter=delimiter,
        items=items,
        price=prices[0],
        currency=currencies[0] if currencies else None,
        currencies=_header_currencies(header[prices[0]]),
    )


def _columns(names: Sequence[str], wanted: str, known: Sequence[str]) -> list[int]:
    """The places of the wanted column, or of those with a known name, in the order in which those are listed."""
    if wanted:
        known = (_header_name(wanted),)
    return [names.index(name) for name in dict.fromkeys(known) if name in names]


def _header_name(cell: str) -> str:
    """`Precio (EUR)` -> `precio`, `Preis in €` -> `preis`, `Désignation` -> `designation`."""
    bare = unicodedata.normalize("NFKD", _IN_BRACKETS.sub(" ", cell)).casefold()
    bare = "".join(letter for letter in bare if not unicodedata.combining(letter))
    words = _NOT_WORDS.sub(" ", bare).split()
    while len(words) > 1 and words[-1] in _ENDINGS:
        words.pop()
    return " ".join(words)


_ENDINGS = frozenset([*_WORDS["codes"], *_WORDS["joining"]])
_NAMES = {kind: tuple(map(_header_name, _WORDS[kind])) for kind in ("item", "price", "currency")}


def _header_currencies(cell: str) -> frozenset[str]:
    found = {code.upper() for code in re.findall(r"[A-Za-z]{3}", cell) if code.lower() in _WORDS["codes"]}
    signs = "".join(letter for letter in cell if unicodedata.category(letter) == "Sc")
    return frozenset(found) or (read_currencies(signs) if signs else frozenset[str]())


def _cell(row: Sequence[str], column: int) -> str:
    return row[column].strip() if column < len(row) else ""
