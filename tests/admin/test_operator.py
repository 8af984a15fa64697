"""The operator's desk: who sees what of whom, reading for a reason, how it looks."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest
from pydantic import JsonValue

from admin.operator.telling import describe_operator_news
from admin.sections import LISTED
from admin.session import TEXT_WITH_BUTTONS
from admin.texts import load_catalogue, write
from core.errors import Rejected
from core.events import ActionResult
from core.ids import OPERATOR
from core.messages import BUTTON_ID_BYTES, SendText
from db.office.operator import set_suspended
from db.watches import claim_due_watches
from tests.admin.desk_world import World, buttons, texts
from tests.admin.operator_world import (
    COMMANDS,
    LANGUAGES,
    REASON,
    Office,
    audit,
    call_of,
    notices,
    operator,
    press,
    proposing,
    talk,
)


@pytest.fixture
def office(world: World) -> Office:
    return Office(world)


# Looking


@pytest.mark.parametrize("role", ["owner", "manager", "viewer"])
async def test_members_of_the_operator_see_figures_of_all_and_words_of_none(
    world: World, role: Literal["owner", "manager", "viewer"]
) -> None:
    bakery = await world.open_tenant("Zeta *Bakery*")
    await bakery.join("Omar")
    await talk(bakery)
    seat = await operator(world).join("Olga", role)
    listed = await seat.write("/tenants")
    while f"op:show:{bakery.id}" not in [button.id for button in buttons(listed)]:
        listed = await press(seat, listed, "→")
    assert "Zeta \\*Bakery\\*" in seat.last and "1 messages today, 1 waiting" in seat.last
    card = await seat.tap(f"op:show:{bakery.id}")
    assert "Owners: Omar" in seat.last and bakery.profile.slug in seat.last
    offered = {button.label for button in buttons(card)}
    assert offered == ({"Suspend", "Read messages", "Businesses"} if role == "owner" else {"Businesses"})
    await seat.write("/health")
    assert "Processes alive" in seat.last and "MB" in seat.last
    assert not any("door code" in message.text for message in seat.seen if isinstance(message, SendText))


async def test_the_list_comes_in_pages_of_eight(world: World) -> None:
    for number in range(10):
        await world.open_tenant(f"Shop {number}")
    seat = await operator(world).join("Olga", "viewer")
    outcome = await seat.write("/tenants")
    assert len([button for button in buttons(outcome) if button.id.startswith("op:show:")]) == 8
    assert len(buttons(outcome)) <= 10
    await seat.tap("op:list:999999")
    assert "Businesses" in seat.last


async def test_a_card_tells_of_troubles_and_of_money(world: World) -> None:
    bakery = await world.open_tenant("Bakery")
    await world.superuser.execute(
        "INSERT INTO channel_accounts (tenant_id, channel, role, external_id, name, path_id, delivery, secrets, "
        "status, trouble) "
        "VALUES ($1, 'telegram', 'customer', $2, 'Bakery bot', $2, 'polling', '', 'paused', 'token refused')",
        bakery.id, f"t{bakery.id}",
    )  # fmt: skip
    await world.superuser.execute("INSERT INTO dead_letters VALUES ($1, gen_random_uuid(), 1, 'KeyError')", bakery.id)
    await world.superuser.execute("INSERT INTO budgets VALUES ($1, 'month', 50000000, 'EUR', 1)", bakery.id)
    seat = await operator(world).join("Olga", "viewer")
    await seat.tap(f"op:show:{bakery.id}")
    for words in ("token refused", "KeyError", "€0.00 of €50.00", "Owners: none", "Not sent yet: 0"):
        assert words in seat.last


# Nobody else


@pytest.mark.parametrize("role", ["owner", "manager", "viewer"])
async def test_other_desks_have_no_such_commands_and_no_such_buttons(
    world: World, role: Literal["owner", "manager", "viewer"]
) -> None:
    other = await world.open_tenant("Other")
    seat = await (await world.open_tenant()).join("Eve", role)
    unknown = texts(await seat.write("/nosuchcommand"))
    for command in COMMANDS:
        outcome = await seat.write(command)
        assert texts(outcome) == unknown, command
        assert not outcome.actions
    for what in (
        "list:0",
        "health",
        *(f"{what}:{other.id}" for what in ("show", "suspend", "resume", "delete", "read")),
    ):
        outcome = await seat.tap(f"op:{what}")
        assert texts(outcome) == [write("card_invalid", "en")], what
        assert not outcome.actions
    assert not any("Other" in message.text for message in seat.seen if isinstance(message, SendText))


@pytest.mark.parametrize("name", ["suspend_tenant", "delete_tenant", "read_conversations"])
async def test_the_executors_refuse_whoever_is_no_owner_at_the_operators_desk(
    world: World, office: Office, name: str
) -> None:
    """Whatever wrote the action into the outbox: an owner elsewhere, a colleague of the operator, a stranger."""
    other = await world.open_tenant("Other")
    await world.superuser.execute("UPDATE tenants SET suspended_at = now() WHERE tenant_id = $1", other.id)
    arguments: dict[str, dict[str, JsonValue]] = {
        "suspend_tenant": {"tenant_id": other.id, "suspended": False},
        "delete_tenant": {"tenant_id": other.id, "slug": other.profile.slug},
        "read_conversations": {"tenant_id": other.id, "reason": REASON},
    }
    seats = [
        await (await world.open_tenant()).join("Eve"), await operator(world).join("Max", "manager"),
        await operator(world).join("Vi", "viewer"), operator(world).seat("Nobody"), await other.join("Its owner"),
    ]  # fmt: skip
    for seat in seats:
        call = call_of(seat, proposing(name, **arguments[name]))
        with pytest.raises(Rejected):
            await office.executors[name](call)
        if seat.tenant.id == OPERATOR:
            with pytest.raises(Rejected):
                await office.admit(call)
    assert await audit(world, other.id) == []
    assert await world.superuser.fetchval("SELECT suspended_at FROM tenants WHERE tenant_id = $1", other.id)


@pytest.mark.parametrize("role", ["manager", "viewer"])
async def test_managers_and_viewers_of_the_operator_only_look(world: World, role: Literal["manager", "viewer"]) -> None:
    bakery = await world.open_tenant("Bakery")
    seat = await operator(world).join("Max", role)
    for what in ("suspend", "resume", "delete", "read"):
        outcome = await seat.tap(f"op:{what}:{bakery.id}")
        assert texts(outcome) == [write("owner_only", "en")]
        assert not outcome.actions
    assert texts(await seat.write(f"/read {bakery.profile.slug} {REASON}")) == [write("owner_only", "en")]


@pytest.mark.parametrize("what", ["show", "suspend", "resume", "delete", "read"])
@pytest.mark.parametrize("tenant", [0, 1, 10**17])
async def test_the_operators_own_tenant_and_none_at_all_are_not_there(world: World, what: str, tenant: int) -> None:
    seat = await operator(world).join("Olga")
    outcome = await seat.tap(f"op:{what}:{tenant}")
    assert texts(outcome) == [write("op_gone", "en")]
    assert not outcome.actions


# Reading


async def test_words_are_shown_for_a_reason_that_the_owners_are_told(world: World, office: Office) -> None:
    bakery = await world.open_tenant("Bakery")
    omar, mia = await bakery.join("Omar"), await bakery.join("Mia", "manager")
    await talk(bakery)
    olga, max_ = await operator(world).join("Olga"), await operator(world).join("Max")
    asked = await olga.tap(f"op:read:{bakery.id}")
    assert not asked.actions and "reason" in olga.last
    assert not (await olga.write("curious")).actions
    assert "10 to 500" in olga.last
    await olga.tap(f"op:read:{bakery.id}")
    shown = await office.run(olga, await olga.write(REASON))
    assert any("my \\*secret\\* door code" in text for text in texts(shown))
    assert not any("Maya" in text for text in texts(shown))
    assert [note.action for note in shown.audit] == ["conversations.shown"]
    (notice,) = await notices(world, omar)
    assert (notice.fields["what"], notice.fields["reason"], notice.fields["by"]) == ("read", REASON, "Olga")
    assert await notices(world, mia) == []
    assert (await audit(world, bakery.id))[-1] == "conversations.read"
    assert (await audit(world, OPERATOR))[-1] == "conversations.read"
    again = await olga.tap(f"op:read:{bakery.id}")
    assert any("door code" in text for text in texts(again))
    other = await max_.tap(f"op:read:{bakery.id}")  # another owner needs a reason of their own
    assert not any("door code" in text for text in texts(other))


async def test_after_half_an_hour_a_reason_is_needed_again(world: World, office: Office) -> None:
    bakery = await world.open_tenant("Bakery")
    await bakery.join("Omar")
    await talk(bakery)
    olga = await operator(world).join("Olga")
    await office.run(olga, await olga.write(f"/read {bakery.profile.slug} {REASON}"))
    until: datetime = await world.superuser.fetchval("SELECT until FROM readings WHERE tenant_id = $1", bakery.id)
    begun: datetime = await world.superuser.fetchval("SELECT at FROM readings WHERE tenant_id = $1", bakery.id)
    assert timedelta(minutes=29, seconds=59) < until - begun < timedelta(minutes=30, seconds=1)
    await world.superuser.execute("UPDATE readings SET until = now() WHERE tenant_id = $1", bakery.id)
    outcome = await olga.tap(f"op:read:{bakery.id}")
    assert not any("door code" in text for text in texts(outcome))
    assert "Why do you need to read" in olga.last


async def test_who_is_no_owner_any_more_is_not_shown_what_was_asked_for(world: World, office: Office) -> None:
    bakery = await world.open_tenant("Bakery")
    await bakery.join("Omar")
    await talk(bakery)
    olga = await operator(world).join("Olga")
    asked = await olga.write(f"/read {bakery.profile.slug} {REASON}")
    (action,) = asked.actions
    call = call_of(olga, action)
    done = await office.executors[action.name](call)
    await world.superuser.execute("UPDATE members SET role = 'viewer' WHERE tenant_id = 1 AND chat = $1", olga.chat)
    shown = await olga.take(ActionResult(action=action.name, key=call.key, ok=True, result=done))
    assert not any("door code" in text for text in texts(shown))


@pytest.mark.parametrize(
    "argument", ["", "bakery-that-is-not-there " + REASON, "operator " + REASON, "{slug}", "{slug} short"]
)
async def test_without_a_reason_or_a_business_nothing_is_proposed(world: World, argument: str) -> None:
    bakery = await world.open_tenant("Bakery")
    olga = await operator(world).join("Olga")
    outcome = await olga.write(f"/read {argument.format(slug=bakery.profile.slug)}")
    assert not outcome.actions
    assert len(texts(outcome)) == 1


async def test_the_operators_help_and_menu_name_what_is_there_and_nobody_elses_does(world: World) -> None:
    olga, omar = await operator(world).join("Olga"), await (await world.open_tenant()).join("Omar")
    await olga.write("/help")
    assert all(f"/{name}" in olga.last for name in ("tenants", "health", "read", "people", "switch", "help"))
    assert not any(f"/{name} " in olga.last for name in ("inbox", "knowledge", "budget"))
    await omar.write("/help")
    assert not any(f"/{name}" in omar.last for name in ("tenants", "health", "read"))
    shown = await olga.write("/start")
    assert {"menu:tenants", "menu:health"} <= {button.id for button in buttons(shown)}
    for name in ("tenants", "health", "read"):
        outcome = await omar.tap(f"menu:{name}")
        assert texts(outcome) == [write("unknown_command", "en")]
        assert name not in LISTED


async def test_the_watches_of_a_suspended_business_rest(world: World) -> None:
    bakery = await world.open_tenant("Bakery")
    await world.superuser.execute(
        "INSERT INTO watches (tenant_id, kind, name, settings, every_seconds, next_due_at) "
        "VALUES ($1, 'price_list', 'w', '{}', 60, now())", bakery.id,
    )  # fmt: skip
    for suspended, found in ((True, False), (False, True)):
        async with world.database.tenant(bakery.id) as tx:
            await set_suspended(tx, bakery.id, suspended)
        async with world.link.transaction() as tx:
            due = await claim_due_watches(tx, datetime.now(UTC) + timedelta(seconds=1), 1000)
        assert (bakery.id in {watch.tenant_id for watch in due}) == found


# How it looks


@pytest.mark.parametrize("result", [{}, {"code": 5}, {"code": "gone"}, {"code": "deleting", "name": "X"}])
@pytest.mark.parametrize("name", ["suspend_tenant", "delete_tenant", "read_conversations"])
async def test_every_answer_of_an_executor_is_told(world: World, name: str, result: dict[str, JsonValue]) -> None:
    olga = await operator(world).join("Olga")
    for ok in (True, False):
        outcome = await olga.take(ActionResult(action=name, key="k", ok=ok, result=result, error="" if ok else "no"))
        assert len(texts(outcome)) == 1


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_screen_fits_the_channel_that_allows_least(world: World, office: Office, language: str) -> None:
    bakery = await world.open_tenant("Ж*" * 30, language=language)
    await bakery.join("Omar" * 20)
    for _ in range(6):
        await talk(bakery, "words " * 400)
    olga = await operator(world).join("Olga", language=language)
    await olga.write("/tenants")
    await olga.write("/health")
    await olga.tap(f"op:show:{bakery.id}")
    await olga.tap(f"op:delete:{bakery.id}")
    await office.run(olga, await olga.write(f"/read {bakery.profile.slug} {REASON}"))
    await office.run(olga, await olga.tap(f"op:suspend:{bakery.id}"))
    await olga.tap(f"op:show:{bakery.id}")
    await olga.tap(f"op:delete:{bakery.id}")
    await olga.write("no")
    shown = [message for message in olga.seen if isinstance(message, SendText)]
    for message in shown:
        row = [button for row in message.buttons for button in row]
        assert len(message.text) <= (TEXT_WITH_BUTTONS if row else 4000), message.text
        assert len(row) <= 10
        assert all(0 < len(button.label) <= 20 and len(button.id.encode()) <= BUTTON_ID_BYTES - 20 for button in row)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_news_are_told_in_every_language(language: str) -> None:
    until = "2026-11-27T12:00:00+00:00"
    tell: Callable[[dict[str, JsonValue]], str] = lambda fields: describe_operator_news(fields, language, "UTC")  # noqa: E731
    assert len({tell({"what": "suspended"}), tell({"what": "resumed"})}) == 2
    read = tell({"what": "read", "by": "O*lga", "reason": "wh_y", "until": until})
    assert "O\\*lga" in read and "wh\\_y" in read and "…" not in read
    assert {"cmd_tenants", "cmd_health", "cmd_read"} <= load_catalogue().keys
