"""From a message to what its writer says of themselves: without quotes, questions, other people's words and orders.

Everything is looked at folded (lower case, no accents), in a form with one character for each of the text's, so that
what is found can be cut out of the text as it was written.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from memory.slots import SECTIONS

_LONGEST_TEXT = 2_000
_LONGEST_SENTENCE = 400
_QUOTED = re.compile(
    r"“[^”]*”|„[^“”]*[“”]|«[^»]*»|\"[^\"]*\"|`[^`]*`|(?<!\w)'[^'\n]{3,}'(?!\w)|(?m:^\s*>.*$)|“.*|«.*", re.DOTALL
)
_SENTENCE = re.compile(
    r"(?:[^.!?…\n;。！？]|(?<=\d)\.(?=\d)|(?<=\b[Ss]t)\.(?= )|(?<=\b\d)\.(?= \w)|(?<=\b\d\d)\.(?= \w))+[.!?…;。！？]*"
)


def _words(section: str, name: str = "words") -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{SECTIONS[section][name]})(?!\w)")


_LEADS = sorted({lead for listed in SECTIONS["lead"].values() for lead in listed.split("|")}, key=len, reverse=True)
_LEAD = re.compile(rf"(?:{'|'.join(_LEADS)})(?!\w)[\s,:—–-]*")
_WRONG, _ORDERS, _MATTERS = _words("wrong"), _words("orders"), _words("matters")
_OTHERS, _REPORTS = _words("self", "others"), _words("self", "reports")
_SELF = re.compile(rf"(?:{SECTIONS['self']['starts']})(?!\w)")
_PART = re.compile(
    r"\s*,\s*|\s+[—–-]\s+|\s+(?=(?:and|but|y|pero|и|но|und|aber|et|mais|e|mas)\s+(?:i|i'm|i've|my|we|soy|vivo|tengo|me|mi|"
    r"trabajo|prefiero|я|у меня|мне|мой|моя|меня|ich|mein|meine|je|j'|mon|ma|eu|sou|moro|meu|minha|prefiro)\b)"
)


@dataclass(frozen=True, slots=True)
class Clause:
    plain: str
    """Folded; as long as `text`."""
    text: str
    corrects: bool
    """Something known was said to be wrong right before."""
    plain_on: str
    """From here to the end of the sentence: an address has commas."""
    text_on: str


@dataclass(frozen=True, slots=True)
class Sentence:
    clauses: tuple[Clause, ...]
    """What is told in it, without what leads in and without what is asked."""
    asks: bool
    """Or gives orders: something else is wanted than to be remembered."""


class _Folds(dict[int, str]):
    """By code point; each is worked out once."""

    def __missing__(self, code: int) -> str:
        folded = self[code] = _fold_letter(chr(code))
        return folded


_FOLDS = _Folds()


def fold_letters(text: str) -> str:
    """Lower case without accents, one character for each."""
    return unicodedata.normalize("NFC", text).translate(_FOLDS)


def _fold_letter(letter: str) -> str:
    if letter in "’‘ʼ":
        return "'"
    if letter == "ё":
        return "е"
    base = unicodedata.normalize("NFD", letter)[0] if letter < "\u0250" or "\u1e00" <= letter < "\u1f00" else letter
    lower = base.lower()
    return lower if len(lower) == 1 else base


def split_clauses(text: str) -> Iterator[Sentence]:
    """Sentence by sentence. Nothing is told in one that gives orders. Never raises."""
    text = unicodedata.normalize("NFC", text[:_LONGEST_TEXT])
    text = _QUOTED.sub(lambda quoted: "\n" * (len(quoted.group()) > 0), text)
    for found in _SENTENCE.finditer(text):
        sentence = found.group().strip()
        if not sentence or len(sentence) > _LONGEST_SENTENCE:
            continue
        asks = "?" in sentence or "？" in sentence
        sentence = sentence.rstrip(".!?…;。！？ ")
        plain = fold_letters(sentence)
        if gives_orders(plain):
            yield Sentence((), asks=True)
        else:
            yield Sentence(tuple(_own_parts(sentence, plain, asks=asks)), asks)


def gives_orders(plain: str) -> bool:
    """Whether it reads as words to the bot, not as words about a person."""
    return _ORDERS.search(plain) is not None


def is_of_money_or_rights(plain: str) -> bool:
    """What people say of prices, refunds and permissions is remembered of nobody."""
    return _MATTERS.search(plain) is not None or any(sign in plain for sign in "$€£₽%@") or "://" in plain


def names_others(plain: str) -> bool:
    return _OTHERS.search(plain) is not None


def _own_parts(sentence: str, plain: str, *, asks: bool) -> Iterator[Clause]:
    """The parts up to the first that speaks of something else; of a question all but the last, which asks."""
    places = _cut(plain)
    corrects = False
    for at, (start, end) in enumerate(places):
        text, folded, was_wrong = _strip_leads(sentence[start:end], plain[start:end])
        corrects = corrects or was_wrong
        if not folded:
            continue
        if asks and at == len(places) - 1:
            return
        here = end - len(folded)
        yield Clause(folded, text, corrects, plain[here:], sentence[here:])
        if _REPORTS.search(folded) or not _SELF.match(folded):
            return


def _cut(plain: str) -> list[tuple[int, int]]:
    places: list[tuple[int, int]] = []
    start = 0
    for found in _PART.finditer(plain):
        places.append((start, found.start()))
        start = found.end()
    return [*places, (start, len(plain))]


def _strip_leads(text: str, plain: str) -> tuple[str, str, bool]:
    wrong = False
    while True:
        bare = plain.lstrip(" ,:—–-¡¿*_~")
        text, plain = text[len(plain) - len(bare) :], bare
        found = _LEAD.match(plain)
        if found is None:
            return text, plain, wrong
        wrong = wrong or _WRONG.match(plain) is not None
        text, plain = text[found.end() :], plain[found.end() :]
