"""Which models a tenant has."""

import pytest

from core.errors import Misconfigured
from routing.catalogue import Catalogue, shipped
from tenants.models import ModelCard, ModelPolicy

ALL = Catalogue(("groq", "anthropic", "openai"))
OWN = ModelCard(provider="compatible", model="llama3.3", region="local")


def names(catalogue: Catalogue, policy: ModelPolicy | None = None, keys: tuple[str, ...] = ()) -> set[str]:
    return {card.name for card in catalogue.cards(policy or ModelPolicy(), keys)}


def test_every_kind_that_the_product_promises_is_shipped() -> None:
    chat = [card for card in shipped() if card.task == "chat"]
    assert {card.provider for card in chat} == {"groq", "anthropic", "openai"}
    assert {card.tier for card in chat} == {"cheap", "strong"}
    assert any(card.vision for card in chat)
    assert {card.provider for card in shipped() if card.task == "transcription"} == {"groq", "openai"}
    assert len({card.name for card in shipped()}) == len(shipped())


def test_only_what_there_is_a_key_for() -> None:
    assert names(Catalogue(())) == set()
    assert all(name.startswith("groq/") for name in names(Catalogue(("groq",))))
    assert names(Catalogue(()), keys=("anthropic",)) == {"anthropic/claude-haiku-5-5", "anthropic/claude-sonnet-5-5"}


def test_a_tenant_allows_by_name_pattern_and_region() -> None:
    assert names(ALL, ModelPolicy(allowed=("anthropic/*",))) == names(Catalogue(("anthropic",)))
    assert names(ALL, ModelPolicy(allowed=("groq/llama-3.3-70b-versatile",))) == {"groq/llama-3.3-70b-versatile"}
    assert names(ALL, ModelPolicy(regions=("local",))) == set()
    local = Catalogue(("compatible", "groq"), only=OWN)
    assert names(local, ModelPolicy(regions=("local",))) == {"compatible/llama3.3"}


def test_a_tenant_adds_and_replaces() -> None:
    slow = ModelCard(provider="groq", model="llama-3.3-70b-versatile", seconds=9.0)
    cards = ALL.cards(ModelPolicy(add=(slow,)), ())
    assert [card.seconds for card in cards if card.name == slow.name] == [9.0]


def test_the_one_model_of_the_operator_is_the_only_one_there() -> None:
    one = ModelCard(provider="openai", model="gpt-4.1-mini")
    assert names(Catalogue(("openai",), only=one)) == {"openai/gpt-4.1-mini"}
    assert "groq/llama-3.3-70b-versatile" in names(Catalogue(("openai", "groq"), only=one))


def test_a_slip_in_a_name_is_refused_with_what_to_do() -> None:
    ALL.check(ModelPolicy(allowed=("groq/*", "compatible/llama3.3"), add=(OWN,)))
    with pytest.raises(Misconfigured, match="grok"):
        ALL.check(ModelPolicy(allowed=("grok/*",)))
