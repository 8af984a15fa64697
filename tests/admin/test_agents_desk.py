"""Specialists, what they may do, how they sound, and rules in plain words: shown, previewed, confirmed, by owners."""

from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin.agents.declared import list_adjustable, tag
from admin.agents.judging import Judged, check_judged
from admin.agents.loosening import find_freedom, loosens
from admin.agents.newcomer import make_name
from admin.agents.reading import read_rule
from admin.agents.values import read_span
from admin.desk import handle_desk
from admin.session import TEXT_WITH_BUTTONS
from agents.actions.registry import find_actions
from agents.intake.routes import available_agents, own_agent
from agents.policy.guards import find_rules
from agents.policy.judging import judge
from agents.policy.verdicts import Circumstances
from core.actions import ActionUses, ProposedAction
from core.changes import Change
from core.clock import SystemClock
from core.desk_changes import ChangeBusiness
from core.errors import Transient
from core.ids import ContactId
from core.messages import BUTTON_ID_BYTES, EditCard, SendText
from core.models import ModelReply, ModelRequest, TokenUsage
from core.money import MICROS, Money
from core.turns import TurnOutcome, TurnTools
from db.office import open_office
from tenants.agents import ActionRules, AgentPolicy, HttpAction, HttpField, Specialist, read_policy
from tenants.settings import BusinessSettings, read_settings
from tests.admin.desk_world import NOW, Seat, Tenant, World, buttons, texts

LANGUAGES = ["en", "es", "ru", "de", "fr", "pt"]
REFUND = HttpAction(
    name="refund_order", title="Refund on an order", about="Gives money back.", agent="billing",
    url="https://till.example/{order}", done="refunded", money_moving=True,
    fields={
        "order": HttpField(type="reference", kind="order"), "amount": HttpField(type="amount"),
        "reason": HttpField(type="text"),
    },
    rules=ActionRules(allow_up_to=Decimal(30), at_most=Decimal(100)),
)  # fmt: skip
POLICY = AgentPolicy(http=(REFUND,))
CAKES = Specialist(name="wedding_cakes", title="Wedding cakes", purpose="Looks after wedding cakes.")
ACTIONS = list_adjustable(POLICY.model_dump_json())


async def sit(world: World, role: Any = "owner", policy: AgentPolicy = POLICY, language: str = "en") -> Seat:
    tenant = await world.open_tenant(language=language, agents=policy)
    await world.superuser.execute(
        "UPDATE tenants SET agents = $2::jsonb WHERE tenant_id = $1", tenant.id, policy.model_dump_json()
    )
    return await tenant.join("Ana", role=role, language=language)


async def stored(tenant: Tenant) -> tuple[AgentPolicy, BusinessSettings, str]:
    row = await tenant.world.superuser.fetchrow(
        "SELECT agents, settings, persona FROM tenants WHERE tenant_id = $1", tenant.id
    )
    assert row is not None
    return read_policy(row["agents"]), read_settings(row["settings"]), row["persona"]


def find(outcome: TurnOutcome, label: str) -> str:
    return next(button.id for button in buttons(outcome) if button.label == label)


def labels(outcome: TurnOutcome) -> list[str]:
    return [button.label for button in buttons(outcome)]


def changed(outcome: TurnOutcome) -> list[Change]:
    return [each for each in outcome.changes if isinstance(each, ChangeBusiness)]


async def test_specialists_are_switched_by_a_tap_and_the_card_is_edited_in_place(world: World) -> None:
    ana = await sit(world)
    shown = await ana.write("/agents")
    assert "✅ **Billing**" in texts(shown)[0]
    off = find(shown, "✅ Billing")
    outcome = await ana.tap(off)
    (card,) = outcome.messages
    assert isinstance(card, EditCard)
    assert card.card == "agt:team"
    assert "⬜ **Billing**" in card.text
    assert "billing" not in (await stored(ana.tenant))[0].on
    again = await ana.tap(off)
    assert changed(again) == []
    assert "⬜ **Billing**" in texts(again)[0]
    await ana.tap(find(again, "⬜ Billing"))
    assert (await stored(ana.tenant))[0].on == POLICY.on


async def test_general_questions_are_always_answered(world: World) -> None:
    ana = await sit(world)
    assert not any("General" in label for label in labels(await ana.write("/agents")))
    outcome = await ana.tap(f"agt:off:{tag('general')}")
    assert changed(outcome) == []
    assert texts(outcome) == ["This card is no longer valid."]


async def test_a_specialist_is_added_in_chat_switched_off_and_removed(world: World) -> None:
    ana = await sit(world)
    await ana.write("/agents new")
    await ana.write("Wedding cakes")
    await ana.write("Looks after wedding cakes and tastings.")
    await ana.write("wedding, tiers,  tasting")
    preview = await ana.write("festive and patient")
    assert "Wedding cakes" in texts(preview)[0]
    assert "wedding, tiers, tasting" in texts(preview)[0]
    assert (await stored(ana.tenant))[0].specialists == ()
    await ana.tap(find(preview, "Confirm"))
    (own,) = (await stored(ana.tenant))[0].specialists
    assert (own.name, own.title, own.topics, own.tone) == (
        "wedding_cakes", "Wedding cakes", ("wedding", "tiers", "tasting"), "festive and patient",
    )  # fmt: skip
    card = await ana.tap(find(await ana.write("/agents"), "✅ Wedding cakes"))
    await ana.tap(find(card, "Switch off"))
    assert not (await stored(ana.tenant))[0].specialists[0].on
    await ana.tap(find(await ana.tap(find(card, "Remove")), "Confirm"))
    assert (await stored(ana.tenant))[0].specialists == ()
    assert texts(await ana.tap(find(card, "Remove"))) == ["This card is no longer valid."]


async def test_words_and_tone_of_a_new_specialist_may_be_skipped_and_it_may_be_given_up(world: World) -> None:
    ana = await sit(world)
    begun = await ana.tap(find(await ana.write("/agents"), "Add a specialist"))
    assert "called" in texts(begun)[0]
    await ana.write("Cakes")
    topics = await ana.write("Looks after cakes.")
    tone = await ana.tap(find(topics, "Skip"))
    assert texts(await ana.tap(find(topics, "Skip"))) == ["This card is no longer valid."]
    preview = await ana.tap(find(tone, "Skip"))
    assert "Looks after cakes" in texts(preview)[0]
    left = await ana.tap(find(preview, "Leave it"))
    assert "Left as it was" in texts(left)[0]
    assert changed(await ana.tap(find(preview, "Confirm"))) == []
    await ana.write("/agents new")
    assert "forgotten" in texts(await ana.write("/cancel"))[0]


async def test_one_that_an_action_belongs_to_is_not_removed(world: World) -> None:
    policy = AgentPolicy(specialists=(CAKES,), http=(REFUND.model_copy(update={"agent": "wedding_cakes"}),))
    ana = await sit(world, policy=policy)
    outcome = await ana.tap(f"agt:fire:{tag('wedding_cakes')}")
    assert "belongs to this specialist" in texts(outcome)[0]
    assert buttons(outcome) == []


async def test_an_actions_rules_are_previewed_warned_of_and_confirmed_once(world: World) -> None:
    ana = await sit(world, policy=AgentPolicy(http=(REFUND.model_copy(update={"rules": ActionRules()}),)))
    listed = await ana.write("/actions")
    assert "Refund on an order**: asks first" in texts(listed)[0]
    card = await ana.tap(find(listed, "Refund on an order"))
    assert "I always ask an owner first." in texts(card)[0]
    assert "Without asking" not in labels(card)
    await ana.tap(find(card, "Allow up to…"))
    assert "above zero" in texts(await ana.write("0"))[0]
    assert "above zero" in texts(await ana.write("lots"))[0]
    preview = await ana.write("20 €")
    assert "Up to €20.00 it is done without asking, at most once a day for a customer" in texts(preview)[0]
    assert "⚠️ This lets more be done without asking" in texts(preview)[0]
    yes = find(preview, "Confirm")
    done = await ana.tap(yes)
    assert "✓ Done." in texts(done)[0]
    assert [type(message) for message in done.messages] == [EditCard]
    policy = (await stored(ana.tenant))[0]
    assert find_rules(policy, "refund_order").allow_up_to == 20
    assert [note.action for note in done.audit] == ["rules.refund_order"]
    again = await ana.tap(yes)
    assert changed(again) == []
    assert "decided already" in texts(again)[0]


async def test_always_ask_takes_away_what_the_action_itself_had_brought_along(world: World) -> None:
    ana = await sit(world)
    preview = await ana.tap(f"agt:set:{tag('refund_order')}:ask")
    assert "⚠️" not in texts(preview)[0]
    await ana.tap(find(preview, "Confirm"))
    rules = find_rules((await stored(ana.tenant))[0], "refund_order")
    assert (rules.decide, rules.allow_up_to, rules.at_most) == ("ask", None, 100)


async def test_what_moves_money_is_never_allowed_without_an_amount(world: World) -> None:
    ana = await sit(world)
    for outcome in (
        await ana.tap(f"agt:set:{tag('refund_order')}:allow"), await ana.write("/rules refunds without asking"),
    ):  # fmt: skip
        assert "moves money" in texts(outcome)[0]
        assert buttons(outcome) == []
    assert find_rules((await stored(ana.tenant))[0], "refund_order") == REFUND.rules


@pytest.mark.parametrize(
    ("label", "then", "field", "value"),
    [
        ("Off", None, "level", "off"), ("Try silently", None, "level", "shadow"),
        ("Some customers", "25 %", "share_percent", 25), ("Forbid", None, "decide", "forbid"),
        ("Without asking", None, "decide", "allow"), ("Owner approves", None, "approver", "owner"),
        ("Limits, hours", "Taking it back", "undo_minutes", 120),
    ],
)  # fmt: skip
async def test_each_button_of_an_action(world: World, label: str, then: str | None, field: str, value: object) -> None:
    ana = await sit(world)
    outcome = await ana.tap(f"agt:act:{tag('schedule_call')}")
    outcome = await ana.tap(find(outcome, label))
    outcome = await ana.tap(find(outcome, then)) if then else outcome
    outcome = await ana.tap(find(outcome, "2 hours")) if then == "Taking it back" else outcome
    await ana.tap(find(outcome, "Confirm"))
    assert getattr(find_rules((await stored(ana.tenant))[0], "schedule_call"), field) == value


@pytest.mark.parametrize(
    ("label", "words", "field", "value"),
    [
        ("Never above…", "50", "at_most", 50), ("Never above…", "-", "at_most", None),
        ("A day, together", "200", "amount_a_day", 200),
        ("A month, together", "1,000.50", "amount_a_month", Decimal("1000.5")),
        ("Times a day", "2", "times_a_day", 2), ("Hours", "9-18", "hours", "09:00-18:00"),
    ],
)  # fmt: skip
async def test_each_limit_of_an_action(world: World, label: str, words: str, field: str, value: object) -> None:
    ana = await sit(world)
    limits = await ana.tap(f"agt:act:{tag('refund_order')}:limits")
    await ana.tap(find(limits, label))
    assert buttons(await ana.write("what?")) == []
    await ana.tap(find(await ana.write(words), "Confirm"))
    assert getattr(find_rules((await stored(ana.tenant))[0], "refund_order"), field) == value


async def test_what_somebody_else_changed_meanwhile_is_shown_anew_and_not_overwritten(world: World) -> None:
    ana = await sit(world)
    ben = await ana.tenant.join("Ben")
    preview = await ana.tap(f"agt:set:{tag('refund_order')}:forbid")
    await ben.tap(find(await ben.tap(f"agt:set:{tag('refund_order')}:off"), "Confirm"))
    outcome = await ana.tap(find(preview, "Confirm"))
    assert changed(outcome) == []
    edited, anew = outcome.messages
    assert isinstance(edited, EditCard)
    assert "meanwhile" in edited.text
    assert isinstance(anew, SendText)
    assert "Switched off" in anew.text
    await ana.tap(find(outcome, "Confirm"))
    rules = find_rules((await stored(ana.tenant))[0], "refund_order")
    assert (rules.level, rules.decide) == ("off", "forbid")


async def test_two_who_confirm_at_the_very_same_time_do_not_overwrite_each_other(world: World) -> None:
    ana = await sit(world)
    ben = await ana.tenant.join("Ben")
    mine = await ana.tap(f"agt:set:{tag('refund_order')}:forbid")
    his = await ben.tap(f"agt:set:{tag('schedule_call')}:forbid")
    decided = await ana.decide(ana.turn(ana.tapping(find(mine, "Confirm"))))
    await ben.tap(find(his, "Confirm"))
    assert not await ana.finish(decided)
    policy = (await stored(ana.tenant))[0]
    assert find_rules(policy, "schedule_call").decide == "forbid"
    assert find_rules(policy, "refund_order").decide is None


async def test_an_older_preview_is_not_confirmed_any_more(world: World) -> None:
    ana = await sit(world)
    older = await ana.tap(f"agt:set:{tag('refund_order')}:off")
    newer = await ana.tap(f"agt:set:{tag('refund_order')}:forbid")
    assert changed(await ana.tap(find(older, "Confirm"))) == []
    assert len(changed(await ana.tap(find(newer, "Confirm")))) == 1


async def test_both_taps_of_a_double_tap_in_one_turn_change_it_once(world: World) -> None:
    ana = await sit(world)
    preview = await ana.tap(f"agt:set:{tag('refund_order')}:off")
    tap = ana.tapping(find(preview, "Confirm"))
    assert len(changed(await ana.take(tap, tap))) == 1


async def test_the_tone_is_chosen_or_said_and_reaches_the_persona(world: World) -> None:
    ana = await sit(world)
    await world.superuser.execute("UPDATE tenants SET persona = 'A bakery.' WHERE tenant_id = $1", ana.tenant.id)
    shown = await ana.write("/tone")
    preview = await ana.tap(find(shown, "Formal"))
    assert "Polite and formal" in texts(preview)[0]
    await ana.tap(find(preview, "Confirm"))
    await ana.tap(find(shown, "In my own words"))
    await ana.tap(find(await ana.write("a bit cheeky, *never* use exclamation marks"), "Confirm"))
    _, settings, persona = await stored(ana.tenant)
    assert (settings.tone, settings.tone_words) == ("formal", "a bit cheeky, *never* use exclamation marks")
    assert persona.splitlines() == [
        "A bakery.", "Write politely and formally.", "a bit cheeky, *never* use exclamation marks",
    ]  # fmt: skip
    assert "already" in texts(await ana.write("/tone formal"))[0]
    dropped = await ana.tap(find(await ana.write("/tone"), "Drop my words"))
    await ana.tap(find(dropped, "Confirm"))
    assert (await stored(ana.tenant))[1].tone_words == ""


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


class Models:
    """A model that says what it is told to say."""

    available = True
    prices: Literal["exact", "estimated", "free"] = "exact"

    def __init__(self, *says: dict[str, Any] | Exception) -> None:
        self.says = list(says)
        self.asked: list[ModelRequest] = []

    async def reply(self, request: ModelRequest) -> ModelReply:
        self.asked.append(request)
        said = self.says.pop(0)
        if isinstance(said, Exception):
            raise said
        assert request.schema is not None
        return ModelReply(
            text="", value=request.schema.model_validate(said), model="p/m", usage=TokenUsage(),
            cost=Money(micros=1, currency="EUR"),
        )  # fmt: skip


async def write_with(seat: Seat, models: Models, text: str) -> TurnOutcome:
    office = open_office(seat.tenant.world.database, seat.tenant.world.link, seat.tenant.id)
    tools = TurnTools(models=models, reader=seat.tenant.reader, clock=SystemClock(), office=office)
    outcome = await handle_desk(seat.turn(seat.message(text)), tools)
    assert await seat.finish(outcome)
    seat.seq += 1
    return outcome


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


async def test_a_sample_of_the_tone_where_a_model_is_there(world: World) -> None:
    ana = await sit(world)
    models = Models({"before": "Hello, we are open.", "after": "Sure thing, *come* by."})
    outcome = await write_with(ana, models, "/tone a bit cheeky")
    assert "before: “Hello, we are open.”" in texts(outcome)[0]
    assert "\\*come\\*" in texts(outcome)[0]
    outcome = await write_with(ana, Models(Transient("no model")), "/tone very cheeky")
    assert "sample" not in texts(outcome)[0]


@pytest.mark.parametrize("role", ["viewer", "manager"])
async def test_others_look_and_change_nothing(world: World, role: str) -> None:
    ana = await sit(world, role)
    for command in ("/agents", "/actions", "/tone", "/rules"):
        shown = await ana.write(command)
        assert "Confirm" not in labels(shown)
        assert not any(button.id.split(":")[1] in ("on", "off", "set", "new", "rule") for button in buttons(shown))
    await ana.tap(f"agt:act:{tag('refund_order')}")
    assert "Forbid" not in labels(await ana.tap(f"agt:act:{tag('refund_order')}"))
    forged = [
        f"agt:off:{tag('billing')}", f"agt:set:{tag('refund_order')}:off", "agt:yes:1", "agt:new", "agt:rule",
        "agt:tone:warm", f"agt:val:{tag('refund_order')}:upto",
    ]  # fmt: skip
    for data in forged:
        outcome = await ana.tap(data)
        assert changed(outcome) == []
        assert texts(outcome) == ["You can look, but only an owner changes this."]
    for words in ("/rules refunds up to 20 without asking", "/tone warm", "/agents new"):
        assert texts(await ana.write(words)) == ["You can look, but only an owner changes this."]


async def test_an_owner_who_was_made_a_viewer_meanwhile_confirms_nothing(world: World) -> None:
    ana = await sit(world)
    preview = await ana.tap(f"agt:set:{tag('refund_order')}:off")
    await ana.tap(f"agt:val:{tag('refund_order')}:upto")
    await world.superuser.execute("UPDATE members SET role = 'viewer' WHERE tenant_id = $1", ana.tenant.id)
    assert changed(await ana.tap(find(preview, "Confirm"))) == []
    assert "only an owner" in texts(await ana.write("500"))[0]


@pytest.mark.parametrize(
    "data",
    [
        "agt:", "agt:nothing", "agt:yes:x", "agt:yes:²", "agt:set:00000000:off", f"agt:set:{tag('refund_order')}:level",
        f"agt:val:{tag('schedule_call')}:upto", f"agt:val:{tag('refund_order')}:decide", "agt:act:zzzz", "agt:team:-1",
        "agt:on:00000000", "agt:skip:name", "agt:skip:tone", "agt:tone:rude", "agt:own:00000000", "agt:fire:00000000",
        f"agt:set:{tag('transcribe')}:off", "agt:acts:٣:x",
    ],
)  # fmt: skip
async def test_forged_buttons_do_nothing(world: World, data: str) -> None:
    ana = await sit(world)
    outcome = await ana.tap(data)
    assert changed(outcome) == []
    assert texts(outcome) == ["This card is no longer valid."]


async def test_words_that_come_too_late_or_are_no_words(world: World) -> None:
    ana = await sit(world)
    await ana.tap(f"agt:val:{tag('refund_order')}:upto", at=NOW)
    assert "as text" in texts(await ana.take(ana.message("")))[0]
    late = await ana.take(ana.message("20"), at=NOW.replace(hour=NOW.hour + 3))
    assert "more than an hour ago" in texts(late)[0]
    assert "went to nobody" in texts(await ana.write("20"))[0]


async def test_what_an_older_version_remembered_is_forgotten(world: World) -> None:
    ana = await sit(world)
    ana.state["kept"] = {"agt": {"pending": "nonsense"}}
    assert "decided already" in texts(await ana.tap("agt:yes:1"))[0]
    assert "Confirm" in labels(await ana.tap(f"agt:set:{tag('refund_order')}:off"))


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_card_fits_both_channels(world: World, language: str) -> None:
    long = AgentPolicy(
        http=(
            REFUND.model_copy(update={
                "title": "*" * 60, "about": "_" * 300, "rules": ActionRules(
                    level="canary", allow_up_to=Decimal(20), at_most=Decimal(900), hours="08:00-18:00", times_a_day=2,
                    amount_a_day=Decimal(1), amount_a_month=Decimal(2),
                ),
            }),
        ),
        specialists=tuple(
            CAKES.model_copy(update={"name": f"own_{n}", "title": "_" * 60, "purpose": "*" * 500}) for n in range(12)
        ),
    )  # fmt: skip
    ana = await sit(world, policy=long, language=language)
    wanted = tag("refund_order")
    for words in ("/agents", "/actions", "/tone", "/rules", f"/rules {'*' * 200}", f"/tone {'*' * 500}"):
        await ana.write(words)
    for data in (
        "agt:team:1", "agt:acts:1", f"agt:act:{wanted}", f"agt:act:{wanted}:limits", f"agt:act:{wanted}:share",
        f"agt:act:{tag('schedule_call')}:undo", f"agt:own:{tag('own_3')}", f"agt:set:{wanted}:manager",
        "agt:tone:brief",
    ):  # fmt: skip
        await ana.tap(data)
    cards = [message for message in ana.seen if isinstance(message, SendText | EditCard) and message.buttons]
    assert len(cards) > 12
    for card in cards:
        shown = [button for row in card.buttons for button in row]
        assert len(shown) <= 10
        assert len(card.text) <= (TEXT_WITH_BUTTONS if len(shown) <= 3 else 4_000)
        for button in shown:
            assert 0 < len(button.label) <= 20
            assert len(button.id) < 40
            assert len(button.id.encode()) <= BUTTON_ID_BYTES


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
