"""How many tokens a text is, without anyone's tokenizer: estimates that rather take too many than too few.

UTF-8 bytes serve all scripts: Latin text has 3.5 to 4.5 bytes a token with the tokenizers of 2024 to 2026, Cyrillic
4 to 6, Chinese and Japanese about 3, emoji 2 to 4.
"""

import math

_BYTES_A_TOKEN = 3.5
_LEAST_BYTES_A_TOKEN = 2.5
"""Digits, code and rare scripts."""


def estimate_tokens(text: str) -> int:
    return math.ceil(len(text.encode(errors="replace")) / _BYTES_A_TOKEN)


def most_tokens(text: str) -> int:
    """For what must not be too little, such as a reservation of money."""
    return math.ceil(len(text.encode(errors="replace")) / _LEAST_BYTES_A_TOKEN)
