"""Splitting and cutting: nothing is lost, nothing is too long, no emoji is broken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.text import FENCE, count_units, cut_text, split_text

FAMILY = "👨‍👩‍👧‍👦"
symbols = ["a", "é", "я", "漢", "😀", " ", "\n", ".", "!", "e\u0301", "🇪🇸", FAMILY]
words = st.lists(st.sampled_from(symbols), max_size=200).map("".join)


def visible(text: str) -> str:
    return "".join(text.split())


@given(words, st.integers(32, 80))
def test_nothing_is_lost_and_no_part_is_too_long_or_blank(text: str, limit: int) -> None:
    parts = split_text(text, limit)
    assert visible("".join(parts)) == visible(text)
    assert all(part.strip() and count_units(part) <= limit for part in parts)


@given(st.lists(st.text(alphabet="ab \n", max_size=120), max_size=8), st.integers(40, 90))
def test_code_blocks_stay_closed(blocks: list[str], limit: int) -> None:
    text = "".join(f"text {FENCE}\n{block}\n{FENCE}\n" for block in blocks)
    parts = split_text(text, limit)
    assert all(count_units(part) <= limit for part in parts)
    assert all(part.count(FENCE) % 2 == 0 for part in parts)
    assert visible("".join(parts)).replace("`", "") == visible(text).replace("`", "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \n ", []),
        ("short", ["short"]),
        (f"{'a' * 25}\n\n{'b' * 20} {'c' * 20}", ["a" * 25, "b" * 20, "c" * 20]),
        (f"{'a' * 10}. {'b' * 12}! {'c' * 20}", [f"{'a' * 10}. {'b' * 12}!", "c" * 20]),
        ("x" * 70, ["x" * 32, "x" * 32, "x" * 6]),
        ("😀" * 20, ["😀" * 16, "😀" * 4]),
    ],
)
def test_cuts_where_a_reader_would(text: str, expected: list[str]) -> None:
    assert split_text(text, 32) == expected


def test_an_emoji_of_several_characters_is_not_cut() -> None:
    assert split_text(FAMILY * 5, 32) == [FAMILY * 2, FAMILY * 2, FAMILY]
    assert cut_text("Family: " + FAMILY, 18) == "Family:…"


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("Yes", 20, "Yes"),
        ("two\nlines  here", 20, "two lines here"),
        ("Take over the conversation", 20, "Take over the conve…"),
        ("🇪🇸🇫🇷🇩🇪", 10, "🇪🇸🇫🇷…"),
        ("🇪🇸🇫🇷🇩🇪", 9, "🇪🇸🇫🇷…"),
    ],
)
def test_labels_are_cut_to_fit(text: str, limit: int, expected: str) -> None:
    assert cut_text(text, limit) == expected
    assert count_units(cut_text(text, limit)) <= limit


@given(words, st.integers(2, 40))
def test_labels_never_exceed(text: str, limit: int) -> None:
    assert count_units(cut_text(text, limit)) <= limit
