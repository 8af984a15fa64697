"""OCR of one page picture: which engine reads it, and what it read. Runs in a worker process.

The rule, a page at a time (measured in docs/documents.md):
1. Does the tenant use a language whose letters rapidocr drops, and is its Tesseract pack installed? Then Tesseract
   reads first, and keeps the page if it is mostly of that script.
2. Otherwise rapidocr reads. Boxes with far fewer characters than fit in them mean dropped letters: then Tesseract
   tries every installed pack of such a language, and keeps the page if a good part is of those scripts.
3. What rapidocr read with dropped letters stays, with its confidence cut to the share that was read.
"""

import os
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np
import pytesseract as _pytesseract
from PIL import Image
from rapidocr import RapidOCR

from documents.lines import Box, Point, arrange, mean_score, sparse_share
from documents.scripts import PACKS, lost_languages, lost_share, packs_for
from documents.tesseract import installed_packs

# Neither engine is fully typed; what comes back is checked where it becomes a Box or a PageText.
pytesseract: Any = _pytesseract

# Sparse share of Latin pages: at most .02 on 69 of 70, once .10; of pages half in Cyrillic .17 to .40, wholly .72 up.
SPARSE_SHARE = 0.13
# A Cyrillic pack finds up to .31 of such letters on a Latin page: without sparse boxes as a second sign, ask for more.
MOSTLY = 0.4
PARTLY = 0.2
# Below it a page may be upside down: worth the slower second look.
DOUBTFUL_SCORE = 0.85


@dataclass(frozen=True, slots=True, kw_only=True)
class PageText:
    text: str
    confidence: float
    engine: Literal["rapidocr", "tesseract"]


def read_page(picture: Image.Image, languages: tuple[str, ...], *, seconds: float) -> PageText:
    """`languages` as BCP 47, the tenant's; `seconds` is what Tesseract may take."""
    lost = lost_languages(languages)
    page = _by_tesseract(picture, lost, languages, at_least=MOSTLY, seconds=seconds)
    if page is not None:
        return page
    boxes = _by_rapidocr(picture)
    sparse = sparse_share(boxes)
    if sparse > SPARSE_SHARE:
        page = _by_tesseract(picture, lost_languages(PACKS), languages, at_least=PARTLY, seconds=seconds)
        if page is not None:
            return page
    return PageText(text=arrange(boxes), confidence=mean_score(boxes) * (1 - sparse), engine="rapidocr")


def _by_tesseract(
    picture: Image.Image, lost: tuple[str, ...], languages: tuple[str, ...], *, at_least: float, seconds: float
) -> PageText | None:
    """None if no pack of a lost language is installed, or if the page turns out to be written in something else."""
    packs = packs_for(lost, installed_packs())
    if not packs:
        return None
    packs = tuple(dict.fromkeys((*packs, *packs_for((*languages, "en"), installed_packs()))))
    try:
        found: dict[str, list[Any]] = pytesseract.image_to_data(
            picture, lang="+".join(packs), timeout=seconds, output_type=pytesseract.Output.DICT
        )
    except (pytesseract.TesseractError, RuntimeError):
        # Its time is up or a pack is damaged: the other engine still can.
        return None
    text, confidence = _join_words(found)
    # Vietnamese marks only some of its letters.
    needed = min(at_least, 0.08) if lost == ("vi",) else at_least
    return PageText(text=text, confidence=confidence, engine="tesseract") if lost_share(text, lost) >= needed else None


def _join_words(found: dict[str, list[Any]]) -> tuple[str, float]:
    lines: dict[tuple[int, int, int], list[str]] = {}
    scores: list[tuple[float, int]] = []
    for block, paragraph, line, word, score in zip(
        found["block_num"], found["par_num"], found["line_num"], found["text"], found["conf"], strict=True
    ):
        if word.strip():
            lines.setdefault((block, paragraph, line), []).append(word)
            scores.append((max(0.0, float(score)) / 100, len(word)))
    weight = sum(length for _, length in scores)
    mean = sum(score * length for score, length in scores) / weight if weight else 0.0
    return "\n".join(" ".join(words) for words in lines.values()), mean


def _by_rapidocr(picture: Image.Image) -> list[Box]:
    # Without the line-by-line check for upside-down text a page takes a third less time.
    boxes = _boxes(picture, check_upright=False)
    if mean_score(boxes) >= DOUBTFUL_SCORE:
        return boxes
    return max(boxes, _boxes(picture, check_upright=True), key=mean_score)


def _boxes(picture: Image.Image, *, check_upright: bool) -> list[Box]:
    # OpenCV's order of channels is blue first.
    read = _engine()(np.asarray(picture)[:, :, ::-1], use_det=True, use_cls=check_upright, use_rec=True)
    if read.boxes is None or read.txts is None or read.scores is None:
        return []
    return [
        Box(text=text.strip(), score=float(score), corners=_corners(corners))
        for corners, text, score in zip(read.boxes, read.txts, read.scores, strict=True)
    ]


def _corners(found: Any) -> tuple[Point, Point, Point, Point]:
    first, second, third, fourth = ((float(x), float(y)) for x, y in found)
    return first, second, third, fourth


@cache
def _engine() -> Any:
    threads = int(os.environ.get("OMP_NUM_THREADS", "1"))
    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "EngineConfig.onnxruntime.intra_op_num_threads": threads,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )
