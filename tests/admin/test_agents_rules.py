"""Rules in plain words, by rules and by a model; what they loosen; what people write for hours and names."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin.agents.judging import Judged, check_judged
from admin.agents.loosening import find_freedom, loosens
from admin.agents.newcomer import make_name
from admin.agents.reading import read_rule
from admin.agents.values import read_span
from agents.actions.registry import find_actions
from agents.intake.routes import available_agents, own_agent
from agents.policy.guards import find_rules
from agents.policy.judging import judge
from agents.policy.verdicts import Circumstances
from core.actions import ActionUses, ProposedAction
from core.errors import Transient
from core.ids import ContactId
from core.money import MICROS
from tenants.agents import ActionRules, AgentPolicy, Specialist
from tests.admin.agents_world import (
    ACTIONS,
    CAKES,
    POLICY,
    REFUND,
    Models,
    find,
    sit,
    stored,
    write_with,
)
from tests.admin.desk_world import NOW, World, texts


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Never refund more than 50 €"), ("es", "Nunca reembolsar más de 50 €"),
        ("ru", "Возвраты не больше 50 €"), ("de", "Rückerstattungen nie über 50 €"),
        ("fr", "Ne jamais rembourser plus de 50 €"), ("pt", "Nunca reembolsar mais de 50 €"),
    ],
)  # fmt: skip
def test_refunds_that_are_paid_by_hand_are_called_the_same(language: str, said: str) -> None:
    ours = [each for each in find_actions("{}").values() if each.by == "agent"]
    found = read_rule(said, ours, AgentPolicy(), currency="EUR", language=language)
    assert found is not None
    assert (found.action, found.changes) == ("give_refund", {"at_most": "50.00"})


@pytest.mark.parametrize(
    ("language", "said", "action", "expected"),
    [
        ("en", "refunds up to 20 euros without asking", "refund_order", {"decide": "ask", "allow_up_to": "20.00"}),
        ("en", "Never refund more than 1,250.50 €", "refund_order", {"at_most": "1250.50"}),
        ("en", "ask me before every refund", "refund_order", {"decide": "ask", "allow_up_to": None}),
        ("en", "refunds at most twice a day per customer", "refund_order", {"times_a_day": 2}),
        ("en", "managers may approve refunds", "refund_order", {"approver": "manager"}),
        ("en", "do not book calls", "schedule_call", {"decide": "forbid"}),
        ("es", "Reembolsos hasta 20 € sin preguntar", "refund_order", {"decide": "ask", "allow_up_to": "20.00"}),
        ("es", "Pregúntame siempre antes de un reembolso", "refund_order", {"decide": "ask", "allow_up_to": None}),
        ("ru", "Возвраты до 20 евро без вопросов", "refund_order", {"decide": "ask", "allow_up_to": "20.00"}),
        ("ru", "Не назначай звонки", "schedule_call", {"decide": "forbid"}),
        ("de", "Erstattungen bis 20 Euro ohne Rückfrage", "refund_order", {"decide": "ask", "allow_up_to": "20.00"}),
        ("de", "Rückerstattungen nie über 50 €", "refund_order", {"at_most": "50.00"}),
        ("fr", "Remboursement jusqu’à 20 € sans demander", "refund_order", {"decide": "ask", "allow_up_to": "20.00"}),
        ("fr", "Ne jamais rembourser plus de 50 €", "refund_order", {"at_most": "50.00"}),
        ("pt", "Reembolsos até 20 euros sem perguntar", "refund_order", {"decide": "ask", "allow_up_to": "20.00"}),
        ("pt", "Não marcar chamadas", "schedule_call", {"decide": "forbid"}),
    ],
)  # fmt: skip
def test_rules_in_six_languages(language: str, said: str, action: str, expected: dict[str, object]) -> None:
    for mine in (language, "en", "ru"):
        found = read_rule(said, ACTIONS, POLICY, currency="EUR", language=mine)
        assert found is not None
        assert (found.action, found.changes) == (action, expected)


@pytest.mark.parametrize(
    "said",
    [
        "never promise delivery before 10", "do not book calls on Sundays", "ask me before every discount",
        "refunds up to 20 dollars without asking", "refunds up to 20 or 30 without asking", "refunds", "20",
        "refund everything without asking and switch off all guards", "set limits to 1000", "refund 20 % without",
        "refund 20 % without asking",
        "refunds up to 20 without asking for my cousin", "never refund without asking", "allow_up_to: 500", "",
    ],
)  # fmt: skip
def test_what_is_not_wholly_understood_is_no_setting(said: str) -> None:
    assert read_rule(said, ACTIONS, POLICY, currency="EUR", language="en") is None


@given(st.text(max_size=60))
def test_any_words_change_nothing_but_rules_of_an_action_that_is_there(said: str) -> None:
    found = read_rule(said, ACTIONS, POLICY, currency="EUR", language="en")
    if found is not None:
        assert found.action in {each.name for each in ACTIONS}
        assert found.changes.keys() <= ActionRules.model_fields.keys()


async def test_what_no_setting_says_is_told_to_the_agents_listed_and_removed(world: World) -> None:
    ana = await sit(world)
    preview = await ana.write("/rules never promise delivery before 10")
    assert "word for word" in texts(preview)[0]
    await ana.tap(find(preview, "Confirm"))
    await ana.write("/rules")
    await ana.tap("agt:rule")
    await ana.tap(find(await ana.write("do not book calls on Sundays"), "Confirm"))
    _, settings, persona = await stored(ana.tenant)
    assert settings.guidance == ("never promise delivery before 10", "do not book calls on Sundays")
    assert persona.endswith("never promise delivery before 10\ndo not book calls on Sundays")
    shown = await ana.write("/rules")
    assert "1. never promise delivery before 10" in texts(shown)[0]
    assert "Refund on an order" in texts(shown)[0]
    drop = find(shown, "Remove 1")
    await ana.tap(find(await ana.tap(drop), "Confirm"))
    assert (await stored(ana.tenant))[1].guidance == ("do not book calls on Sundays",)
    assert "not there any more" in texts(await ana.tap(drop))[0]


async def test_guidance_has_its_bounds(world: World) -> None:
    ana = await sit(world)
    assert "too long" in texts(await ana.write(f"/rules {'x' * 201}"))[0]
    for number in range(20):
        await ana.tap(find(await ana.write(f"/rules never say word{number}"), "Confirm"))
    assert "20 such rules" in texts(await ana.write("/rules never say more"))[0]
    await ana.tap(find(await ana.write("/rules"), "More (2/4)"))
    assert "7. never say word6" in ana.last
    assert "already" in texts(await ana.write("/rules never say word3"))[0]


async def test_a_model_reads_what_the_rules_do_not(world: World) -> None:
    ana = await sit(world)
    models = Models({"kind": "setting", "action": "refund_order", "at_most": "75"})
    outcome = await write_with(ana, models, "/rules I never want to see anybody get more than 75 back")
    assert "Never above €75.00." in texts(outcome)[0]
    await ana.tap(find(outcome, "Confirm"))
    assert find_rules((await stored(ana.tenant))[0], "refund_order").at_most == 75
    assert "refund_order" in models.asked[0].messages[0].content


async def test_without_a_usable_answer_of_the_model_it_stays_words(world: World) -> None:
    ana = await sit(world)
    for said in (Transient("no model"), {"kind": "setting", "action": "refund_order", "allow_up_to": "500"}):
        outcome = await write_with(ana, Models(said), "/rules be generous to those who complain")
        assert "word for word" in texts(outcome)[0]


@pytest.mark.parametrize(
    "said",
    [
        {"kind": "setting", "action": "delete_tenant", "decide": "allow"},
        {"kind": "setting", "action": "transcribe", "decide": "forbid"},
        {"kind": "setting", "action": "refund_order", "decide": "allow"},
        {"kind": "setting", "action": "refund_order", "allow_up_to": "900"},
        {"kind": "setting", "action": "refund_order", "allow_up_to": "0"},
        {"kind": "setting", "action": "schedule_call", "allow_up_to": "20"},
        {"kind": "setting", "action": "refund_order"},
        {"kind": "guidance", "action": "refund_order", "decide": "forbid"},
    ],
)
def test_what_a_model_says_is_checked(said: dict[str, Any]) -> None:
    assert check_judged(Judged.model_validate(said), "refunds up to 20, or 0", ACTIONS, POLICY) is None


AMOUNTS = st.none() | st.integers(min_value=0, max_value=60).map(Decimal)
RULES = st.builds(
    ActionRules, level=st.sampled_from(["off", "shadow", "canary", "live"]),
    share_percent=st.sampled_from([10, 50]), decide=st.sampled_from([None, "allow", "ask", "forbid"]),
    allow_up_to=AMOUNTS, at_most=AMOUNTS, hours=st.sampled_from([None, "08:00-18:00", "22:00-06:00", "09:00-09:00"]),
    times_a_day=st.none() | st.integers(min_value=0, max_value=3), amount_a_day=AMOUNTS, amount_a_month=AMOUNTS,
)  # fmt: skip


@given(
    before=RULES, after=RULES, name=st.sampled_from(["refund_order", "schedule_call", "create_ticket"]),
    amount=st.integers(min_value=1, max_value=60), today=st.integers(min_value=0, max_value=3),
    spent=st.integers(min_value=0, max_value=60), hour=st.integers(min_value=0, max_value=23),
    person=st.uuids(),
)  # fmt: skip
def test_whatever_the_guards_newly_let_pass_is_warned_of(
    before: ActionRules, after: ActionRules, name: str, amount: int, today: int, spent: int, hour: int, person: Any
) -> None:
    declared = find_actions(POLICY.model_dump_json())[name]
    arguments: dict[str, Any] = {
        "refund_order": {"order": "O-1", "amount": f"{amount}.00", "reason": "late"},
        "schedule_call": {"topic": "cake", "at": "2026-11-24T10:00:00Z"}, "create_ticket": {"title": "x"},
    }[name]  # fmt: skip
    contact = ContactId(person)
    action = ProposedAction(name=name, arguments=dict(arguments), agent="billing", contact=contact)

    def allowed(rules: ActionRules) -> bool:
        policy = AgentPolicy(http=(REFUND.model_copy(update={"rules": ActionRules()}),), rules={name: rules})
        at = Circumstances(
            actions={name: declared}, policy=policy, now=NOW.replace(hour=hour), time_zone="UTC",
            person=frozenset({contact}), owners={("order", "O-1"): frozenset({contact})},
            uses=ActionUses(person_today=today, tenant_micros_today=spent * MICROS, tenant_micros_month=spent * MICROS),
        )  # fmt: skip
        return judge(action, at).decision == "allow"

    if allowed(after) and not allowed(before):
        assert loosens(declared, before, after)
    if find_freedom(declared, after) is None:
        assert not allowed(after)


def test_a_specialist_of_ones_own_that_is_switched_off_is_asked_nothing() -> None:
    own = CAKES.model_copy(update={"topics": ("wedding",), "actions": ("create_ticket",)})
    for on in (True, False):
        policy = AgentPolicy(specialists=(own.model_copy(update={"on": on}),))
        assert (own_agent(["wedding"], "en", policy) == "wedding_cakes") == on
        assert ("wedding_cakes" in available_agents(policy)) == on
        contact = ContactId(UUID(int=1))
        action = ProposedAction(
            name="create_ticket", arguments={"title": "x", "details": "", "urgent": False}, agent="wedding_cakes",
            contact=contact,
        )  # fmt: skip
        at = Circumstances(
            actions=find_actions("{}"), policy=policy, now=NOW, time_zone="UTC", person=frozenset({contact})
        )
        assert (judge(action, at).decision == "allow") == on


@given(st.text(max_size=60))
def test_any_title_makes_a_name(title: str) -> None:
    name = make_name(title, AgentPolicy(specialists=(CAKES,)))
    assert Specialist(name=name, purpose="x").name not in {"wedding_cakes", "billing", "general", "qa"}


@pytest.mark.parametrize(
    ("text", "span"), [("9-18", "09:00-18:00"), ("22:00 – 06:30", "22:00-06:30"), ("9h30 à 18h", "09:30-18:00")]
)
def test_hours_as_people_write_them(text: str, span: str) -> None:
    assert read_span(text) == span


@pytest.mark.parametrize("text", ["25-26", "9", "9-9", "9:70-18", "morning", "9-18 on Sundays"])
def test_hours_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match="hours"):
        read_span(text)
