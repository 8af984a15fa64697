"""Which model is asked first, and which not at all."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.router import PATIENCE_SECONDS, VALUE_USD, Candidate, Need, choose, experience
from tenants.models import ModelCard, ModelPolicy

CHEAP = ModelCard(provider="groq", model="cheap", skill=3.2, seconds=0.8, context_tokens=32_000)
STRONG = ModelCard(
    provider="anthropic", model="strong", tier="strong", skill=5.2, context_tokens=200_000, vision=True, tools=True
)
HERE = ModelCard(provider="compatible", model="here", skill=2.5, region="local")
EASY = Need(difficulty=0, score=0.1, input_tokens=1_500, output_tokens=500, deadline_seconds=20)
HARD = replace(EASY, difficulty=4, score=0.9)
ANY = ModelPolicy()


def cheap(**changes: object) -> Candidate:
    return replace(Candidate(card=CHEAP, price_usd=0.001, seconds=0.8), **changes)


def strong(**changes: object) -> Candidate:
    return replace(Candidate(card=STRONG, price_usd=0.006, seconds=1.4), **changes)


def order(need: Need, *candidates: Candidate, policy: ModelPolicy = ANY) -> list[str]:
    return [ranked.card.model for ranked in choose(need, candidates, policy).ranked]


def test_easy_goes_to_the_cheap_one_and_hard_to_the_strong_one() -> None:
    assert order(EASY, strong(), cheap()) == ["cheap", "strong"]
    assert order(HARD, cheap(), strong()) == ["strong", "cheap"]


def test_a_busy_or_slow_model_steps_back_only_when_somebody_waits() -> None:
    queued = cheap(seconds=12.0)
    assert order(EASY, queued, strong()) == ["strong", "cheap"]
    assert order(replace(EASY, waits=False), queued, strong()) == ["cheap", "strong"]


def test_a_failing_model_steps_back() -> None:
    assert order(EASY, cheap(failing=0.6), strong()) == ["strong", "cheap"]


def test_what_is_cached_makes_a_model_cheaper() -> None:
    other = Candidate(card=CHEAP.model_copy(update={"model": "other"}), price_usd=0.0012, seconds=0.8)
    assert order(EASY, other, cheap()) == ["cheap", "other"]
    assert order(EASY, cheap(), replace(other, price_usd=0.0007, cached_tokens=900)) == ["other", "cheap"]


def test_a_tenants_outcomes_outweigh_the_catalogue() -> None:
    assert order(EASY, cheap(good=2, bad=38), strong()) == ["strong", "cheap"]
    assert order(HARD, cheap(good=60), strong()) == ["cheap", "strong"]


def test_nearing_a_limit_it_goes_cheaper() -> None:
    assert order(replace(HARD, budget_used=0.5), cheap(), strong()) == ["strong", "cheap"]
    assert order(replace(HARD, budget_used=0.95), cheap(), strong()) == ["cheap", "strong"]


def test_quality_says_what_an_answer_is_worth() -> None:
    assert order(replace(HARD, difficulty=3), cheap(), strong(), policy=ModelPolicy(quality="economy"))[0] == "cheap"
    assert order(EASY, cheap(), strong(), policy=ModelPolicy(quality="best"))[0] == "cheap"
    assert order(replace(EASY, difficulty=2), cheap(), strong(), policy=ModelPolicy(quality="best"))[0] == "strong"


@pytest.mark.parametrize(
    ("need", "candidate", "reason"),
    [
        (replace(EASY, pictures=True), cheap(), "sees no pictures"),
        (replace(EASY, tools=True), cheap(), "calls no tools"),
        (replace(EASY, input_tokens=32_000), cheap(), "context too small"),
        (EASY, cheap(breaker="open"), "failing, left alone for now"),
        (EASY, cheap(price_usd=None), "price unknown"),
        (EASY, cheap(seconds=21), "too slow or too busy for the deadline"),
        (EASY, cheap(trouble="the key for Groq was refused"), "the key for Groq was refused"),
    ],
)
def test_who_cannot_is_left_out_and_why(need: Need, candidate: Candidate, reason: str) -> None:
    choice = choose(need, [candidate, strong()], ANY)
    assert choice.left_out == {"groq/cheap": reason}
    assert [ranked.card.model for ranked in choice.ranked] == ["strong"]


def test_a_quality_floor_holds_also_when_money_runs_out() -> None:
    assert order(replace(EASY, budget_used=0.99), cheap(), strong(), policy=ModelPolicy(floor="strong")) == ["strong"]


def test_the_decision_is_told_with_its_reasons() -> None:
    told = choose(HARD, [cheap(breaker="open"), strong(cached_tokens=700, good=3)], ANY).told()
    assert told["difficulty"] == 4 and told["left_out"] == {"groq/cheap": "failing, left alone for now"}
    assert told["order"] == [
        {
            "model": "anthropic/strong", "worth_usd": pytest.approx(0.0099, abs=0.0005),
            "good": pytest.approx(0.8, abs=0.01), "price_usd": 0.006, "seconds": 1.4,
            "cached_tokens": 700, "outcomes": 3,
        }
    ]  # fmt: skip


candidates = st.builds(
    Candidate,
    card=st.sampled_from([CHEAP, STRONG, HERE]),
    price_usd=st.none() | st.floats(0, 1),
    seconds=st.floats(0.01, 60),
    failing=st.floats(0, 1),
    breaker=st.sampled_from(["closed", "open", "probe"]),
    good=st.integers(0, 10_000),
    bad=st.integers(0, 10_000),
)
needs = st.builds(
    Need,
    difficulty=st.integers(0, 4),
    score=st.floats(0, 1),
    input_tokens=st.integers(0, 300_000),
    output_tokens=st.integers(1, 10_000),
    deadline_seconds=st.floats(0.1, 60),
    pictures=st.booleans(),
    tools=st.booleans(),
    waits=st.booleans(),
    budget_used=st.floats(0, 1.2),
)


@given(need=needs, pool=st.lists(candidates, max_size=6, unique_by=lambda each: each.card.name))
def test_only_the_capable_are_asked_best_first_each_once(need: Need, pool: list[Candidate]) -> None:
    choice = choose(need, pool, ANY)
    names = [ranked.card.name for ranked in choice.ranked]
    assert len(set(names)) == len(names)
    assert set(names) | set(choice.left_out) == {each.card.name for each in pool}
    assert not set(names) & set(choice.left_out)
    worths = [ranked.worth for ranked in choice.ranked]
    assert worths == sorted(worths, reverse=True)
    for ranked in choice.ranked:
        assert ranked.card.vision or not need.pictures
        assert ranked.card.tools or not need.tools
        assert need.input_tokens + need.output_tokens <= ranked.card.context_tokens


@given(skill=st.floats(0, 8), difficulty=st.integers(0, 4), good=st.integers(0, 1000), bad=st.integers(0, 1000))
def test_experience_is_a_chance_and_moves_with_what_happened(
    skill: float, difficulty: int, good: int, bad: int
) -> None:
    chance = experience(skill, difficulty, good, bad)
    assert 0 < chance < 1
    assert experience(skill, difficulty, good + 1, bad) >= chance >= experience(skill, difficulty, good, bad + 1)


def test_the_figures_a_reader_may_rely_on() -> None:
    assert PATIENCE_SECONDS == 1.5
    assert VALUE_USD["economy"] < VALUE_USD["balanced"] < VALUE_USD["best"]
