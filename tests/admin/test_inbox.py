"""The inbox: pages of what waits, cards that show the true state, cases."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from admin.inbox.listing import PAGE
from core.changes import SaveCase
from core.events import OwnerNotice
from core.messages import BUTTON_ID_BYTES, EditCard, SendText
from tests.admin.actions_world import CREDIT, ask_credit, forwarder
from tests.admin.desk_world import World, buttons, quiet_edits, texts
from tests.admin.inbox_world import GIFTS, LANGUAGES, ROOM_FOR_TENANT, ask_gifts, find, ids, labels, now, opened

# The list


async def test_pages_go_forth_and_back_over_all_that_waits_and_name_the_business(world: World) -> None:
    tenant = await world.open_tenant()
    ana = await tenant.join("Ana")
    asked = [(await tenant.escalate(f"Person {n}", f"Question {n}"))[0] for n in range(2 * PAGE + 2)]
    first = await ana.write("/inbox")
    assert opened(first) == asked[:PAGE]
    assert "**Bakery Lindenhof** · waiting for you" in ana.last
    assert f"❓ {len(asked)} questions" in ana.last
    assert "**1.** ❓ Person 0: Question 0 · 1 min" in ana.last
    second = await ana.tap(find(first, "More"))
    (edit,) = second.messages
    assert isinstance(edit, EditCard)
    assert edit.card == next(m.card for m in first.messages if isinstance(m, SendText))
    assert opened(second) == asked[PAGE : 2 * PAGE]
    assert opened(await ana.tap(find(first, "More"))) == asked[PAGE : 2 * PAGE]  # a double tap turns one page
    third = await ana.tap(find(second, "More"))
    assert opened(third) == asked[2 * PAGE :]
    assert "More" not in labels(third)
    again = await ana.tap(find(third, "Back"))
    assert opened(again) == asked[PAGE : 2 * PAGE]
    start = await ana.tap(find(again, "Back"))
    assert opened(start) == asked[:PAGE]
    assert "Back" not in labels(start)


async def test_the_urgent_come_first_then_who_has_waited_longest_then_what_is_taken_over(world: World) -> None:
    tenant = await world.open_tenant(agents=GIFTS)
    ana = await tenant.join("Ana")
    held, _ = await tenant.escalate("Held")
    await ana.tap(f"esc:take_over:{held}")
    plain, _ = await tenant.escalate("Plain")
    gift = (await ask_gifts(tenant, 1))[0].approval_id
    upset, _ = await tenant.escalate("Upset")
    await world.superuser.execute("UPDATE approvals SET reason = 'upset' WHERE approval_id = $1", upset)
    listed = await ana.write("/inbox")
    assert opened(listed) == [gift, upset, plain, held]
    assert "**2.** ❗ Upset" in ana.last
    assert "⚡ Person 0: Gift" in ana.last
    assert "🙋 Held" in ana.last
    assert "with Ana" in ana.last


async def test_one_kind_alone_and_back_to_all(world: World) -> None:
    tenant = await world.open_tenant(agents=GIFTS)
    ana = await tenant.join("Ana")
    question, _ = await tenant.escalate()
    gifts = [gift.approval_id for gift in await ask_gifts(tenant, 2)]
    listed = await ana.write("/inbox")
    only = await ana.tap(find(listed, "Only questions"))
    assert opened(only) == [question]
    actions = await ana.tap(find(only, "Only actions"))
    assert opened(actions) == gifts
    everything = await ana.tap(find(actions, "Show all"))
    assert opened(everything) == [*gifts, question]


async def test_when_one_thing_waits_it_is_shown_itself_and_when_nothing_does_that_is_said(world: World) -> None:
    tenant = await world.open_tenant()
    ana = await tenant.join("Ana")
    assert texts(await ana.write("/inbox")) == ["Bakery Lindenhof · Nothing is waiting for you."]
    approval, _ = await tenant.escalate()
    outcome = await ana.write("/inbox")
    assert ids(outcome) == [f"esc:{verb}:{approval}" for verb in ("answer", "take_over", "dismiss")] + [
        f"box:later:{approval}"
    ]
    assert "Waiting for 1 min" in ana.last


async def test_a_reached_limit_stands_at_the_top_until_an_owner_decides(world: World) -> None:
    tenant = await world.open_tenant()
    ana = await tenant.join("Ana")
    month = now().astimezone(ZoneInfo("Europe/Berlin")).strftime("%Y-%m")
    await world.superuser.execute(
        "INSERT INTO budget_alerts (tenant_id, scope, key, threshold, limit_micros, used_micros, currency) "
        "VALUES ($1, 'month', $2, 100, 5000000, 5000000, 'EUR')",
        tenant.id, month,
    )  # fmt: skip
    listed = await ana.write("/inbox")
    assert "1 limit reached" in ana.last
    assert "€5.00 of €5.00 is used up" in ana.last
    shown = await ana.tap(find(listed, "1"))
    stay = next(each for each in ids(shown) if each.startswith("bud:stay:"))
    await ana.tap(stay)
    assert texts(await ana.write("/inbox")) == ["Bakery Lindenhof · Nothing is waiting for you."]
    late = await ana.tap(f"box:limit:month:{month}:5000000")
    assert "Ana has already decided that." in texts(late)[0]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_lists_and_choices_fit_every_channel_in_every_language(world: World, language: str) -> None:
    tenant = await world.open_tenant("B*k_ry " * 20, language, GIFTS)
    ana = await tenant.join("Ана", language=language)
    long = "*very_long [text](with) `marks`* " * 40
    for _ in range(4):
        await tenant.escalate(long, long)
    await world.superuser.execute(
        "UPDATE approvals SET created_at = created_at - interval '2 days' WHERE tenant_id = $1", tenant.id
    )
    gifts = [await tenant.ask_action("send_gift", {"order": "O" * 40, "note": long[:40]}, contact=long) for _ in "123"]
    listed = await ana.write("/inbox")
    for tap in [*ids(listed), f"box:later:{gifts[0].approval_id}", f"box:snooze:morning:{gifts[0].approval_id}"]:
        await ana.tap(tap, at=now())
    for typed in ("/pause", "/pause nonsense", "/pause 2h", "/pause", "/resume", "/resume"):
        await ana.write(typed, at=now())
    shown = [m for m in ana.seen if isinstance(m, SendText | EditCard)]
    assert len(shown) > 20
    for message in shown:
        row = [button for row in message.buttons for button in row]
        assert len(row) <= 10
        assert len(message.text) <= (1_000 if len(row) <= 3 else 4_000)
        assert all(0 < len(button.label) <= 20 for button in row)
        assert all(len(button.id.encode()) <= BUTTON_ID_BYTES - ROOM_FOR_TENANT for button in row)


@pytest.mark.parametrize(
    "data",
    ["box:", "box:open:aaaaaaaaaaaaa", "box:open:\x00", "box:go:1:1:up", "box:later:aaaaaaaaaaaaa", "box:yes:",
     "box:snooze:hour:x", "box:limit:month:2026-11:9", "box:alike:aaaaaaaaaaaaa", "box:snooze:never:aaaaaaaaaaaaa",
     "x" * 99],
)  # fmt: skip
async def test_forged_buttons_are_no_longer_valid(world: World, data: str) -> None:
    ana = await (await world.open_tenant()).join("Ana")
    outcome = await ana.tap(data)
    assert texts(outcome) == ["This card is no longer valid."]
    assert not (outcome.changes or outcome.events)


async def test_an_older_list_begins_anew_and_opens_its_cards_all_the_same(world: World) -> None:
    tenant = await world.open_tenant()
    ana = await tenant.join("Ana")
    asked = [(await tenant.escalate())[0] for _ in range(PAGE + 1)]
    old = await ana.write("/inbox")
    await ana.write("/inbox")
    outcome = await ana.tap(find(old, "More"))
    assert isinstance(outcome.messages[0], SendText)
    assert opened(outcome) == asked[:PAGE]
    await ana.tap(f"esc:dismiss:{asked[0]}")
    late = await ana.tap(find(old, "1"))
    assert "✓ Dismissed by Ana" in texts(late)[0]
    assert buttons(late) == []


async def test_viewers_look_and_change_nothing(world: World) -> None:
    tenant = await world.open_tenant(agents=GIFTS)
    vera = await tenant.join("Vera", "viewer")
    gifts = await ask_gifts(tenant, 2)
    listed = await vera.write("/inbox")
    assert labels(listed) == ["1", "2"]
    assert buttons(await vera.tap(find(listed, "1"))) == []
    first = gifts[0].approval_id
    for data in (f"box:later:{first}", f"box:snooze:hour:{first}", f"box:alike:{first}", "box:old", "box:yes:1",
                 "box:pause:open", "box:resume"):  # fmt: skip
        outcome = await vera.tap(data)
        assert "deciding is for managers" in texts(outcome)[0]
        assert not (outcome.changes or outcome.events)


# Cards that are out of date


@pytest.mark.parametrize("verb", ["answer", "take_over", "dismiss"])
async def test_a_stale_tap_says_what_happened_and_the_tapped_card_shows_it(world: World, verb: str) -> None:
    tenant = await world.open_tenant()
    ana, bob = await tenant.join("Ana"), await tenant.join("Bob", "manager")
    approval, _ = await tenant.escalate()
    await ana.tap(f"esc:dismiss:{approval}")
    outcome = await bob.tap(f"esc:{verb}:{approval}")
    assert texts(outcome) == ["Ana already dismissed this."]
    (edit,) = quiet_edits(outcome)
    assert (edit.card, edit.message_id, edit.buttons) == (f"esc:{approval}", "m", ())
    assert edit.text.endswith("✓ Dismissed by Ana")


@pytest.mark.parametrize("verb", ["approve", "edit", "reject"])
async def test_a_stale_action_says_what_became_of_it(world: World, verb: str) -> None:
    tenant = await forwarder(world)
    ana, bob = await tenant.join("Ana"), await tenant.join("Bob")
    credit = await ask_credit(tenant)
    await ana.tap(f"act:approve:{credit.approval_id}")
    await world.superuser.execute(
        "INSERT INTO action_uses (tenant_id, key, stream_id, name, agent, contact_id, approval_id, arguments, status) "
        "VALUES ($1, $2, $3, $4, 'billing', $3, $2, '{}', 'failed')",
        tenant.id, credit.approval_id, credit.stream_id, CREDIT,
    )  # fmt: skip
    outcome = await bob.tap(f"act:{verb}:{credit.approval_id}")
    assert texts(outcome) == ["Ana already approved this."]
    (edit,) = quiet_edits(outcome)
    assert "Approved by Ana" in edit.text
    assert edit.text.endswith("did not work.")
    assert edit.buttons == ()


async def test_one_that_expired_says_so_and_loses_its_buttons(world: World) -> None:
    tenant = await forwarder(world)
    ana = await tenant.join("Ana")
    late = await ask_credit(tenant, lasts=timedelta(seconds=-1))
    outcome = await ana.tap(f"act:approve:{late.approval_id}")
    (edit,) = quiet_edits(outcome)
    assert "Nobody decided in time" in edit.text
    assert edit.buttons == ()
    assert not outcome.changes


async def test_the_copy_further_up_loses_its_buttons_when_a_card_is_shown_again(world: World) -> None:
    tenant = await world.open_tenant()
    ana = await tenant.join("Ana")
    approval, _ = await tenant.escalate()
    outcome = await ana.tap(f"box:open:{approval}")
    retired, shown = outcome.messages
    assert isinstance(retired, EditCard)
    assert isinstance(shown, SendText)
    assert (retired.card, retired.quiet, retired.buttons) == (shown.card, True, ())


# Cases


async def test_the_card_of_a_case_shows_where_it_stands_after_a_stale_tap_and_after_news(world: World) -> None:
    tenant = await world.open_tenant()
    ana = await tenant.join("Ana")
    opened_at = SaveCase(kind="ticket", reference="T-1001", title="A broken cake", step="open")
    stream = await tenant.open_case(opened_at)
    shown = await ana.write("/cases")
    start = find(shown, "Start")
    ordered = await ana.tap(start)
    (edit,) = [message for message in ordered.messages if isinstance(message, EditCard)]
    assert (edit.message_id, edit.buttons) == ("m", ())
    await tenant.open_case(replace(opened_at, step="in_progress"))
    news = await ana.take(OwnerNotice(notice="case_news", fields={"reference": "T-1001", "kind": "ticket"}))
    (followed,) = quiet_edits(news)
    assert followed.card == f"case:{stream.hex}"
    assert "In progress" in followed.text
    stale = await ana.tap(start)
    (refreshed,) = quiet_edits(stale)
    assert refreshed.message_id == "m"
    assert start not in [button.id for row in refreshed.buttons for button in row]
