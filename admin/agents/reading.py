"""A rule in plain words, read by rules of ours: an action, what is said of it, an amount, and nothing left over."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from babel.numbers import get_currency_symbol
from pydantic import BaseModel, ConfigDict, JsonValue

from admin.agents.memory import ChangeRules
from agents.actions.declaration import ActionDeclaration
from core.money import MICROS, parse_amount
from core.texts import LANGUAGES, find_locale
from memory.clauses import fold_letters
from tenants.agents import AgentPolicy

_NUMBER = r"\d{1,3}(?:[ .,'’]\d{3})+(?:[.,]\d{1,2})?|\d+(?:[.,]\d{1,2})?"
_STOPS = re.compile(r"[.,;:!?¡¿\"“”„«»()…–—-]+")
_LONGEST = 300


class _Words(BaseModel):
    """Of one language: patterns."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    once: str
    twice: str
    times: str
    person: str
    without: str
    ask: str
    never: str
    upto: str
    over: str
    owner: str
    manager: str
    off: str
    on: str
    fill: str
    actions: dict[str, str]


@dataclass(slots=True)
class _Reading:
    """What is left of a sentence while its parts are taken out of it."""

    rest: str

    def take(self, pattern: str) -> re.Match[str] | None:
        """The first, and all of them are gone."""
        whole = re.compile(rf"(?<!\w)(?:{pattern})(?!\w)")
        found = whole.search(self.rest)
        self.rest = whole.sub(" ", self.rest) if found else self.rest
        return found

    def has(self, pattern: str) -> bool:
        return self.take(pattern) is not None


def read_rule(
    text: str, actions: Sequence[ActionDeclaration], policy: AgentPolicy, *, currency: str, language: str
) -> ChangeRules | None:
    """None when it is not one, or not wholly understood. The owner's language is tried first, then the others."""
    own = language.replace("_", "-").split("-")[0].lower()
    for each in sorted(LANGUAGES, key=lambda known: known != own):
        if len(text) <= _LONGEST and (found := _read(text, actions, policy, currency, each)) is not None:
            return found
    return None


def _read(
    text: str, actions: Sequence[ActionDeclaration], policy: AgentPolicy, currency: str, language: str
) -> ChangeRules | None:
    words = _load()[0][language]
    reading = _Reading(fold_letters(" ".join(text.split())))
    times = _read_times(reading, words)
    amount = _read_amount(reading, currency, language)
    reading.rest = _STOPS.sub(" ", reading.rest)
    reading.rest = " ".join(reading.rest.split())
    action = _read_action(reading, actions, policy, words)
    if action is None:
        return None
    reading.rest = " ".join(reading.rest.split())
    said = {
        name: reading.has(getattr(words, name))
        for name in ("without", "owner", "manager", "ask", "upto", "over", "off", "on", "never", "person")
    }
    reading.rest = " ".join(reading.rest.split())
    reading.has(words.fill)
    if reading.rest.strip(" '’") or (amount is not None and action.cost != "amount"):
        return None
    changes = _decide(frozenset(name for name, there in said.items() if there and name != "person"), amount, times)
    return ChangeRules(action=action.name, changes=changes) if changes else None


def _decide(said: frozenset[str], amount: str | None, times: int | None) -> dict[str, JsonValue] | None:
    """By what was said together; None for what does not go together."""
    changes: dict[str, JsonValue] = {} if times is None else {"times_a_day": times}
    if amount is not None:
        match sorted(said):
            case ["without"] | ["upto", "without"] | ["ask", "over"]:
                return {**changes, "decide": "ask", "allow_up_to": amount}
            case ["upto"] | ["never", "over"]:
                return {**changes, "at_most": amount}
            case _:
                return None
    match sorted(said):
        case []:
            return changes or None
        case ["upto"] if changes:
            return changes
        case ["without"]:
            return {**changes, "decide": "allow", "allow_up_to": None}
        case ["ask"]:
            return {**changes, "decide": "ask", "allow_up_to": None}
        case ["never"] if not changes:
            return {"decide": "forbid"}
        case ["off"] if not changes:
            return {"level": "off"}
        case ["on"] if not changes:
            return {"level": "live"}
        case ["owner"] | ["manager"] if not changes:
            return {"approver": next(iter(said))}
        case _:
            return None


def _read_times(reading: _Reading, words: _Words) -> int | None:
    if found := reading.take(words.times):
        return int(found[1])
    if reading.has(words.twice):
        return 2
    return 1 if reading.has(words.once) else None


def _read_amount(reading: _Reading, currency: str, language: str) -> str | None:
    """The one number there is, with or without the business's currency. Others are left over."""
    names = [
        re.escape(currency.lower()),
        re.escape(get_currency_symbol(currency, locale=find_locale(language)).lower()),
    ]
    if known := _load()[1].get(currency):
        names.append(known)
    named = "|".join(names)
    found = re.search(rf"(?<![\w.,])(?:(?:{named})\s*)?({_NUMBER})(?:\s*(?:{named})(?!\w))?(?![\w%])", reading.rest)
    if found is None:
        return None
    try:
        money = parse_amount(found[1].replace("’", "'"), currency)
    except ValueError:
        return None
    if money.micros <= 0:
        return None
    reading.rest = f"{reading.rest[: found.start()]} {reading.rest[found.end() :]}"
    return f"{money.micros // MICROS}.{money.micros % MICROS // 10_000:02}"


def _read_action(
    reading: _Reading, actions: Sequence[ActionDeclaration], policy: AgentPolicy, words: _Words
) -> ActionDeclaration | None:
    """The one that is spoken of. By its own name and phrases before by what it does."""
    phrases = {each.name: [each.title, *each.phrases] for each in policy.http}
    for exact in (True, False):
        found: list[tuple[int, str, ActionDeclaration]] = []
        for action in actions:
            pattern = _name_exactly(phrases.get(action.name, ())) if exact else _name_loosely(action, words)
            match = re.search(rf"(?<!\w)(?:{pattern})(?!\w)", reading.rest) if pattern else None
            if match is not None:
                found.append((len(match[0]), pattern, action))
        longest = max((length for length, _, _ in found), default=0)
        best = [each for each in found if each[0] == longest]
        if len(best) == 1:
            _, pattern, action = best[0]
            reading.take(pattern)
            if loosely := _name_loosely(action, words):
                reading.take(loosely)
            return action
        if best:
            return None
    return None


def _name_exactly(phrases: Sequence[str]) -> str:
    folded = sorted({fold_letters(each.strip()) for each in phrases if each.strip()}, key=len, reverse=True)
    return "|".join(re.escape(each) for each in folded)


def _name_loosely(action: ActionDeclaration, words: _Words) -> str:
    if action.executor != "http":
        return words.actions.get(action.name, "")
    return "|".join(words.actions[done] for done in action.done if done in words.actions)


@cache
def _load() -> tuple[Mapping[str, _Words], Mapping[str, str]]:
    """By language, and how currencies are called."""
    read = tomllib.loads(Path(__file__).with_name("rule_words.toml").read_text(encoding="utf-8"))
    return {language: _Words.model_validate(read[language]) for language in LANGUAGES}, read["currencies"]
