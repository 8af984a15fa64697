"""What can be told of a turn by itself, and which kinds of thing a question wants."""

import re
from collections.abc import Sequence
from math import log1p

from memory.answers import find_kinds
from memory.forms import TELLING
from memory.segments import fold, is_unspaced

ASKS, HANDS_OVER, FIRST_PERSON, WHEN, NUMBER = 1, 2, 4, 8, 16
"""Traits of a turn: it has a question; it ends with one, so that the other one is to tell; it is about who says it; it
has a word of time; it has a number, in words."""
LOOKED, MONEY, CLOCK, SPAN = 32, 64, 128, 256
"""Kinds of amount, looked for when a question wants one; LOOKED is set then, and NUMBER for one in figures."""
AMOUNTS = NUMBER | MONEY | CLOCK | SPAN

_ATTACHED = re.compile(r"\s*[\[(<][^\[\](<)>]*[\])>]\s*$")
"""A note such as `[shares a photo of …]` after what was said."""
_LONGEST_END = 500
_WORD_TRAITS: dict[str, int] = {}
for _name, _trait in (("first_person", FIRST_PERSON), ("when", WHEN), ("number", NUMBER)):
    _WORD_TRAITS.update({_word: _WORD_TRAITS.get(_word, 0) | _trait for _word in TELLING[_name]})
_TELLING = frozenset(_WORD_TRAITS)
_FIGURE = re.compile(r"\d|[一二三四五六七八九十]")
# Where words are not told apart by spaces.
_SELF = re.compile("[我咱私僕俺]|ผม|ฉัน|나는|저는|제가|내가|우리")
_TIME = re.compile("昨[天日]|今[天日]|明[天日]|[上下][周个月]|先[週月]|来[週月]|어제|오늘|내일|เมื่อวาน|วันนี้|พรุ่งนี้")
_WANTS: tuple[tuple[int, re.Pattern[str]], ...] = (
    (SPAN, re.compile(
        r"\b(?:how long|cuanto tiempo|wie lange|combien de temps|quanto tempo|как долго)\b|多久|どのくらい"
    )),
    (CLOCK, re.compile(
        r"\b(?:what time|a que hora|wie viel uhr|um wie viel|quelle heure|que horas|во сколько)\b|几点|何時"
    )),
    (MONEY, re.compile(
        r"\b(?:how much|what price|cuesta|costo|kostete?|coute|custa|custou|стоит|стоил\w*)\b|多少钱|いくら"
    )),
    # Later in the sentence such a word is no question: “What did you say when he came?”
    (WHEN, re.compile(
        r"^\W*(?:\w+\W+){0,2}?(?:when|cuando|wann|quand|quando|когда)\b|\b(?:what|which) (?:date|day|year|month)\b|"
        "什么时候|何时|いつ|언제|متى|מתי"
    )),
    (NUMBER, re.compile(
        r"\b(?:how many|how often|cuant[oa]s|wie viele|wie oft|combien|quant[oa]s|сколько)\b|多少|"
        "几|いくつ|何[個人回]|몇"
    )),
)  # fmt: skip
"""Folded; the first that fits counts."""
_LONG = log1p(60)
"""A turn of sixty words is as long as counts."""


def find_traits(text: str, words: Sequence[str]) -> int:
    """Of a turn that is added; its words are folded."""
    traits = 0
    for word in _TELLING.intersection(words):
        traits |= _WORD_TRAITS[word]
    if not text.isascii() and is_unspaced(text):
        if _SELF.search(text):
            traits |= FIRST_PERSON
        if _TIME.search(text):
            traits |= WHEN
    if "?" in text or "？" in text or "؟" in text or "\u037e" in text:
        traits |= ASKS
        if _ATTACHED.sub("", text[-_LONGEST_END:]).rstrip().endswith(("?", "？", "؟")):
            traits |= HANDS_OVER
    return traits


def find_amounts(text: str) -> int:
    """The kinds of amount that a turn has, a number in figures among them, and LOOKED."""
    traits = LOOKED | (NUMBER if _FIGURE.search(text) else 0)
    kinds = find_kinds(text)
    return traits | sum(trait for kind, trait in (("money", MONEY), ("clock", CLOCK), ("span", SPAN)) if kind in kinds)


def wanted_things(question: str) -> int:
    """The kinds of thing that answer a question; 0 when it does not say."""
    folded = fold(question)
    wanted = next((trait for trait, pattern in _WANTS if pattern.search(folded)), 0)
    return wanted | WHEN if wanted == SPAN else wanted


def manner(traits: int, words: int) -> float:
    """Between -1 and 1: how much a turn tells."""
    length = min(1.0, log1p(words) / _LONG)
    return 0.5 * length + (0.5 if traits & FIRST_PERSON else 0.0) - (1.0 if traits & HANDS_OVER else 0.0)
