"""How many tokens a text takes, estimated by its characters: no vendor publishes every model's tokenizer.

Tokens a character, by script and model family, rounded up from counts of one customer message in sixteen languages
(o200k for `openai`, cl100k for `llama`, the last published vocabulary for `anthropic`). Each message is estimated
between 4 % below and 36 % above its count, rows of numbers up to 11 % below, all of them together 8 to 14 % above.
"""

from collections import Counter
from functools import lru_cache
from math import ceil
from typing import Literal

Family = Literal["openai", "anthropic", "llama"]
"""`llama` stands for every other model, too: a vocabulary of about 100,000 pieces, made mostly for English."""
_Kind = Literal[
    "plain",
    "letter",
    "accented",
    "cyrillic",
    "greek",
    "semitic",
    "indic",
    "thai",
    "han",
    "hangul",
    "digit",
    "mark",
    "rest",
]
_RATES: dict[_Kind, tuple[float, float, float]] = {
    # openai, anthropic, llama
    "plain": (0.24, 0.24, 0.24),  # letters and spaces of a text without any accent
    "letter": (0.26, 0.35, 0.30),  # the same beside accented ones: not English
    "accented": (1.00, 1.70, 1.40),
    "cyrillic": (0.32, 0.58, 0.51),
    "greek": (0.40, 1.30, 1.05),
    "semitic": (0.37, 1.05, 1.10),
    "indic": (0.33, 1.30, 1.20),
    "thai": (0.42, 1.80, 1.00),
    "han": (0.85, 1.15, 1.15),
    "hangul": (0.70, 1.30, 1.15),
    "digit": (0.60, 0.60, 0.60),
    "mark": (0.80, 0.80, 0.80),
    "rest": (2.00, 2.50, 2.00),
}
_COLUMN: dict[Family, int] = {"openai": 0, "anthropic": 1, "llama": 2}
_LETTERS = b" abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DIGITS = b"0123456789"
_MOST = 1.25
_LEAST_BYTES_A_TOKEN = 2.5
"""Letters at random, keys and code: what no estimate by words foresees."""
_ANTHROPIC, _OPENAI = ("claude",), ("gpt-", "chatgpt", "o1", "o3", "o4")
_BLOCKS: tuple[tuple[int, int, _Kind], ...] = (
    (0x00C0, 0x024F, "accented"), (0x0300, 0x036F, "accented"), (0x0370, 0x03FF, "greek"), (0x0400, 0x052F, "cyrillic"),
    (0x0590, 0x08FF, "semitic"), (0x0900, 0x0DFF, "indic"), (0x0E00, 0x0EFF, "thai"), (0x1E00, 0x1EFF, "accented"),
    (0x3000, 0x30FF, "han"), (0x3400, 0x9FFF, "han"), (0xAC00, 0xD7AF, "hangul"), (0xFF00, 0xFFEF, "han"),
)  # fmt: skip


def estimate_tokens(text: str, family: Family = "llama") -> int:
    column = _COLUMN[family]
    if text.isascii():
        rest = text.encode().translate(None, _LETTERS)
        marks = len(rest.translate(None, _DIGITS))
        digits = len(rest) - marks
        plain = len(text) - len(rest)
        return ceil(plain * _RATES["plain"][column] + digits * _RATES["digit"][column] + marks * _RATES["mark"][column])
    counts: Counter[_Kind] = Counter()
    for character, times in Counter(text).items():
        counts[_kind(character)] += times
    if not counts["accented"]:
        counts["plain"] = counts.pop("letter", 0)
    return ceil(sum(_RATES[kind][column] * times for kind, times in counts.items()))


def most_tokens(text: str, family: Family = "llama") -> int:
    """For what must not be too little, such as a reservation of money."""
    return ceil(max(estimate_tokens(text, family) * _MOST, len(text.encode(errors="replace")) / _LEAST_BYTES_A_TOKEN))


def family_of(model: str) -> Family:
    """By the model's name, with or without a vendor's path before it."""
    name = model.lower().rpartition("/")[2]
    if name.startswith(_ANTHROPIC):
        return "anthropic"
    return "openai" if name.startswith(_OPENAI) else "llama"


@lru_cache(maxsize=4_096)
def _kind(character: str) -> _Kind:
    code = ord(character)
    if code < 128:
        return "digit" if character.isdigit() else "letter" if character.isalpha() or character == " " else "mark"
    for first, last, kind in _BLOCKS:
        if first <= code <= last:
            return kind
    return "mark" if code in range(0x2010, 0x2040) else "rest"
