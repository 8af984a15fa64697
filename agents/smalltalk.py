"""What needs no knowledge: greetings, thanks, a wish for a person, anger. By phrases, in six languages."""

import re
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Literal

from memory.words import split_words

Mood = Literal["greeting", "thanks", "bye", "ack", "person", "upset", "wordless"]

_SECTIONS: dict[str, dict[str, list[str]]] = tomllib.loads(
    Path(__file__).with_name("phrases.toml").read_text(encoding="utf-8")
)
_PERSON_WHOLE = frozenset(_SECTIONS["person_whole"]["words"])


def _compile(section: str, leave_out: frozenset[str] = frozenset()) -> re.Pattern[str]:
    phrases = {phrase for listed in _SECTIONS[section].values() for phrase in listed} - leave_out
    longest_first = sorted(phrases, key=len, reverse=True)
    return re.compile(rf"(?<!\S)(?:{'|'.join(map(re.escape, longest_first))})(?!\S)")


_PERSON, _UPSET = _compile("person", _PERSON_WHOLE), _compile("upset")
_SMALL: dict[Mood, re.Pattern[str]] = {
    "thanks": _compile("thanks"), "bye": _compile("bye"), "greeting": _compile("greeting"), "ack": _compile("ack"),
}  # fmt: skip
_NAME_WORDS = 1
"""Words that may be left over after a greeting: "hello Nora"."""
_LONGEST = 60


@lru_cache(maxsize=512)
def read_mood(text: str) -> Mood | None:
    """None when the text has to be answered for what it says."""
    words = split_words(text[:1000])
    if not words:
        return "wordless"
    plain = " ".join(words)
    if plain in _PERSON_WHOLE or _PERSON.search(plain):
        return "person"
    if _UPSET.search(plain):
        return "upset"
    if len(plain) > _LONGEST or "?" in text:
        return "greeting" if _only("greeting", plain, 0) else None
    for mood, pattern in _SMALL.items():
        if pattern.search(plain) and _only_small(plain, _NAME_WORDS if mood == "greeting" else 0):
            return mood
    return None


def _only(mood: Mood, plain: str, left_over: int) -> bool:
    rest, found = _SMALL[mood].subn(" ", plain)
    return found > 0 and len(rest.split()) <= left_over


def _only_small(plain: str, left_over: int) -> bool:
    for pattern in _SMALL.values():
        plain = pattern.sub(" ", plain)
    return len(plain.split()) <= left_over
