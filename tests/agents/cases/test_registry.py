"""Kinds of case register themselves, each under a name and a letter of its own."""

import pkgutil
from dataclasses import replace

import pytest

import agents.cases.kinds
from agents.cases.kinds import KINDS
from agents.cases.registry import list_kinds, register
from agents.texts import TEXTS


def test_every_module_of_the_folder_is_a_kind() -> None:
    modules = {each.name for each in pkgutil.iter_modules(agents.cases.kinds.__path__)}
    assert set(KINDS) == modules == {"call", "price_watch", "refund", "reminder", "shipment", "ticket"}
    assert list(KINDS) == sorted(KINDS)


@pytest.mark.parametrize("changes", [{}, {"name": "other"}, {"prefix": "X"}])
def test_a_name_or_a_letter_is_taken_once(changes: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="ticket"):
        register(replace(KINDS["ticket"], **changes))
    assert list_kinds() == KINDS


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_has_words_for_all_it_says(name: str) -> None:
    kind = KINDS[name]
    assert {kind.noun, *kind.views.values()} <= TEXTS.keys
    assert set(kind.orders) <= set(kind.views)
    assert not kind.deadline or TEXTS.placeholders(kind.deadline) == {"at"}
    assert kind.prefix or not (kind.startable or kind.orders)
