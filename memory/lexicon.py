"""Words that say little by themselves, by language: they show what a question is about, and in which language."""

import tomllib
from pathlib import Path


def _load() -> dict[str, dict[str, frozenset[str]]]:
    sections = tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))
    return {name: {key: frozenset(words.split()) for key, words in rows.items()} for name, rows in sections.items()}


_SECTIONS = _load()
FUNCTION_WORDS = _SECTIONS["function_words"]
REQUEST_WORDS = _SECTIONS["request_words"]
QUESTION_STARTS = _SECTIONS["question_starts"]["all"]
CONCEPTS = _SECTIONS["concepts"]
