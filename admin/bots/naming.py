"""What a business's own bot may be called, from the business's name."""

import re
import unicodedata
from hashlib import blake2b

_LONGEST, _LONGEST_NAME = 32, 64
"""Of a username, and of a bot's name. Source: core.telegram.org/bots/features#botfather, November 2026."""
_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that look like others."""
_SUFFIX = 4
_ENDING = "_bot"
_LATIN = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "e", "ж": "zh", "з": "z", "и": "i", "й": "y",
    "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f",
    "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "yu",
    "я": "ya", "є": "ye", "і": "i", "ї": "yi", "ґ": "g", "ў": "u", "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o",
    "ł": "l", "đ": "d", "ı": "i", "þ": "th", "ð": "d", "ä": "ae", "ö": "oe", "ü": "ue",
}  # fmt: skip


def suggest_name(business: str) -> str:
    return " ".join(business.split())[:_LONGEST_NAME].rstrip()


def suggest_username(business: str, seed: str) -> str:
    """5 to 32 Latin letters, digits and single underscores that end with `bot`; another one for another seed."""
    digest = blake2b(f"{business}\x1f{seed}".encode(), digest_size=_SUFFIX).digest()
    suffix = "".join(_SIGNS[byte % len(_SIGNS)] for byte in digest)
    words = _write_latin(business)
    base = words if words[:1].isalpha() else f"shop_{words}".rstrip("_")
    room = _LONGEST - len(_ENDING) - _SUFFIX - 1
    return f"{base[:room].rstrip('_')}_{suffix}{_ENDING}"


def _write_latin(text: str) -> str:
    """Lower-case words joined by underscores; what has no Latin form is left out."""
    composed = unicodedata.normalize("NFC", text.lower())
    spelt = unicodedata.normalize("NFKD", "".join(_LATIN.get(sign, sign) for sign in composed))
    plain = "".join(sign for sign in spelt if not unicodedata.combining(sign) and sign not in "'’`")
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
