"""A whole PDF or picture, page by page, within bounds of pages, characters and seconds. Runs in a worker process."""

import time
from collections.abc import Iterator

from PIL import Image

from documents import images, pdf

PAGE_BREAK = "\n\n"


def read(
    data: bytes, *, kind: str, languages: list[str], max_pages: int, max_characters: int, seconds: float
) -> dict[str, object]:
    """Raises Rejected. `seconds` is when to stop beginning new pages: what is read by then is returned as truncated."""
    deadline = time.monotonic() + seconds
    count, pages = (pdf.pages if kind == "pdf" else images.frames)(data, at_most=max_pages)
    texts: list[str] = []
    scores: list[tuple[float, int]] = []
    recognized = False
    for page in _until(deadline, max_characters, texts, pages):
        if isinstance(page, str):
            text, confidence = page, 1.0
        else:
            # Loaded only here: most PDFs have a text layer, and the OCR models take hundreds of megabytes.
            from documents.recognition import read_page

            seen = read_page(page, tuple(languages), seconds=max(5.0, deadline - time.monotonic()))
            text, confidence = seen.text, seen.confidence
            recognized = recognized or bool(text)
        texts.append(text)
        scores.append((confidence, len(text)))
    text = PAGE_BREAK.join(filter(None, texts))
    weight = sum(length for _, length in scores)
    return {
        "text": text[:max_characters],
        "pages": count,
        "source": "ocr" if recognized else "text",
        "confidence": sum(score * length for score, length in scores) / weight if weight else 0.0,
        "truncated": len(texts) < count or len(text) > max_characters,
    }


def _until(
    deadline: float, max_characters: int, texts: list[str], pages: Iterator[str | Image.Image] | Iterator[Image.Image]
) -> Iterator[str | Image.Image]:
    for page in pages:
        yield page
        if time.monotonic() > deadline or sum(map(len, texts)) > max_characters:
            return
