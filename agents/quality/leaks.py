"""Whether a reply shows what it must not: our instructions, secrets, keys, and what belongs to other people.

The work is linear in the reply. What the reply was given to answer from is nobody's secret: addresses and numbers that
stand in it may be repeated.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal

from agents.quality.disguise import decode, fold_lookalikes, rot13, squash, unleet, unmask

LeakKind = Literal["secret", "instructions", "key", "e-mail", "phone", "account", "card", "id", "link"]
_LONGEST_TEXT = 16_000
_SHORTEST_SECRET = 6
"""Letters and digits; a shorter one would be found in innocent words."""
_LONG_SECRET, _PART, _SHORTEST_PART = 12, 0.6, 10
"""Of a long secret, this share of it in a row is the secret."""
_MOST_DECODED = 60
_GRAM, _STRIDE = 40, 20
"""Characters without spaces: some eight words of our instructions in a row."""
_KEYS = re.compile(
    r"\b(?:sk-(?:ant-|proj-)?[\w-]{16,}|gsk_\w{16,}|gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|hf_\w{20,}"
    r"|xox[abprs]-[\w-]{10,}|A(?:KIA|SIA)[A-Z0-9]{12,}|AIza[\w-]{20,}|EAA[A-Za-z0-9]{24,}|[sr]k_(?:live|test)_\w{8,}"
    r"|whsec_\w{8,}|SG\.[\w-]{8,}\.[\w-]{8,}|eyJ[\w-]{8,}\.[\w-]{6,}|\d{8,10}:[\w-]{30,}|ya29\.[\w-]{16,})"
    r"|-----BEGIN|\b(?:[Bb]earer|[Bb]asic) [\w.~+/-]{16,}|://[^\s/:@]+:[^\s/@]+@"
)
_TOKEN = re.compile(r"[A-Za-z0-9+/_=-]{20,}")
_TOKEN_BITS = 3.5
"""Of entropy a character: words and names that are run together have less."""
_EMAIL = re.compile(
    r"[\w.+-]{1,64}\s?(?:@|\(at\)|\[at\]|\{at\})\s?[\w-]{1,64}(?:\s?(?:\.|\(dot\)|\[dot\]|\(punkt\))\s?[\w-]{2,63})+"
    r"|\b[\w.+-]{1,64} at [\w-]{1,64} dot [a-z]{2,24}\b",
    re.IGNORECASE,
)
_PHONE = re.compile(r"(?<![\w.,/-])\+?\(?\d(?:[\d ()./\u00a0-]{6,22})\d(?![\w-])")
_DATE = re.compile(r"\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{2,4}|\d{1,2}[:.h]\d{2}\b")
_TELLING = re.compile(r"[\d@_]|://|--|www\.|.{16}")
"""In a word that may be part of a key, a number or an address; all others are passed over."""
_MONEY = re.compile(
    r"(?<![\d+(])[1-9]\d{0,2}(?:[.,]\d{3})+(?!\d)|[€$£₽]\s?[\d ]+|(?<![\d+(])[1-9]\d{0,2}(?: \d{3})+(?=\s?[€$£₽])"
)
_AT = re.compile(r"@|[(\[{]at[)\]}]| at [\w-]+ dot ", re.IGNORECASE)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{2,4}){3,8}\b")
_CARD = re.compile(r"(?<![\w-])(?:\d[ -]?){12,18}\d(?![\w-])")
_ID = re.compile(
    r"\b[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}\b|\b[0-9a-f]{24,64}\b", re.IGNORECASE
)
_INTERNAL = re.compile(
    r"\b(?:tenant|stream|contact|account|approval|member|conversation)_?id\b\W{0,4}\d*", re.IGNORECASE
)
_LINK = re.compile(r"\b(?:https?://|www\.)[^\s<>\"')\]]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Leak:
    kind: LeakKind
    """Never what was found: a finding is read by the model that leaked it."""


def find_leaks(
    reply: str, given: Sequence[str], *, instructions: Sequence[str] = (), secrets: Sequence[str] = ()
) -> tuple[Leak, ...]:
    """Each kind once. Never raises."""
    text = unmask(reply[:_LONGEST_TEXT])
    material = _Material(given)
    kinds: dict[LeakKind, None] = {}
    decoded = _decode_twice(text)
    views = [squash(each) for each in (text, *decoded)]
    if not text.isascii():
        views.append(squash(fold_lookalikes(text)))
    if any(_shows_secret(views, secret) for secret in secrets):
        kinds["secret"] = None
    if _shows_instructions(views, tuple(instructions), material):
        kinds["instructions"] = None
    for shown in (text, *decoded):
        kinds |= dict.fromkeys(_find_private(shown, material))
    return tuple(Leak(kind) for kind in kinds)


def _decode_twice(text: str) -> list[str]:
    once = list(dict.fromkeys(decode(text)))[:_MOST_DECODED]
    return list(dict.fromkeys([*once, *(again for each in once for again in decode(each))]))[: 2 * _MOST_DECODED]


class _Material:
    """What may be repeated."""

    def __init__(self, given: Sequence[str]) -> None:
        self._given = given

    @cached_property
    def _plain(self) -> str:
        return unmask("\n".join(self._given)).casefold()

    @cached_property
    def _digits(self) -> str:
        return re.sub(r"\D+", "", self._plain)

    @cached_property
    def _squashed(self) -> str:
        return squash(self._plain)

    def holds(self, words: str) -> bool:
        return words.casefold() in self._plain or ((bare := squash(words)) != "" and bare in self._squashed)

    @cached_property
    def _plain_squashed(self) -> str:
        return unleet(self._squashed)

    def holds_part(self, squashed: str) -> bool:
        return squashed in self._squashed or squashed in self._plain_squashed

    def holds_number(self, digits: str) -> bool:
        """Also without the prefix of its country."""
        return digits in self._digits or (len(digits) > 9 and digits[-9:] in self._digits)


def _shows_secret(views: Sequence[str], secret: str) -> bool:
    parts, plain = _parts(secret)
    return any(part in view for view in views for part in parts) or any(
        part in view for view in map(unleet, views) for part in plain
    )


@lru_cache(maxsize=1_024)
def _parts(secret: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What to look for, and the same for text without leet: the parts as they are, turned round, shifted, and both."""
    bare = squash(unmask(secret))
    if len(bare) < _SHORTEST_SECRET:
        return (), ()
    size = len(bare) if len(bare) < _LONG_SECRET else max(_SHORTEST_PART, math.ceil(len(bare) * _PART))
    parts = [bare[at : at + size] for at in range(len(bare) - size + 1)]
    turned = [each for part in parts for each in (part, part[::-1])]
    return tuple(turned + [rot13(part) for part in turned]), tuple(map(unleet, turned))


def _shows_instructions(views: Sequence[str], instructions: tuple[str, ...], material: _Material) -> bool:
    grams = _grams(instructions)
    if not grams:
        return False
    for view in views:
        shifted = rot13(view)
        for each in (view, view[::-1], shifted, shifted[::-1], unleet(view)):
            for at in range(0, len(each) - _GRAM + 1, _STRIDE):
                part = each[at : at + _GRAM]
                if part in grams and not material.holds_part(part):
                    return True
    return False


@lru_cache(maxsize=256)
def _grams(instructions: tuple[str, ...]) -> frozenset[str]:
    bare = squash(unmask("\n".join(instructions)))
    windows = [bare[at : at + _GRAM] for at in range(len(bare) - _GRAM + 1)]
    return frozenset(windows) | {unleet(window) for window in windows}


def _find_private(whole: str, material: _Material) -> Iterator[LeakKind]:
    text = " ".join(token if _TELLING.search(token) else "\n" for token in whole.split())
    links = [link.group() for link in _LINK.finditer(text)]
    if any(not material.holds(link.rstrip(".,;:!?")) for link in links):
        yield "link"
    if (
        any(not material.holds(key.group()) for key in _KEYS.finditer(text))
        or _INTERNAL.search(text)
        or any(_is_random(token.group()) and not material.holds(token.group()) for token in _TOKEN.finditer(text))
    ):
        yield "key"
    if _AT.search(whole) and any(not material.holds(found.group()) for found in _EMAIL.finditer(whole)):
        yield "e-mail"
    if any(
        not material.holds(found.group()) for found in _IBAN.finditer(text) if sum(map(str.isdigit, found.group())) > 8
    ):
        yield "account"
    if any(not material.holds(found.group()) for found in _ID.finditer(text)):
        yield "id"
    yield from _find_numbers(text, material)


def _find_numbers(text: str, material: _Material) -> Iterator[LeakKind]:
    for found in _CARD.finditer(text):
        digits = re.sub(r"\D", "", found.group())
        if _is_card(digits) and not material.holds_number(digits):
            yield "card"
    plain = _MONEY.sub("#", _DATE.sub("#", text))
    for found in _PHONE.finditer(plain):
        digits = re.sub(r"\D", "", found.group())
        if 8 <= len(digits) <= 15 and (len(digits) > 8 or "+" in found.group()) and not material.holds_number(digits):
            yield "phone"


def _is_random(token: str) -> bool:
    """A long word, a name in capitals or a path is none: what is random has digits, or capitals in its middle."""
    if not any(map(str.isdigit, token)) and not (token.isalnum() and not (token[1:].islower() or token.isupper())):
        return False
    return any(map(str.isalpha, token)) and _entropy(token) > _TOKEN_BITS


def _entropy(token: str) -> float:
    size = len(token)
    return -sum(count / size * math.log2(count / size) for count in Counter(token).values())


def _is_card(digits: str) -> bool:
    """By Luhn's sum."""
    if not 13 <= len(digits) <= 19 or len(set(digits)) < 2:
        return False
    total = sum(sum(divmod(int(digit) * (1 + at % 2), 10)) for at, digit in enumerate(reversed(digits)))
    return total % 10 == 0
