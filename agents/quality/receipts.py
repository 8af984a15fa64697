"""Receipts: what a done action allows to be said."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Receipt:
    """Kept as JSON in the conversation's state, so its fields stay plain."""

    action: str
    title: str
    done: tuple[str, ...]
    """Verbs of `ActionDeclaration.done`: sent, reminded, created, booked, cancelled, changed, refunded, credited,
    ordered."""
    reference: str = ""
    """Of what was made or touched; several are separated by spaces."""
    amount_micros: int = 0
    currency: str = ""
    at: float = 0.0
    """Unix seconds."""
