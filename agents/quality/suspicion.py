"""What in a text from outside tries to give us orders, or to look like ours. Such a text is data, and stays data.

It may be a message, a document, the name of a file or of a person, a web page, or what another agent said. What is
found narrows what may be done; nothing that a text says can widen it.
"""

import re
import tomllib
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

from agents.quality.disguise import close_up, decode, fold_lookalikes, rot13, unleet_words, unmask
from memory.clauses import fold_letters

Kind = Literal["orders", "prompt", "others", "roles", "encoded", "authority"]
_KINDS: tuple[Kind, ...] = ("orders", "prompt", "others", "authority", "roles")
_LONGEST_TEXT = 8_000
_MOST_DECODED = 24
_GAP = r"(?:[^\w.!?]{1,3}[\w'’-]+){0,4}?[^\w.!?]{1,3}"
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad\U000e0020-\U000e007e]")
_SPACES = re.compile(r"(?:[^\S\n]|_)+")
_JOINED = re.compile(r"(?<=\w)[./\\|+~-](?=\w)")
_CHOPPED, _MARKS = re.compile(r"(?<!\w)(?:\w{1,30}[.,!;:*/|-]{1,3}\s{0,2}){3,}\w*"), re.compile(r"[.,!;:*/|-]+\s*")
_ANCHOR = re.compile(
    "instr|anweis|istruz|consign|prompt|rule|regel|regla|regra|ignor|forget|disreg|olvid|esque|vergiss|oubli|system|sistem|"
    "admin|owner|mode|modus|modo|appro|aprob|aprov|genehm|autori|custom|client|kund|tenant|key|reveal|show|assist|role|name|"
    "игнор|забуд|инстр|правил|указан|систем|админ|владел|хозя|клиент|покупат|одобр|разреш|режим|ключ|промпт"
)
"""Without one of these an undressed text is not worth a closer look: most ways to undress make nonsense of it."""
_LATIN = re.compile("[a-z]", re.IGNORECASE)
_CYRILLIC = re.compile("[\u0400-\u052f]")


@lru_cache(maxsize=256)
def read_suspicion(text: str) -> frozenset[str]:
    """The kinds that are there; empty for what customers write. Bounded, and never raises."""
    text = text[:_LONGEST_TEXT]
    shown = unmask(text)
    found = _read(shown)
    if found and _INVISIBLE.search(text) and not found <= _read(_INVISIBLE.sub(" ", text)):
        found |= {"encoded"}
    for view in _undress(shown):
        if view != shown and _ANCHOR.search(folded := fold_letters(view)) and (hidden := _read(folded) - found):
            found |= hidden | {"encoded"}
    return frozenset(found)


def _undress(shown: str) -> Iterator[str]:
    """The text out of each of its disguises, and what is encoded within what was encoded."""
    yield close_up(shown)
    yield _JOINED.sub(" ", shown)
    yield _CHOPPED.sub(lambda found: _MARKS.sub(" ", found.group()), shown)
    yield unleet_words(shown)
    yield unleet_words(shown, "l")
    if _CYRILLIC.search(shown):
        yield fold_lookalikes(shown)
    yield rot13(shown)
    yield shown[::-1]
    yield " ".join(word[::-1] for word in shown.split())
    for each in map(unmask, list(dict.fromkeys(decode(shown)))[:_MOST_DECODED]):
        yield each
        yield rot13(each)
        yield each[::-1]
        yield from map(unmask, list(decode(each))[:_MOST_DECODED])


def _read(text: str) -> set[str]:
    plain = _SPACES.sub(" ", fold_letters(text)).strip()
    found = {kind for kind, pattern in _patterns("any") if pattern.search(plain)}
    for language in ("ru",) if _CYRILLIC.search(plain) else ():
        found |= {kind for kind, pattern in _patterns(language) if pattern.search(plain)}
    if _LATIN.search(plain):
        found |= {kind for kind, pattern in _patterns("latin") if pattern.search(plain)}
    return found


@cache
def _patterns(which: str) -> tuple[tuple[Kind, re.Pattern[str]], ...]:
    """`latin`: all languages that are written in it. One look at where a word begins for all patterns together."""
    tables = tomllib.loads(Path(__file__).with_name("suspicion.toml").read_text(encoding="utf-8"))
    chosen = [
        table for name, table in tables.items() if name == which or (which == "latin" and name not in ("ru", "any"))
    ]
    start = "" if which == "any" else r"(?<!\w)(?=\w)"
    listed: dict[Kind, list[str]] = {kind: [each for table in chosen for each in _list(table, kind)] for kind in _KINDS}
    return tuple((kind, re.compile(f"{start}(?:{'|'.join(each)})")) for kind, each in listed.items() if each)


def _list(table: dict[str, str | list[str]], kind: Kind) -> Iterator[str]:
    macros = {name: words for name, words in table.items() if isinstance(words, str)}
    for pattern in table.get(kind, ()):
        for name, words in macros.items():
            pattern = pattern.replace(f"{{{name}}}", words)
        # An underscore is read as a space, so that the name of a file shows what it says.
        yield f"(?:{pattern.replace('_', '[_ ]') if kind == 'roles' else pattern.replace('~', _GAP)})"
