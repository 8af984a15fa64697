"""Who answers, and which of the tenant's own actions are asked for."""

import pytest

from tenants.agents import AgentPolicy, HttpAction, HttpField, Specialist
from tests.agents.intake.reading_world import read

CREDIT = HttpAction(
    name="credit_invoice", title="Credit on an invoice", about="Gives a credit", agent="billing",
    url="https://erp.example/invoices/{invoice}/credits",
    fields={"invoice": HttpField(type="reference", kind="invoice"), "amount": HttpField(type="amount")},
    done="credited", phrases=("credit invoice", "compensation", "Gutschrift", "компенсация"), money_moving=True,
)  # fmt: skip
POLICY = AgentPolicy(
    http=(CREDIT,),
    specialists=(Specialist(name="cakes", purpose="Wedding cakes", topics=("wedding", "tier")),),
)


@pytest.mark.parametrize(
    ("text", "agent"),
    [
        ("why was I charged twice?", "billing"), ("please refund order 5512", "billing"),
        ("where is BA-20433?", "logistics"),
        ("my parcel is late", "logistics"), ("where is my order?", "sales"), ("how much is a cake?", "sales"),
        ("the website shows an error", "technical"), ("which documents do i need for customs", "documents"),
        ("how can I become a supplier?", "procurement"), ("remind me tomorrow at 9", "general"), ("hello", "general"),
        ("the driver broke my parcel, i want to complain", "logistics"),
    ],
)  # fmt: skip
def test_each_intent_has_its_agent(text: str, agent: str) -> None:
    assert read(text).agent == agent


def test_an_agent_that_is_not_on_is_general() -> None:
    assert read("why was I charged twice?", policy=AgentPolicy(on=("sales",))).agent == "general"


def test_a_tenants_own_specialist_comes_first() -> None:
    assert read("how much is a three-tier cake for our weddings?", policy=POLICY).agent == "cakes"
    assert read("how much is a cake?", policy=POLICY).agent == "sales"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("please credit my invoice INV-77120", "en"), ("I want compensations", "en"),
        ("ich will eine Gutschrift", "de"),
        ("требую компенсацию", "ru"),
    ],
)  # fmt: skip
def test_own_actions_are_found_by_their_phrases(text: str, language: str) -> None:
    request = read(text, language, policy=POLICY)
    assert request.wants == ("credit_invoice",)
    assert request.risk == "medium"


@pytest.mark.parametrize(
    "text",
    ["where is my invoice?", "I don't want any compensation", "accreditation", "credit where it is due to invoice"],
)
def test_and_not_by_parts_of_words_or_what_is_refused(text: str) -> None:
    assert read(text, policy=POLICY).wants == ()
