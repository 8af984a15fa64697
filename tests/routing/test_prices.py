"""What usage costs: whose price, cached parts apart, always rounded up, never guessed in silence."""

import random
from decimal import ROUND_CEILING, Decimal

import pytest
from genai_prices import Usage
from genai_prices.data_snapshot import get_snapshot
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Misconfigured
from core.models import TokenUsage
from routing.prices import OwnPrice, Prices, is_local, list_providers, listed_models

PRICES = Prices()
TOKENS = st.integers(0, 2_000_000)


@st.composite
def usages(draw: st.DrawFn) -> TokenUsage:
    plain, read, write, output = (draw(TOKENS) for _ in range(4))
    return TokenUsage(
        input_tokens=plain + read + write, cached_read_tokens=read, cached_write_tokens=write, output_tokens=output
    )


def test_cached_tokens_are_priced_apart() -> None:
    price = PRICES.find("anthropic", "claude-sonnet-4-5")
    million = 1_000_000
    assert price.certainty == "exact"
    # USD 3.00 plain, 0.30 read from the cache, 3.75 written to it, 15.00 output, for a million of each below 200,000
    assert price.cost(TokenUsage(input_tokens=100_000)).usd_micros == 0.3 * million
    assert price.cost(TokenUsage(input_tokens=100_000, cached_read_tokens=100_000)).usd_micros == 0.03 * million
    assert price.cost(TokenUsage(input_tokens=100_000, cached_write_tokens=100_000)).usd_micros == 0.375 * million
    mixed = TokenUsage(input_tokens=1000, cached_read_tokens=200, cached_write_tokens=100, output_tokens=50)
    assert price.cost(mixed).usd_micros == 700 * 3 + 60 + 375 + 50 * 15


def test_the_least_use_costs_a_whole_micro() -> None:
    price = PRICES.find("groq", "llama-3.3-70b-versatile")
    assert price.cost(TokenUsage(input_tokens=1)).usd_micros == 1
    assert price.cost(TokenUsage()).usd_micros == 0


def test_more_cached_tokens_than_tokens_is_no_usage() -> None:
    for price in (PRICES.find("openai", "gpt-4.1-mini"), PRICES.find("x", "y", base_url="http://localhost:1")):
        with pytest.raises(ValueError, match="more cached"):
            price.cost(TokenUsage(input_tokens=1, cached_read_tokens=1, cached_write_tokens=1))


@pytest.mark.parametrize(
    ("provider", "model"),
    [("anthropic", "claude-sonnet-4-5"), ("openai", "gpt-4.1-mini"), ("groq", "llama-3.3-70b-versatile")],
)
@given(usage=usages())
def test_no_usage_costs_more_than_the_worst_case(provider: str, model: str, usage: TokenUsage) -> None:
    price = PRICES.find(provider, model)
    assert price.cost(usage).usd_micros <= price.worst(usage.input_tokens, usage.output_tokens).usd_micros


@given(usage=usages(), prices=st.tuples(*[st.decimals(0, 100, places=4)] * 4))
def test_nor_with_own_prices(usage: TokenUsage, prices: tuple[Decimal, ...]) -> None:
    own = OwnPrice(input=prices[0], output=prices[1], cached_read=prices[2], cached_write=prices[3])
    price = Prices({("vllm", "m"): own}).find("vllm", "m")
    assert price.certainty == "exact"
    cost = price.cost(usage).usd_micros
    assert 0 <= cost <= price.worst(usage.input_tokens, usage.output_tokens).usd_micros


def test_every_listed_model_costs_what_the_list_adds_up_itself() -> None:
    chance = random.Random(1)
    for provider in get_snapshot().providers:
        for model, (name, price) in zip(provider.models, listed_models(provider.id), strict=True):
            size = chance.choice((100, 100_000, 1_000_000))
            plain, read, write, output = (chance.randint(1, size) for _ in range(4))
            usage = Usage(
                input_tokens=plain + read + write, cache_read_tokens=read, cache_write_tokens=write,
                output_tokens=output,
            )  # fmt: skip
            dollars = model.calc_price(usage, provider).total_price
            counted = TokenUsage(
                input_tokens=plain + read + write, cached_read_tokens=read, cached_write_tokens=write,
                output_tokens=output,
            )  # fmt: skip
            micros = (dollars * 1_000_000).to_integral_value(ROUND_CEILING)
            assert price.cost(counted).usd_micros == micros, name


def test_above_a_tier_all_of_the_input_is_dearer() -> None:
    price = PRICES.find("anthropic", "claude-sonnet-4-5")
    below, above = (price.cost(TokenUsage(input_tokens=tokens)).usd_micros for tokens in (200_000, 200_001))
    assert (below, above) == (600_000, 1_200_006)  # USD 3 a million, and 6 for all of it above 200,000


def test_a_price_of_somebody_else_is_an_estimate_and_says_whose() -> None:
    price = PRICES.find("compatible", "meta-llama/llama-3.3-70b-versatile")
    assert (price.certainty, price.basis) == ("estimated", "groq's llama-3.3-70b-versatile")
    assert price.cost(TokenUsage(input_tokens=1)).certainty == "estimated"


def test_a_relative_is_an_estimate_and_the_dearest_one() -> None:
    price = PRICES.find("anthropic", "claude-opus-99")
    assert price.certainty == "estimated"
    assert price.basis.startswith("anthropic's claude-opus-")
    dearest = PRICES.find("anthropic", "claude-opus-4-1").worst(1000, 1000).usd_micros
    assert price.worst(1000, 1000).usd_micros >= dearest


@pytest.mark.parametrize("model", ["qqq-7b", "", "x", "zz/zz:latest", "ü"])
def test_an_unknown_price_is_refused_with_what_to_set(model: str) -> None:
    with pytest.raises(Misconfigured, match="Set its price in US dollars"):
        PRICES.find("compatible", model, base_url="https://models.example.com/v1")


def test_the_operators_price_goes_before_the_list() -> None:
    operator = Prices({("openai", "gpt-4.1-mini"): OwnPrice(input=Decimal(1))})
    assert operator.find("openai", "gpt-4.1-mini").cost(TokenUsage(input_tokens=9)).usd_micros == 9


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://127.0.0.1:11434/v1", True), ("http://localhost:8000", True), ("http://[::1]:1", True),
        ("http://192.168.1.4/v1", True), ("http://10.0.0.1", True), ("http://ollama:11434", True),
        ("http://gpu.local:8000", True), ("https://api.openai.com/v1", False), ("http://127.0.0.1@example.com", False),
        ("http://127.0.0.1.example.com", False), ("http://8.8.8.8", False), ("", False), ("nonsense", False),
    ],
)  # fmt: skip
def test_only_what_runs_next_door_is_free(url: str, local: bool) -> None:
    assert is_local(url) is local


def test_a_local_model_is_free() -> None:
    price = PRICES.find("compatible", "whatever", base_url="http://127.0.0.1:11434/v1")
    assert price.worst(10**6, 10**6).usd_micros == price.audio(Decimal(3600)).usd_micros == 0
    assert (price.certainty, price.basis) == ("exact", "local")


def test_transcription_goes_by_the_second_the_shortest_bill_or_an_estimated_minute() -> None:
    assert PRICES.find("openai", "whisper-1").audio(Decimal(60)).usd_micros == 6000
    groq = PRICES.find("groq", "whisper-large-v3-turbo")
    assert groq.audio(Decimal(3)) == groq.audio(Decimal(10))  # ten seconds are billed at least
    estimated = PRICES.find("openai", "gpt-4o-transcribe").audio(Decimal(60))
    assert (estimated.usd_micros, estimated.certainty) == (6000, "estimated")
    with pytest.raises(Misconfigured, match="a minute of audio"):
        PRICES.find("openai", "gpt-4.1-mini").audio(Decimal(60))


def test_the_list_can_be_shown() -> None:
    assert {"openai", "anthropic", "groq"} < set(list_providers())
    shown = dict(listed_models("groq"))
    assert shown["llama-3.3-70b-versatile"].certainty == "exact"
    with pytest.raises(Misconfigured, match="anthropic"):
        list(listed_models("nobody"))
