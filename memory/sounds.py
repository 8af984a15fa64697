"""Names across scripts: what a word sounds like, so that «капучино» finds “cappuccino” and «Аликанте» Alicante."""

import re

_LETTERS = dict(
    zip("абвгдезийклмнопрстуфхцыэ", "abvgdeziiklmnoprstufhcie", strict=True)
    ) | {"ж": "zh", "ч": "ch", "ш": "sh", "щ": "sh", "ю": "iu", "я": "ia", "ъ": "", "ь": ""}  # fmt: skip
_CYRILLIC = str.maketrans(_LETTERS)
_RULES = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        ("oi", "ua"), ("ph", "f"), ("gh", "h"), ("sch|sh", "s"), ("cc|ch|ck|qu|q", "k"), ("c(?=[eiy])|ts|z", "s"),
        ("c", "k"), ("w", "v"), ("x", "ks"), ("[yj]", "i"), ("h", ""), (r"(.)\1+", r"\1"),
    )
)  # fmt: skip


def is_cyrillic(word: str) -> bool:
    return "а" <= word[:1] <= "я"


def to_latin(word: str) -> str:
    return word.translate(_CYRILLIC)


def sound_out(word: str) -> str:
    """Of a folded word in Latin letters; roughly alike for one name in two scripts, and of no use to read."""
    for pattern, sound in _RULES:
        word = pattern.sub(sound, word)
    return word
