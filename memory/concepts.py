"""Everyday business matters that people name in many ways, in any language.

So "where are you?" finds "Address", and a question about opening hours in German finds the English hours.
"""

import re
from functools import cache

from memory.lexicon import CONCEPTS
from memory.spelling import SLIP, Spelling

PHRASES = {
    "how much": "§price", "wie viel": "§price", "what time": "§time", "que hora": "§time", "welche uhrzeit": "§time",
    "which hours": "§hours", "до скольки": "§hours", "со скольки": "§hours", "quelle heure": "§time",
    "auf?": "§hours", " ihr auf": "§hours", "ihr zu?": "§hours", "habt ihr zu": "§hours",
    "во сколько": "§time", "ou etes": "§place", "ou est": "§place", "ou se trouve": "§place",
    "how long": "§span", "how many days": "§span", "how quickly": "§span", "wie lange": "§span", "wie schnell": "§span",
    "cuanto tarda": "§span", "cuanto tiempo": "§span", "combien de temps": "§span", "quanto tempo": "§span",
    "quanto demora": "§span", "как долго": "§span", "сколько времени": "§span", "сколько дней": "§span",
    "сколько идет": "§span", "how do i get": "§place", "how to find": "§place", "como llegar": "§place",
    "как добраться": "§place",
}  # fmt: skip
"""Folded; where the words by themselves say nothing."""

QUALIFIERS = frozenset(
    f"§{name}"
    for name in (
        "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "january", "february", "march",
        "april", "may", "june", "july", "august", "september", "october", "november", "december",
    )
)  # fmt: skip
"""They narrow a question down and are not what it is about."""

_LONGEST_ENDING = 5
_SHORTEST_SLIP = 6
"""Letters; shorter words are too much alike to guess at."""
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


@cache
def _slips() -> Spelling:
    return Spelling(word for word in (*_STARTS, *_WHOLE) if len(word) >= _SHORTEST_SLIP)


def guess_concept(word: str) -> str | None:
    """The concept of a longer word that was mistyped, such as “mondey”."""
    found = _slips().nearest(word) if len(word) >= _SHORTEST_SLIP else None
    return find_concept(found[0]) if found and found[1] >= SLIP else None
