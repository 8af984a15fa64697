"""Why a file cannot be read: with words for whoever sent it, and a code for rooms that have words of their own."""

from typing import Literal, get_args

from core.errors import Rejected

Reason = Literal[
    "empty", "damaged", "password", "macros", "bomb", "program", "archive", "not_pdf", "old_office", "other_office",
    "media", "heic", "kind", "too_large", "no_text", "slow",
]  # fmt: skip
REASONS: frozenset[str] = frozenset(get_args(Reason))


class Unreadable(Rejected):
    def __init__(self, text: str, reason: Reason) -> None:
        super().__init__(text)
        self.reason: Reason = reason
