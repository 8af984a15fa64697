"""A document is remembered in a few lines: how it begins and what has figures."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.digests import LONGEST, digest_document

INVOICE = """Mill & Sons
Invoice
To: Crumb & Kettle

Thank you for your order and for many years of trust.
""" + "\n".join(f"General condition {n} says nothing of interest to anybody" for n in "abcdefgh") + """
Flour T55 25 kg        18.40 EUR
Rye                    21,10 EUR
Due 2026-12-01
Total: 39.50 €
"""  # fmt: skip


def test_the_beginning_and_the_figures_stay() -> None:
    digest = digest_document(INVOICE)
    assert digest.startswith("Mill & Sons | Invoice | To: Crumb & Kettle | Thank you")
    for kept in ("18.40 EUR", "21,10 EUR", "Due 2026-12-01", "Total: 39.50 €"):
        assert kept in digest
    assert "condition" not in digest
    assert digest.endswith("[…]")


@pytest.mark.parametrize("text", ["", " \n\n ", "x" * 100_000, "12.50 EUR\n" * 9_000, "\u200b\n🥐"])
def test_odd_documents(text: str) -> None:
    assert len(digest_document(text)) <= LONGEST


@given(st.text(max_size=3_000))
def test_never_longer_and_on_one_line(text: str) -> None:
    digest = digest_document(text)
    assert len(digest) <= LONGEST
    assert "\n" not in digest
