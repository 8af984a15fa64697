"""Word documents, workbooks, CSV files and web pages as Markdown. Runs in a worker process."""

import warnings
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from io import BytesIO
from typing import Any

from documents.formats import decode
from documents.markup import Markup, read_html
from documents.packages import damaged, inspect_package
from documents.tables import MOST_COLUMNS, MOST_ROWS, read_csv, write_table
from documents.unreadable import Unreadable

_CURRENCIES = "€$£¥₽"
_MOST_DECIMALS = 30
"""A format may ask for a million of them."""


def read_package(data: bytes, *, max_characters: int) -> dict[str, object]:
    """A ZIP file that says it is a document. Raises Unreadable."""
    kind = inspect_package(data)
    markup = _read_docx(data) if kind == "docx" else _read_xlsx(data)
    return _told(kind, markup, max_characters)


def read_page(data: bytes, *, url: str, encoding: str | None, max_characters: int) -> dict[str, object]:
    """Raises Unreadable."""
    return _told("html", read_html(data, url, encoding=encoding), max_characters)


def read_table(data: bytes, *, cyrillic: bool, max_characters: int) -> dict[str, object]:
    """A text that may be a table; when it is none it comes as it is."""
    text = decode(data, cyrillic=cyrillic)
    rows = read_csv(text)
    if rows is None:
        return _told("text", Markup(title="", markdown=text), max_characters)
    table, _, cut = write_table(rows)
    return _told("csv", Markup(title="", markdown=table, truncated=cut), max_characters)


def _told(kind: str, markup: Markup, max_characters: int) -> dict[str, object]:
    return {
        "kind": kind,
        "markdown": markup.markdown[:max_characters].replace("\x00", ""),
        "title": markup.title,
        "links": [link for link in markup.links if len(link) <= 2_048],
        "truncated": markup.truncated or len(markup.markdown) > max_characters,
    }


def _read_docx(data: bytes) -> Markup:
    import mammoth  # pyright: ignore[reportMissingTypeStubs]

    library: Any = mammoth
    try:
        found = library.convert_to_html(BytesIO(data), convert_image=library.images.img_element(_no_picture))
    except MemoryError:
        raise
    except Exception as error:  # the library has no errors of its own, and the document is a stranger's
        raise damaged() from error
    if not found.value.strip():
        raise Unreadable("I found no text in this document. If it holds pictures of text, send it as a PDF.", "no_text")
    return read_html(found.value)


def _no_picture(picture: object) -> dict[str, str]:
    del picture
    return {}


def _read_xlsx(data: bytes) -> Markup:
    """Each sheet that is not hidden, under its name. Formulas as they were last worked out."""
    import openpyxl  # pyright: ignore[reportMissingModuleSource]

    library: Any = openpyxl
    parts: list[str] = []
    left, cut = MOST_ROWS, False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and checks that are not kept: nobody reads them here
            book = library.load_workbook(BytesIO(data), read_only=True, data_only=True, keep_links=False)
            for sheet in book.worksheets:
                if sheet.sheet_state != "visible":
                    continue
                sheet.reset_dimensions()  # what the file says of them may be a lie
                table, rows, more = write_table(_cells(sheet), most=left)
                left, cut = left - rows, cut or more
                if table:
                    parts += [f"## {' '.join(str(sheet.title).split())}", table]
    except MemoryError:
        raise
    except Exception as error:  # KeyError, ValueError, XML and ZIP errors: whatever a broken part leads to
        raise damaged() from error
    if not parts:
        raise Unreadable("I found nothing in this workbook. Please send one with something in it.", "no_text")
    return Markup(title="", markdown="\n\n".join(parts), truncated=cut)


def _cells(sheet: Any) -> Iterator[Sequence[str]]:
    for row in sheet.iter_rows(max_col=MOST_COLUMNS):
        yield [_write(cell.value, str(getattr(cell, "number_format", "") or "")) for cell in row]


def _write(value: object, shape: str) -> str:
    """As the sheet shows it, roughly: decimals, currency, percent and dates."""
    match value:
        case None:
            return ""
        case bool():
            return "✓" if value else "–"
        case datetime():
            return f"{value:%Y-%m-%d}" if value.time() == time() else f"{value:%Y-%m-%d %H:%M}"
        case date():
            return value.isoformat()
        case time():
            return f"{value:%H:%M}"
        case int() | float():
            return _write_number(value, shape)
        case _:
            return str(value)


def _write_number(value: float, shape: str) -> str:
    if "%" in shape:
        return f"{value * 100:.10g} %"
    decimals = len(shape.split(".", 1)[1]) - len(shape.split(".", 1)[1].lstrip("0#")) if "." in shape else 0
    number = f"{value:.{min(decimals, _MOST_DECIMALS)}f}" if decimals else f"{value:.10g}"
    sign = next((sign for sign in _CURRENCIES if sign in shape), "")
    return f"{number} {sign}" if sign else number
