"""Examples to learn from: what was asked, what was drafted, and what a person or QA made of it."""

from agents.draft import Draft
from core.changes import KeepExample

_LONGEST = 4_000


def keep_example(draft: Draft, question: str, drafted: str, correction: str, reason: str) -> None:
    """Deleted with all else when the customer asks to be forgotten."""
    if question and drafted and correction and drafted != correction:
        draft.changes.append(
            KeepExample(
                contact=draft.contact, question=question[:_LONGEST], draft=drafted[:_LONGEST],
                correction=correction[:_LONGEST], reason=reason[:80],
            )
        )  # fmt: skip


def keep_correction(draft: Draft, answer: str) -> None:
    """An owner answered what the bot had a draft for."""
    keep_example(
        draft, draft.state.unsure_question, draft.state.unsure_draft, answer.replace("\0", "").strip(), "owner"
    )
    if draft.state.unsure_draft:
        draft.keep(unsure_question="", unsure_draft="")
