"""Tables in the knowledge: a passage a row, found by what it is about and told without the others."""

from hypothesis import given
from hypothesis import strategies as st

from core.turns import Passage
from memory.knowledge import KnowledgeIndex
from memory.passages import MOST_WORDS, split_markdown

PRICES = (
    "# Tarts\n\nBaked daily.\n\n"
    "| Item | Price | Weight |\n| --- | :-: | --- |\n| Plum | 19 € | 1 kg |\n| Fig | 24 € | |\n"
)


def texts(markdown: str) -> list[str]:
    return [passage.text for passage in split_markdown(markdown, "a.md")]


def test_a_row_carries_its_headings() -> None:
    assert texts(PRICES) == ["Baked daily.", "Plum – Price: 19 €, Weight: 1 kg", "Fig – Price: 24 €"]


def test_a_table_without_headings_has_its_values() -> None:
    assert texts("|  |  |\n|---|---|\n| Plum | 19 € |\n|  | later |") == ["Plum – 19 €", "later"]


def test_one_column_keeps_its_name() -> None:
    assert texts("| Closed on |\n|---|\n| Monday |") == ["Closed on: Monday"]


def test_what_only_looks_like_a_table_stays_a_text() -> None:
    assert texts("| not | a table |") == ["| not | a table |"]
    assert texts("a | b\n---|---\nc | d") == ["a | b\n---|---\nc | d"]


def test_one_price_is_found_among_many() -> None:
    rows = "\n".join(f"| Item {chr(97 + n)}{chr(97 + n)}x | {n} € |" for n in range(26))
    passages = split_markdown(f"| Item | Price |\n|---|---|\n{rows}\n| Rhubarb tart | 21.50 € |", "a.md")
    for alone in (False, True):
        found = KnowledgeIndex(passages, "en", alone=alone).search("How much is a rhubarb tart?")
        assert found[0].text == "Rhubarb tart – Price: 21.50 €"
        assert found[0].score > 0.9


CELL = st.text(
    st.characters(blacklist_characters="|\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029", blacklist_categories=["Cs"])
)


@given(st.lists(st.lists(CELL, min_size=2, max_size=2), min_size=1, max_size=6))
def test_no_table_breaks_and_no_piece_is_too_long(rows: list[list[str]]) -> None:
    lines = [f"| {' | '.join(row)} |" for row in [["a", "b"], ["---", "---"], *rows]]
    pieces: tuple[Passage, ...] = split_markdown("\n".join(lines), "a.md")
    assert all(piece.text and len(piece.text.split()) <= MOST_WORDS for piece in pieces)
