"""What the policy says, as a pure function: over drawn circumstances, and by cases where an owner's words matter."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.actions.registry import BUILT_IN, find_actions
from agents.policy import guards
from agents.policy.hashing import hash_action
from agents.policy.judging import judge
from agents.policy.verdicts import Approved, Circumstances
from core.actions import ActionUses, ProposedAction
from core.ids import ContactId, StreamId, TenantId
from core.money import MICROS
from tenants.agents import ActionRules, AgentPolicy, HttpAction, HttpField, read_policy

ANN, BOB = ContactId(UUID(int=1)), ContactId(UUID(int=2))
NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
CREDIT = HttpAction(
    name="credit", title="A credit", about="Credits.", agent="billing", url="https://erp.example.com/{invoice}",
    fields={"invoice": HttpField(type="reference", kind="invoice"), "amount": HttpField(type="amount")},
    money_moving=True, done="credited",
)  # fmt: skip


def at(rules: ActionRules | None = None, **changes: object) -> Circumstances:
    policy = AgentPolicy(http=(CREDIT.model_copy(update={"rules": rules or ActionRules()}),))
    made = Circumstances(
        actions=find_actions(policy.model_dump_json()), policy=policy, person=frozenset({ANN}), now=NOON,
        time_zone="UTC",
        owners={("invoice", "I-1"): frozenset({ANN}), ("invoice", "I-2"): frozenset({BOB})},
    )  # fmt: skip
    return replace(made, **changes)


def credit(amount: str = "50.00", **changes: object) -> ProposedAction:
    made = ProposedAction(
        name="credit", arguments={"invoice": "I-1", "amount": amount}, agent="billing", contact=ANN, money_moving=True
    )
    return replace(made, **changes)


OWNER, MANAGER = Approved(role="owner"), Approved(role="manager")


def test_money_is_asked_for_and_an_owner_may_allow_it() -> None:
    assert judge(credit(), at()).decision == "ask"
    assert judge(credit(), at(approved=OWNER)).decision == "allow"
    assert judge(credit(), at(approved=MANAGER)).guard == "approver"
    assert judge(credit(), at(ActionRules(approver="manager"), approved=MANAGER)).decision == "allow"
    assert judge(credit(), at(approved=Approved(role=None))).decision == "forbid"  # no member any more


def test_a_tenants_allow_does_not_reach_money_without_an_amount() -> None:
    assert judge(credit(), at(ActionRules(decide="allow"))).decision == "ask"
    assert judge(credit("20.00"), at(ActionRules(allow_up_to=Decimal(20)))).decision == "allow"
    assert judge(credit("20.01"), at(ActionRules(allow_up_to=Decimal(20)))).decision == "ask"


@pytest.mark.parametrize(
    ("action", "rules", "guard"),
    [
        (credit("201"), ActionRules(at_most=Decimal(200)), "never"),
        (credit("0"), ActionRules(), "never"),
        (credit(), ActionRules(decide="forbid"), "never"),
        (credit(), ActionRules(level="off"), "level"),
        (credit(), ActionRules(level="shadow"), "level"),
        (credit(arguments={"invoice": "I-2", "amount": "5.00"}), ActionRules(), "belongs"),
        (credit(arguments={"invoice": "I-3", "amount": "5.00"}), ActionRules(), "belongs"),
        (credit(arguments={"invoice": "I-1", "amount": "5.00", "to": "x"}), ActionRules(), "fits_schema"),
        (credit(arguments={"invoice": "I-1", "amount": 5}), ActionRules(), "fits_schema"),
        (credit(arguments={"invoice": "I-1"}), ActionRules(), "fits_schema"),
        (credit(agent="sales"), ActionRules(), "of_agent"),
        (credit(agent=""), ActionRules(), "on_behalf"),
        (credit(contact=BOB), ActionRules(), "on_behalf"),
        (credit(name="no_such"), ActionRules(), "declared"),
    ],
)  # fmt: skip
def test_no_approval_makes_up_for_what_is_forbidden(action: ProposedAction, rules: ActionRules, guard: str) -> None:
    verdict = judge(action, at(rules, approved=OWNER))
    assert (verdict.decision, verdict.guard) == ("forbid", guard)


@pytest.mark.parametrize(
    ("rules", "uses", "guard"),
    [
        (ActionRules(times_a_day=1), ActionUses(person_today=1), "spending"),
        (ActionRules(amount_a_day=Decimal(100)), ActionUses(tenant_micros_today=51 * MICROS), "spending"),
        (ActionRules(amount_a_month=Decimal(100)), ActionUses(tenant_micros_month=51 * MICROS), "spending"),
    ],
)
def test_a_period_holds_what_it_holds(rules: ActionRules, uses: ActionUses, guard: str) -> None:
    assert judge(credit(), at(rules, uses=uses, approved=OWNER)).guard == guard
    less = replace(uses, person_today=0, tenant_micros_today=0, tenant_micros_month=0)
    assert judge(credit(), at(rules, uses=less, approved=OWNER)).decision == "allow"


def test_what_is_allowed_is_asked_for_at_night_after_failures_and_beside_orders_to_the_bot() -> None:
    rules = ActionRules(allow_up_to=Decimal(100))
    assert judge(credit(), at(rules)).decision == "allow"
    assert judge(credit(), at(rules, suspicious=True)).guard == "suspicion"
    assert judge(credit(), at(rules, uses=ActionUses(failed_lately=guards.MOST_FAILURES))).guard == "breaker"
    night = rules.model_copy(update={"hours": "22:00-06:00"})
    assert judge(credit(), at(night)).guard == "hours"
    assert judge(credit(), at(night, now=NOON.replace(hour=23))).decision == "allow"
    assert judge(credit(), at(night, now=NOON.replace(hour=5))).decision == "allow"
    berlin = rules.model_copy(update={"hours": "13:00-14:00"})
    assert judge(credit(), at(berlin, time_zone="Europe/Berlin")).decision == "allow"
    assert judge(credit(), at(berlin, time_zone="nowhere")).guard == "hours"


def test_a_canary_is_for_a_share_of_the_customers_and_always_the_same() -> None:
    people = [ContactId(UUID(int=n * 7919)) for n in range(1, 2_001)]
    rules = ActionRules(level="canary", share_percent=25, allow_up_to=Decimal(100))

    def chosen(person: ContactId) -> bool:
        owners = {("invoice", "I-1"): frozenset({person})}
        return judge(credit(contact=person), at(rules, person=frozenset({person}), owners=owners)).decision == "allow"

    first = [chosen(person) for person in people]
    assert first == [chosen(person) for person in people]
    assert 0.2 < sum(first) / len(first) < 0.3


@given(
    amount=st.decimals("-10", "500", places=2).map(str) | st.text(max_size=8),
    invoice=st.sampled_from(["I-1", "I-2", "I-3", ""]) | st.text(max_size=8),
    agent=st.sampled_from(["billing", "sales", "general", "", "qa"]),
    contact=st.sampled_from([ANN, BOB, None]),
    suspicious=st.booleans(),
    limit=st.sampled_from([None, Decimal(20)]),
    approved=st.sampled_from([None, OWNER, MANAGER, Approved(role="viewer"), Approved(role=None)]),
    failed=st.integers(0, 20),
)
def test_whatever_is_drawn_only_what_the_owner_set_is_allowed(
    amount: str, invoice: str, agent: str, contact: ContactId | None, suspicious: bool, limit: Decimal | None,
    approved: Approved | None, failed: int,
) -> None:  # fmt: skip
    rules = ActionRules(allow_up_to=limit, at_most=Decimal(200))
    action = credit(arguments={"invoice": invoice, "amount": amount}, agent=agent, contact=contact)
    verdict = judge(action, at(rules, suspicious=suspicious, approved=approved, uses=ActionUses(failed_lately=failed)))
    if verdict.decision != "allow":
        return
    assert (agent, contact, invoice) == ("billing", ANN, "I-1")
    assert 0 < Decimal(amount) <= 200
    free = limit is not None and Decimal(amount) <= limit and not suspicious and failed < guards.MOST_FAILURES
    assert free or approved == OWNER


def test_the_platforms_own_work_needs_nobody_and_is_nobodys_to_ask_for() -> None:
    arguments = {"watch_id": 1}
    plain = Circumstances(actions=BUILT_IN, policy=AgentPolicy(), now=NOON, time_zone="UTC")
    own = ProposedAction(name="check_price_list", arguments=arguments)
    assert judge(own, plain).decision == "allow"
    asked = replace(own, agent="general", contact=ANN)
    assert judge(asked, replace(plain, person=frozenset({ANN}))).guard == "on_behalf"


def test_the_hash_binds_everything_that_an_approval_is_for() -> None:
    stream = StreamId(UUID(int=5))
    first = hash_action(TenantId(2), stream, "credit", {"a": "1", "b": "2"}, NOON)
    assert first == hash_action(TenantId(2), stream, "credit", {"b": "2", "a": "1"}, NOON)
    others = [
        hash_action(TenantId(3), stream, "credit", {"a": "1", "b": "2"}, NOON),
        hash_action(TenantId(2), StreamId(UUID(int=6)), "credit", {"a": "1", "b": "2"}, NOON),
        hash_action(TenantId(2), stream, "refund", {"a": "1", "b": "2"}, NOON),
        hash_action(TenantId(2), stream, "credit", {"a": "1", "b": "3"}, NOON),
        hash_action(TenantId(2), stream, "credit", {"a": "1", "b": "2"}, NOON.replace(hour=13)),
    ]
    assert len({first, *others}) == 6


def test_a_policy_that_cannot_be_read_lets_no_agent_act() -> None:
    broken = read_policy('{"http": [{"name": "x"}]}')
    assert broken.limits.actions == 0 and broken.on == ("general",)
