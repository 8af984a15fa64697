"""How a reply sounds and what it is made of: insults, shouting, the wrong language, debris, loops."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from agents.language import detect_language
from agents.quality.disguise import close_up, unmask
from agents.quality.grammar import split_sentences
from core.texts import LANGUAGES
from memory.clauses import fold_letters
from memory.words import split_words

Fault = Literal["empty", "long", "insult", "shouting", "language", "debris", "loop"]
LONGEST = 4_000
_JUDGED = 16_000
_SHORT_WORDS, _SHORT_LETTERS = 8, 40
"""A reply below either is in any language: names, hours, prices."""
_LONG_LETTERS = 150
"""From here on both halves have to show the other language by themselves."""
_LOUD, _LOUD_WORDS, _LOUD_LETTERS = 0.7, 4, 16
_SAME_SENTENCE, _SAME_WORDS, _WORDS_IN_A_ROW = 3, 4, 8
_SPELLED = re.compile(r"(?<!\w)(?:\w[\s._|/-]{1,3}){7,}\w(?!\w)")
"""Eight single letters in a row: what nobody writes but to get a word past somebody."""
_DEBRIS = re.compile(
    r"```|~~~|^\s{0,3}#{1,6}\s|^\s*\|.*\|\s*$|\|\s*:?-{3,}|</?(?:[a-z][\w-]*)(?:\s[^<>]{0,200})?/?>|<!--|&(?:nbsp|amp|lt|gt|quot);"
    r"|\{\s*\"[^\"]{0,80}\"\s*:|\[\s*\{|\"(?:arguments|parameters|tool_calls?|function(?:_call)?|name)\"\s*:|<\|[^|]{1,40}\|>"
    r"|\[/?INST\]|\b(?:tool_call|function_call|tool_use|end_of_turn)\b|\{\{?\s?[a-z_]{2,30}\s?\}?\}|^\s*(?:system|assistant|user|human|tool)\s*:"
    r"|\[(?:your|customer|insert|name|date|company|link)[^\]]{0,40}\]|\bNOT_IN_NOTES\b|\\[nt](?![a-z])|\\u[0-9a-f]{4}"
    r"|^\s*(?:null|none|undefined|nan|true|false)\s*$|\bobject Object\b|\ufffd"
    r"|^\s*(?:import|def|function|select|curl)\s.*[({*]",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class _Words:
    insults: re.Pattern[str]
    at_customer: re.Pattern[str]


def find_faults(reply: str, language: str) -> tuple[Fault, ...]:
    """Each once. Never raises."""
    text = unmask(reply[:_JUDGED])
    words = split_words(text)
    if not any(letter.isalnum() for letter in text):
        return ("empty",)
    return tuple(_find(reply, text, words, language))


def _find(reply: str, text: str, words: list[str], language: str) -> Iterator[Fault]:
    if len(reply) > LONGEST:
        yield "long"
    if _insults(text):
        yield "insult"
    if _shouts(text):
        yield "shouting"
    if _is_other_language(text, words, language):
        yield "language"
    if _DEBRIS.search(text) or _SPELLED.search(text):
        yield "debris"
    if _loops(text, words):
        yield "loop"


def _insults(text: str) -> bool:
    rude = _words()
    plain = " ".join(fold_letters(close_up(text)).split())
    return rude.insults.search(plain) is not None or rude.at_customer.search(plain) is not None


def _shouts(text: str) -> bool:
    if "!!!" in text:
        return True
    words = [word for word in re.findall(r"[^\W\d_]{2,}", text) if word.upper() != word.lower()]
    loud = [word for word in words if word.isupper()]
    return len(loud) >= _LOUD_WORDS and len("".join(loud)) >= _LOUD_LETTERS and len(loud) >= _LOUD * len(words)


def _is_other_language(text: str, words: list[str], language: str) -> bool:
    """Only where it is plain: the whole shows another language, and so does each half that shows any."""
    wanted = language.partition("-")[0].lower()
    letters = [letter for letter in text if letter.isalpha()]
    if wanted not in LANGUAGES or len(letters) < _SHORT_LETTERS // 2:
        return False
    if _in_strange_script(letters, wanted):
        return True
    if len(words) < _SHORT_WORDS or len(letters) < _SHORT_LETTERS:
        return False
    whole, middle = detect_language(text), text.find(" ", len(text) // 2)
    halves = [detect_language(text[:middle]), detect_language(text[middle:])]
    if whole in (None, wanted) or any(half not in (None, whole) for half in halves):
        return False
    return None not in halves or (len(letters) < _LONG_LETTERS and halves != [None, None])


def _in_strange_script(letters: list[str], wanted: str) -> bool:
    cyrillic = sum("\u0400" <= letter <= "\u052f" for letter in letters)
    latin = sum(letter < "\u0250" or "\u1e00" <= letter < "\u1f00" for letter in letters)
    return (latin if wanted == "ru" else cyrillic) > 0.8 * len(letters) or cyrillic + latin < 0.5 * len(letters)


def _loops(text: str, words: list[str]) -> bool:
    said = Counter(
        " ".join(w for w in split_words(sentence) if not w[0].isdigit()) for sentence in split_sentences(text)
    )
    if any(count >= _SAME_SENTENCE for sentence, count in said.items() if sentence.count(" ") >= _SAME_SENTENCE - 1):
        return True
    rows = Counter(tuple(words[at : at + _WORDS_IN_A_ROW]) for at in range(len(words) - _WORDS_IN_A_ROW + 1))
    return bool(rows) and max(rows.values()) >= _SAME_WORDS


@cache
def _words() -> _Words:
    table = tomllib.loads(Path(__file__).with_name("tone.toml").read_text(encoding="utf-8"))
    stems = [
        f"{re.escape(word[1:])}(?!\\w)" if word.startswith("=") else f"{re.escape(word)}\\w*"
        for word in table["words"].split()
    ]
    return _Words(
        insults=re.compile(rf"(?<!\w)(?:{'|'.join(stems).replace('_', ' ')})"),
        at_customer=re.compile(rf"(?<!\w)(?:{'|'.join(table['at_you'])})(?!\w)"),
    )
