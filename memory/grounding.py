"""Whether what a model claims to have read was said, by the person it is about, of themselves. Pure."""

import re

from memory.clauses import fold_letters, gives_orders, is_of_money_or_rights, names_others, split_clauses
from memory.slots import ABOUT_OTHERS, LONGEST_VALUE, SLOTS

_WORD = re.compile(r"[^\W_]+")
_SAME_LETTERS = 4
"""A word may be in another form than it was said in; its beginning stays."""


def is_grounded(slot: str, value: str, quote: str, said: str) -> bool:
    """`quote` must stand in a clause that `said` tells of its writer, and every word of `value` in it."""
    if slot not in SLOTS or not 2 <= len(value) <= LONGEST_VALUE or "\n" in value:
        return False
    plain_value, plain_quote = fold_letters(value), " ".join(_WORD.findall(fold_letters(quote)))
    if not plain_quote or is_of_money_or_rights(plain_value) or gives_orders(plain_value):
        return False
    for sentence in split_clauses(said):
        for clause in sentence.clauses:
            words = _WORD.findall(clause.plain)
            if f" {plain_quote} " not in f" {' '.join(words)} ":
                continue
            if slot not in ABOUT_OTHERS and names_others(clause.plain):
                return False
            return not is_of_money_or_rights(clause.plain) and _holds(words, _WORD.findall(plain_value))
    return False


def _holds(said: list[str], claimed: list[str]) -> bool:
    starts = {word[:_SAME_LETTERS] for word in said}
    return bool(claimed) and all(word[:_SAME_LETTERS] in starts or word in said for word in claimed)
