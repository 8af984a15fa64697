"""Money back at a business without accounts to credit: asked for in words, approved, paid by hand, told truly."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from agents.actions.registry import find_actions, list_for
from agents.policy.judging import judge
from agents.policy.verdicts import Circumstances
from agents.quality.claims import unproven
from agents.quality.receipts import Receipt
from core.actions import ProposedAction
from core.business import CaseView
from core.changes import OpenApproval
from core.events import ActionResult, CustomerNotice, OwnerDecision
from core.ids import ApprovalId, StreamId, TenantId
from core.turns import Approval, TurnOutcome
from tenants.agents import AgentPolicy
from tests.agents.intake.reading_world import read
from tests.agents.intake.test_routes import POLICY
from tests.agents.world import ANA_CONTACT, NOON, STREAM, Talk, said

WORDS = [
    ("en", "I want my money back", "Can I get a refund of 12.50?"),
    ("es", "Quiero que me devuelvan el dinero", "¿Me pueden hacer un reembolso de 12,50?"),
    ("ru", "Верните мне деньги", "Можно возврат 12,50?"),
    ("de", "Ich möchte mein Geld zurück", "Kann ich eine Rückerstattung von 12,50 bekommen?"),
    ("fr", "Je veux être remboursé", "Puis-je avoir un remboursement de 12,50 ?"),
    ("pt", "Quero o meu dinheiro de volta", "Posso ter um reembolso de 12,50?"),
]


def small_bakery() -> Talk:
    """Without the till that the demo's has."""
    talk = Talk("bakery")
    talk.tenant = replace(talk.tenant, agents="{}")
    return talk


def asked_of(outcome: TurnOutcome) -> list[OpenApproval]:
    return [change for change in outcome.changes if isinstance(change, OpenApproval)]


async def approve(talk: Talk, opened: OpenApproval, amount: str) -> TurnOutcome:
    """By the owner, who changed the sum."""
    assert opened.asked is not None
    action = replace(opened.asked.action, arguments={**opened.asked.action.arguments, "amount": amount})
    talk.people.approvals[opened.approval_id] = Approval(
        approval_id=ApprovalId(opened.approval_id), tenant_id=TenantId(2), stream_id=STREAM, kind="action",
        status="approve", question=opened.question, reason=opened.reason, contact_name="Ana", channel="telegram",
        created_at=NOON, asked=replace(opened.asked, action=action),
    )  # fmt: skip
    return await talk.take(OwnerDecision(approval_id=opened.approval_id, decision="approve", member_name="Nora"))


def refund(step: str, days_ago: int | None = None) -> CaseView:
    closed = None if days_ago is None else NOON - timedelta(days=days_ago)
    return CaseView(
        stream_id=StreamId(UUID(int=70)), kind="refund", reference="M-1001", title="€10.00", step=step,
        contact_id=ANA_CONTACT, conversation=STREAM, deadline=None, opened_at=NOON - timedelta(days=30),
        changed_at=closed or NOON, closed_at=closed, pending_action="", attempts=0, version=1,
    )  # fmt: skip


@pytest.mark.parametrize(("language", "wish", "with_amount"), WORDS)
def test_it_is_asked_for_in_six_languages(language: str, wish: str, with_amount: str) -> None:
    assert read(wish, language).wants == read(with_amount, language).wants == ("give_refund",)
    assert read(with_amount, language).entities.amounts == ("12.50",)
    for line, amount in (("12.50", "12.50"), ("12,50 €", "12.50"), ("12", "12.00")):
        followed = read(line, language, history=[wish])
        assert (followed.wants, followed.entities.amounts) == (("give_refund",), (amount,))
    assert read("ok", language, history=[wish]).wants == ()


@pytest.mark.parametrize("text", ["What is your refund policy?", "I don't want a refund", "12", "I want a voucher"])
def test_and_by_no_other_words(text: str) -> None:
    assert read(text).wants == ()


def test_where_an_action_of_the_tenants_own_moves_money_there_is_no_paying_by_hand() -> None:
    assert read("I want my money back", policy=POLICY).wants == ()
    assert "give_refund" not in find_actions(POLICY.model_dump_json())
    plain = AgentPolicy().model_dump_json()
    able = {agent for agent in ("billing", "general", "sales", "logistics") if _may(plain, agent)}
    assert able == {"billing", "general"}


def _may(agents: str, agent: str) -> bool:
    return any(each.name == "give_refund" for each in list_for(agents, agent))


async def test_the_sum_is_asked_for_and_an_owner_decides() -> None:
    talk = small_bakery()
    first = await talk.take(talk.message("The tart was stale. I want my money back!"))
    assert asked_of(first) == [] and "How much" in said(first)
    second = await talk.take(talk.message("12.50"))
    (opened,) = asked_of(second)
    assert opened.asked is not None and opened.asked.approver == "owner" and opened.asked.action_hash
    assert opened.asked.action.arguments == {
        "amount": "12.50", "reason": "The tart was stale. I want my money back! / 12.50",
    }  # fmt: skip
    assert second.actions == () and "asked a colleague" in said(second)
    again = await talk.take(talk.message("I want a refund of 20 euros"))
    assert asked_of(again) == [] and "with a colleague already" in said(again)


async def test_what_is_approved_is_never_said_to_be_refunded_and_is_asked_for_once_a_day() -> None:
    talk = small_bakery()
    (opened,) = asked_of(await talk.take(talk.message("I want a refund of 12.50 euros")))
    (action,) = (await approve(talk, opened, "10.00")).actions
    assert (action.executor, action.money_moving, action.arguments["amount"]) == ("open_case", False, "10.00")
    receipt = await talk.take(
        ActionResult(
            action="give_refund", key="k", ok=True, result={"reference": "M-1001", "kind": "refund"}, agent="billing",
            arguments=action.arguments, approval_id=opened.approval_id,
        )
    )  # fmt: skip
    assert "€10.00" in said(receipt) and "approved" in said(receipt) and "M-1001" in said(receipt)
    assert "refunded" not in said(receipt)
    more = await talk.take(talk.message("I want a refund of 30 euros"))
    assert asked_of(more) == [] and more.actions == ()
    talk.people.cases = [refund("to_pay")]
    assert "approved, is being paid out" in await talk.say("When will I get my money back?")
    paid = {"reference": "M-1001", "kind": "refund", "step": "paid", "title": "€10.00"}
    news = await talk.take(CustomerNotice(notice="case_news", fields={**paid}))
    assert "has been paid back to you" in said(news)
    assert asked_of(await talk.take(talk.message("I want a refund of 30 euros"))) == []


@pytest.mark.parametrize(("days", "told"), [(2, True), (20, False)])
async def test_a_question_about_one_that_was_paid_lately_is_no_new_wish(days: int, told: bool) -> None:
    talk = small_bakery()
    talk.people.cases = [refund("paid", days)]
    assert ("has been paid back" in await talk.say("When do I get my money back?")) == told


def test_its_receipt_proves_that_it_was_arranged_and_not_that_it_was_paid() -> None:
    receipt = Receipt("give_refund", "Refund, paid by hand", ("created",), "M-1001")
    assert unproven("We have refunded you.", [receipt])


@pytest.mark.parametrize(("rules", "decision"), [({"decide": "allow"}, "ask"), ({"allow_up_to": "20"}, "allow")])
def test_without_asking_it_goes_up_to_a_sum_only(rules: dict[str, str], decision: str) -> None:
    policy = AgentPolicy.model_validate({"rules": {"give_refund": rules}})
    action = ProposedAction(
        name="give_refund", arguments={"amount": "12.50", "reason": "stale"}, agent="billing", contact=ANA_CONTACT,
    )  # fmt: skip
    at = Circumstances(
        actions=find_actions(policy.model_dump_json()), policy=policy, person=frozenset({ANA_CONTACT}), now=NOON,
        time_zone="UTC",
    )  # fmt: skip
    assert judge(action, at).decision == decision


async def test_another_currency_is_asked_about() -> None:
    talk = small_bakery()
    outcome = await talk.take(talk.message("I want a refund of 20 dollars"))
    assert asked_of(outcome) == [] and "How much" in said(outcome)
