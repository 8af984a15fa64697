"""Pure rules: what a file is, how boxes become lines, which language needs which engine."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Rejected
from documents.formats import decode, sniff
from documents.lines import Box, arrange, mean_score, sparse_share
from documents.scripts import base, lost_languages, lost_share, packs_for


def box(text: str, x: float, y: float, *, width: float = 100, height: float = 20, tilt: float = 0, score=0.9) -> Box:
    def turned(left: float, top: float) -> tuple[float, float]:
        return (
            left * math.cos(tilt) - top * math.sin(tilt),
            left * math.sin(tilt) + top * math.cos(tilt),
        )

    corners = ((x, y), (x + width, y), (x + width, y + height), (x, y + height))
    return Box(text=text, score=score, corners=tuple(turned(*corner) for corner in corners))


@given(
    rows=st.lists(st.integers(1, 4), min_size=1, max_size=12),
    tilt=st.floats(-0.15, 0.15),
    jitter=st.integers(-6, 6),
    order=st.randoms(use_true_random=False),
)
def test_a_tilted_page_reads_row_by_row_left_to_right(rows, tilt: float, jitter: int, order):
    boxes = [
        box(f"r{row}c{column}", column * 160, row * 45 + (jitter if column % 2 else 0), tilt=tilt)
        for row, columns in enumerate(rows)
        for column in range(columns)
    ]
    order.shuffle(boxes)
    want = ["  ".join(f"r{row}c{column}" for column in range(columns)) for row, columns in enumerate(rows)]
    assert arrange(boxes).split("\n") == want


def test_nothing_found_is_no_text():
    assert (arrange([]), mean_score([]), sparse_share([])) == ("", 0.0, 0.0)


def test_scores_weigh_by_length():
    assert mean_score([box("x", 0, 0, score=0.0), box("y" * 9, 0, 30, score=1.0)]) == pytest.approx(0.9)


def test_boxes_with_too_few_letters_are_sparse():
    read, dropped = box("twelve loaves", 0, 0, width=130), box("12 .", 0, 40, width=130)
    assert sparse_share([read]) == 0
    assert sparse_share([read, dropped]) == pytest.approx(0.5)


@given(
    st.binary(max_size=300), st.sampled_from(["", "application/pdf", "image/png", "text/plain"]), st.text(max_size=9)
)
def test_any_bytes_are_something_or_refused_with_advice(data: bytes, mime: str, name: str):
    try:
        assert sniff(data, mime=mime, name=name) in ("pdf", "image", "text")
    except Rejected as refused:
        assert "lease " in str(refused)


@given(st.text(min_size=1, max_size=200).filter(lambda text: text.strip("\x00 \r\n\t")))
def test_printable_text_in_any_script_is_text(text: str):
    kept = "".join(char for char in text if char.isprintable())
    if kept.strip():
        data = ("words and " + kept).encode()
        assert sniff(data, mime="text/plain", name="") == "text"
        assert decode(data, cyrillic=False) == "words and " + kept


def test_a_character_cut_at_the_end_is_no_other_encoding():
    assert decode("Brötchen ö".encode()[:-1], cyrillic=False) == "Brötchen "


@pytest.mark.parametrize(
    ("language", "plain"), [("de", "de"), ("pt-BR", "pt"), ("zh_Hant_TW", "zh"), ("RU", "ru"), ("", "")]
)
def test_regions_do_not_matter_for_letters(language: str, plain: str):
    assert base(language) == plain


def test_packs_are_asked_for_only_where_letters_are_lost_and_packs_installed():
    assert lost_languages(("de", "ru-RU", "ru", "el")) == ("ru", "el")
    assert packs_for(("ru", "el", "tlh"), frozenset({"rus", "deu"})) == ("rus",)


def test_share_of_letters_of_the_scripts_in_question():
    assert lost_share("Хлеб, 12", ("ru",)) == 1
    assert lost_share("DHL для ООО", ("ru",)) == pytest.approx(6 / 9)
    assert lost_share("Хлеб", ("el",)) == 0
    assert lost_share("12 345", ("ru",)) == 0
