"""What the words of a sentence mean together, by `rules.toml`."""

import tomllib
from collections.abc import Set
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import get_args

from agents.intake.request import Intent

_MARKS = frozenset(
    ["question", "named", "reference", "case_reference", "number", "time", "amount", "phone", "email", "refused"]
)
"""Names that `agents/intake/reading.py` adds to those of the words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    intent: Intent
    weight: float
    groups: tuple[frozenset[str], ...]
    """One of each has to be there."""
    none: frozenset[str]

    def fits(self, names: Set[str]) -> bool:
        return all(not group.isdisjoint(names) for group in self.groups) and self.none.isdisjoint(names)


@cache
def rules() -> tuple[Rule, ...]:
    """The heaviest first."""
    rows = tomllib.loads(Path(__file__).with_name("rules.toml").read_text(encoding="utf-8"))["rules"]
    read = [
        Rule(
            intent=row["intent"],
            weight=row["weight"],
            groups=tuple(frozenset(group.split("|")) for group in row["all"]),
            none=frozenset(row.get("none", ())),
        )
        for row in rows
    ]
    assert all(rule.intent in get_args(Intent) for rule in read)
    return tuple(sorted(read, key=lambda rule: -rule.weight))


def rule_names() -> frozenset[str]:
    """All that the rules look for."""
    return frozenset(name for rule in rules() for group in (*rule.groups, rule.none) for name in group) - _MARKS


@lru_cache(maxsize=4_096)
def judge(names: frozenset[str]) -> tuple[Intent, float] | None:
    """The heaviest rule that fits."""
    return next(((rule.intent, rule.weight) for rule in rules() if rule.fits(names)), None)
