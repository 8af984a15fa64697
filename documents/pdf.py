"""PDF pages: their text layer, or a picture of them where there is none worth the name. Runs in a worker process."""

import math
import unicodedata
from collections.abc import Iterator
from typing import Any

import pypdfium2
import pypdfium2.raw as raw
from PIL import Image

from documents.unreadable import Unreadable

# pypdfium2 is not fully typed: documents and pages are Any here.
RENDER_DPI = 200
# A page can claim to be metres wide; this is a little more than A3 at 200 dpi.
RENDER_MAX_PIXELS = 9_000_000


def pages(data: bytes, *, at_most: int) -> tuple[int, Iterator[str | Image.Image]]:
    """How many pages there are, and the first ones: text, or a picture to read. Raises Unreadable."""
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY):
            raise Unreadable("This PDF is protected by a password. Please send it without one.", "password") from error
        raise Unreadable(
            "This PDF is damaged and I cannot open it. Please export it again, or send a photo of it.", "damaged"
        ) from error
    count = len(document)
    if count == 0:
        raise Unreadable("This PDF has no pages. Please send it again.", "empty")
    return count, (_read(document, number) for number in range(min(count, at_most)))


def _read(document: Any, number: int) -> str | Image.Image:
    try:
        page = document[number]
        text = _tidy(page.get_textpage().get_text_bounded())
        is_blank = next(page.get_objects(max_depth=1), None) is None
        return text if is_blank or _is_whole(page, text) else _render(page)
    except pypdfium2.PdfiumError as error:
        raise Unreadable(
            f"Page {number + 1} of this PDF is damaged. Please export it again, or send a photo of it.", "damaged"
        ) from error


def _tidy(text: str) -> str:
    # U+FFFE stands for the hyphen at the end of a line.
    lines = text.replace("\ufffe", "-").replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()


def _is_whole(page: Any, text: str) -> bool:
    """Whether the text layer can stand for the page.

    It cannot if fonts without a Unicode table made it gibberish, or if it is a stamp on a scan.
    """
    letters = [char for char in text if not char.isspace()]
    odd = sum(1 for char in letters if unicodedata.category(char) in ("Co", "Cn", "Cc") or char == "\ufffd")
    if not letters or odd > len(letters) / 20:
        return False
    return len(letters) >= 200 or not _is_scan(page)


def _is_scan(page: Any) -> bool:
    """Whether one picture covers most of the page."""
    width, height = page.get_size()
    for picture in page.get_objects(filter=(raw.FPDF_PAGEOBJ_IMAGE,), max_depth=3):
        left, bottom, right, top = picture.get_bounds()
        if (right - left) * (top - bottom) > 0.5 * width * height:
            return True
    return False


def _render(page: Any) -> Image.Image:
    width, height = page.get_size()
    scale = min(RENDER_DPI / 72, math.sqrt(RENDER_MAX_PIXELS / max(width * height, 1)))
    return page.render(scale=scale, rev_byteorder=True).to_pil().convert("RGB")
