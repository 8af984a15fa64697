"""What is none of the business's business, how urgent it is, and what a wrong answer would cost."""

import pytest

from agents.language import choose_language
from tenants.agents import AgentPolicy, Specialist
from tests.agents.intake.reading_world import lines, read, sentences


def test_general_chat_is_out_of_scope() -> None:
    out = lines("scope", "out")
    assert len(out) == 40
    let_in = [text for text in out if read(text, choose_language(text, "en")).in_scope]
    assert len(let_in) <= 2, let_in


def test_nothing_that_may_be_about_the_business_is_refused() -> None:
    within = [*lines("scope", "in"), *(text for name in ("developed", "held_out") for _, _, text in sentences(name))]
    assert len(lines("scope", "in")) == 60
    assert [text for text in within if not read(text, choose_language(text, "en")).in_scope] == []


def test_nothing_is_refused_for_a_language_taken_for_another() -> None:
    within = [(language, text) for language in ("en", "ru", "pt") for _, _, text in sentences("developed")]
    assert [text for language, text in within if not read(text, language).in_scope] == []


def test_what_a_tenant_declares_as_its_topic_is_in_scope() -> None:
    policy = AgentPolicy(specialists=(Specialist(name="poet", purpose="Poems to order", topics=("poem",)),))
    assert not read("write me a poem").in_scope
    assert read("write me a poem", policy=policy).in_scope


@pytest.mark.parametrize(
    ("text", "language", "urgency"),
    [
        ("I need it asap!", "en", "high"), ("no hurry, whenever you can", "en", "low"), ("where is it", "en", "normal"),
        ("es urgente, por favor", "es", "high"), ("не срочно, когда сможете", "ru", "low"),
        ("bitte sofort", "de", "high"), ("c'est urgent", "fr", "high"), ("sem pressa", "pt", "low"),
        ("it is not urgent", "en", "low"),
    ],
)  # fmt: skip
def test_urgency(text: str, language: str, urgency: str) -> None:
    assert read(text, language).urgency == urgency


@pytest.mark.parametrize(
    ("text", "language", "risk"),
    [
        ("are you open on sunday?", "en", "low"), ("please refund order 5512", "en", "medium"),
        ("cancel my booking", "en", "medium"), ("my lawyer will sue you", "en", "high"),
        ("i am allergic to peanuts, is that safe?", "en", "high"), ("delete my personal data", "en", "high"),
        ("soy celiaca, lleva gluten?", "es", "high"), ("подам на вас в суд", "ru", "high"),
        ("ich gehe zum anwalt", "de", "high"), ("je suis allergique aux noix", "fr", "high"),
        ("vou ao procon", "pt", "high"), ("я отравился вашим тортом", "en", "high"),
    ],
)  # fmt: skip
def test_risk(text: str, language: str, risk: str) -> None:
    assert read(text, language).risk == risk
