"""Everyday business matters that people name in many ways, in any language.

So "where are you?" finds "Address", and a question about opening hours in German finds the English hours.
"""

import re

from memory.lexicon import CONCEPTS

PHRASES = {
    "how much": "§price", "wie viel": "§price", "what time": "§hours", "que hora": "§hours", "welche uhrzeit": "§hours",
    "which hours": "§hours", "до скольки": "§hours", "со скольки": "§hours", "quelle heure": "§hours",
    "how do i get": "§place", "how to find": "§place", "como llegar": "§place", "как добраться": "§place",
}  # fmt: skip
"""Folded; where the words by themselves say nothing."""

_LONGEST_ENDING = 5
_WHOLE: dict[str, str] = {}
_STARTS: dict[str, str] = {}
for _concept, _words in CONCEPTS.items():
    for _word in _words:
        if _word.startswith("="):
            _WHOLE[_word[1:]] = f"§{_concept}"
        else:
            (_STARTS if len(_word) >= 4 else _WHOLE)[_word] = f"§{_concept}"
# The longest first, so that a row's longer start wins over another row's shorter one.
_START = re.compile("|".join(re.escape(start) for start in sorted(_STARTS, key=len, reverse=True)))


def find_concept(word: str) -> str | None:
    """The concept a folded word names, as `§hours`, or None."""
    if concept := _WHOLE.get(word):
        return concept
    found = _START.match(word)
    if found is None or len(word) - found.end() > _LONGEST_ENDING:
        return None
    return _STARTS[found.group()]
