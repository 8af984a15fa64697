"""Specialists, what they may do and how they sound: shown, previewed, confirmed, by owners."""

from decimal import Decimal

import pytest

from admin.agents.declared import tag
from admin.session import TEXT_WITH_BUTTONS
from agents.policy.guards import find_rules
from core.errors import Transient
from core.messages import BUTTON_ID_BYTES, EditCard, SendText
from tenants.agents import ActionRules, AgentPolicy
from tests.admin.agents_world import (
    CAKES,
    LANGUAGES,
    POLICY,
    REFUND,
    Models,
    changed,
    find,
    labels,
    sit,
    stored,
    write_with,
)
from tests.admin.desk_world import NOW, World, buttons, texts


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
