"""Whatever a model asks for, there is an answer to it: no name and no arguments break a turn."""

import asyncio
from typing import Any, cast

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.acting.proposing import Step, act
from agents.actions.declaration import Belongs
from agents.actions.registry import find_actions
from agents.draft import Draft
from agents.specialists.team import TEAM
from core.business import BusinessRecord
from core.turns import Reader, TurnTools
from tests.agents.world import Talk, shop

FORWARDER = "forwarder"
ACTIONS = find_actions(shop(FORWARDER)[0].agents)
FIELDS = sorted({name for declared in ACTIONS.values() for name in declared.arguments.model_fields})
MINE = "INV-1"
_TEXT = st.text(st.characters(codec="utf-8"), max_size=40)
_WORDS = st.sampled_from(
    ["", "12.50", "-1", "0", "1e9", "999999999.99", "NaN", MINE, "INV-2", "2026-12-01T10:00:00+00:00",
     "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2026-12-01", "name", "ticket", "\0",
     "https://evil.example", "A" * 9_000]
)  # fmt: skip
_PLAIN = st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats() | _TEXT | _WORDS
_JSON = st.recursive(
    _PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3), max_leaves=6
)
_ARGUMENTS = st.dictionaries(st.sampled_from(FIELDS) | _TEXT, _JSON, max_size=5)


@st.composite
def _calls(draw: st.DrawFn) -> tuple[str, Any]:
    """Any, or one with the fields that its action has."""
    name = draw(st.sampled_from(sorted(ACTIONS)) | _TEXT)
    declared = ACTIONS.get(name)
    if declared is None or draw(st.booleans()):
        return name, draw(_ARGUMENTS | _JSON)
    own: dict[str, Any] = {}
    for field, about in declared.arguments.model_fields.items():
        belongs = any(isinstance(mark, Belongs) for mark in about.metadata)
        own[field] = draw(st.just(MINE) | _WORDS if belongs else _WORDS | _JSON)
    return name, own


def do(name: str, arguments: Any, agent: str = "general") -> tuple[Step, Draft]:
    talk = Talk(FORWARDER)
    talk.people.on_file = [BusinessRecord(kind=kind, reference=MINE, status="open") for kind in ("invoice", "order")]
    tools = TurnTools(
        models=cast("Any", talk.model), reader=cast("Reader", talk.people), clock=talk.clock, routine=talk.answers
    )
    draft = Draft(talk.turn([talk.message("I want my money back")]), tools, TEAM)
    draft.words = "I want my money back"
    return asyncio.run(act(draft, name, arguments, agent=agent)), draft


@settings(max_examples=200, deadline=None)
@given(call=_calls(), agent=st.sampled_from(["general", "billing", "logistics", "sales", "nobody", ""]))
def test_any_name_with_any_arguments_is_answered(call: tuple[str, Any], agent: str) -> None:
    step, draft = do(*call, agent)
    assert step.status in ("read", "queued", "asked", "refused", "shadow", "repeated")
    outcome = draft.finish()
    orjson.dumps([outcome.trace, outcome.state])  # a turn that cannot be written down is no answer either
    if step.status == "queued":
        (action,) = outcome.actions
        assert action.contact == draft.contact and action.agent == agent


def test_the_property_reaches_more_than_refusals() -> None:
    step, draft = do("create_ticket", {"title": "A box", "details": "wet"})
    assert step.status == "queued"
    assert draft.actions


@pytest.mark.parametrize("value", [2**70, -(2**70)], ids=["great", "small"])
def test_a_number_that_no_database_holds_is_refused(value: int) -> None:
    assert do("create_ticket", {"title": value})[0].status == "refused"


@pytest.mark.parametrize("value", ["\ud800", {"\udfff": 1}], ids=["half a character", "in a key"])
def test_half_a_character_is_refused(value: Any) -> None:
    assert do("create_ticket", {"title": value})[0].status == "refused"
