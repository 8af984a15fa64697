"""The operator's desk over the real database, with the executors behind it; and that nobody else gets near it."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest
from pydantic import JsonValue

from admin.operator.telling import describe_operator_news
from admin.sections import LISTED
from admin.session import TEXT_WITH_BUTTONS
from admin.texts import load_catalogue, write
from core.actions import ActionCall, Executor, ProposedAction
from core.clock import SystemClock
from core.errors import Rejected
from core.events import ActionResult, OwnerNotice, decode_event
from core.ids import OPERATOR, TenantId
from core.messages import BUTTON_ID_BYTES, SendText
from core.turns import TenantProfile, TurnOutcome
from db.engine.link import Link
from db.engine.recorder import PostgresRecorder
from db.office.operator import set_suspended
from db.watches import claim_due_watches
from jobs.admission import ActionGate
from jobs.operating import AllowReading, DeleteTenant, SuspendTenant
from tests.admin.desk_world import ADMIN_BOT, NOW, Seat, Tenant, World, buttons, texts

LANGUAGES = ["en", "es", "ru", "de", "fr", "pt"]
REASON = "The owner asked us to look into a complaint"
SECRET = "my *secret* door code"
COMMANDS = ["/tenants", "/health", "/read", f"/read bakery {REASON}"]
_keys = itertools.count(1)


def operator(world: World) -> Tenant:
    profile = TenantProfile(
        tenant_id=OPERATOR, slug="operator", name="Operator", language="en", time_zone="UTC", currency="EUR", persona=""
    )
    return Tenant(world=world, profile=profile)


class Office:
    """The operator's executors behind the gate that all actions pass."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.forgotten: list[TenantId] = []
        self.uncached: list[TenantId] = []
        recorder = PostgresRecorder(world.link, world.link, lease_for=lambda: None, on_arrivals=lambda arrivals: None)
        self.executors: dict[str, Executor] = {
            "suspend_tenant": SuspendTenant(world.database, recorder, self.forgotten.append),
            "delete_tenant": DeleteTenant(world.database, world.link, self.forgotten.append, self.uncache),
            "read_conversations": AllowReading(world.database, recorder),
        }

    async def uncache(self, tenant: TenantId) -> None:
        self.uncached.append(tenant)

    async def admit(self, call: ActionCall) -> None:
        async def profile(tenant: TenantId) -> TenantProfile:
            return operator(self.world).profile

        await ActionGate(self.world.database, profile, SystemClock()).admit(call)

    async def run(self, seat: Seat, outcome: TurnOutcome) -> TurnOutcome:
        """What the desk proposed is done, and the result comes back to it."""
        (action,) = outcome.actions
        call = call_of(seat, action)
        await self.admit(call)
        result = await self.executors[call.name](call)
        return await seat.take(ActionResult(action=call.name, key=call.key, ok=True, result=result))


def call_of(seat: Seat, action: ProposedAction, key: str = "") -> ActionCall:
    return ActionCall(
        tenant_id=seat.tenant.id, stream_id=seat.desk, account_id=ADMIN_BOT, seq=1, key=key or f"key-{next(_keys)}",
        name=action.name, arguments=action.arguments,
    )  # fmt: skip


def proposing(name: str, **arguments: JsonValue) -> ProposedAction:
    return ProposedAction(name=name, arguments=arguments)


@pytest.fixture
def office(world: World) -> Office:
    return Office(world)


async def press(seat: Seat, outcome: TurnOutcome, label: str) -> TurnOutcome:
    return await seat.tap(next(button.id for button in buttons(outcome) if button.label == label))


async def notices(world: World, seat: Seat) -> list[OwnerNotice]:
    """Recorded for the desk by whom its own turns did not tell."""
    rows = await world.superuser.fetch(
        "SELECT event FROM inbox WHERE tenant_id = $1 AND stream_id = $2 ORDER BY seq", seat.tenant.id, seat.desk
    )
    events = [decode_event(row[0]) for row in rows]
    return [event for event in events if isinstance(event, OwnerNotice)]


async def audit(world: World, tenant: TenantId) -> list[str]:
    rows = await world.superuser.fetch("SELECT action FROM audit WHERE tenant_id = $1 ORDER BY audit_id", tenant)
    return [row[0] for row in rows]


async def talk(tenant: Tenant, text: str = SECRET) -> None:
    """A customer's words, in history."""
    _, stream = await tenant.escalate()
    await tenant.world.superuser.execute(
        "INSERT INTO messages VALUES ($1, $2, 1, 0, 'customer', $3, now()), ($1, $2, 1, 1, 'bot', 'noted', now())",
        tenant.id, stream, text,
    )  # fmt: skip


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


# Suspending


async def test_suspending_is_told_audited_and_taken_back(world: World, office: Office) -> None:
    bakery = await world.open_tenant("Bakery")
    omar, vera = await bakery.join("Omar"), await bakery.join("Vera", "viewer")
    olga = await operator(world).join("Olga")
    told = await office.run(olga, await press(olga, await olga.tap(f"op:show:{bakery.id}"), "Suspend"))
    assert "**Bakery** is suspended" in olga.last
    assert office.forgotten == [bakery.id]
    assert [notice.fields["what"] for seat in (omar, vera) for notice in await notices(world, seat)] == [
        "suspended"
    ] * 2
    assert (await audit(world, bakery.id))[-1] == "tenant.suspended"
    assert (await audit(world, OPERATOR))[-1] == "tenant.suspended"
    await office.run(olga, await press(olga, told, "Resume"))
    assert "**Bakery** is running again" in olga.last
    assert (await audit(world, bakery.id))[-1] == "tenant.resumed"


async def test_two_who_suspend_at_once_do_it_once_and_a_repeated_try_changes_nothing(
    world: World, office: Office
) -> None:
    bakery = await world.open_tenant("Bakery")
    omar = await bakery.join("Omar")
    olga = await operator(world).join("Olga")
    action = proposing("suspend_tenant", tenant_id=bakery.id, suspended=True)
    calls = [call_of(olga, action, "first"), call_of(olga, action, "second"), call_of(olga, action, "first")]
    codes = [(await office.executors["suspend_tenant"](call))["code"] for call in calls]
    assert codes == ["done", "already", "done"]
    assert len(await notices(world, omar)) == 1
    assert (await audit(world, bakery.id)).count("tenant.suspended") == 1


async def test_the_desk_of_a_suspended_business_says_so_and_lets_people_go(world: World) -> None:
    bakery = await world.open_tenant("Bakery")
    await bakery.join("Olga")
    omar = await bakery.join("Omar")
    approval, _ = await bakery.escalate()
    bakery.profile = replace(bakery.profile, suspended=True)
    suspended = write("op_suspended_here", "en", tenant="Bakery")
    for words in ("/start", "/inbox", "hello", "/invite owner", "/budget 5"):
        assert texts(await omar.write(words)) == [suspended]
    for data in (f"esc:answer:{approval}", "ppl:invite", "menu:open"):
        assert texts(await omar.tap(data)) == [suspended]
    await omar.write("/switch")
    assert omar.last != suspended
    await omar.take(OwnerNotice(notice="operator_news", fields={"what": "resumed"}))
    assert "has resumed this business" in omar.last
    outcome = await omar.write("/leave")
    await press(omar, outcome, "Yes")
    assert "You have left" in omar.last


# Deleting


async def test_deleting_takes_a_suspended_business_and_its_slug(world: World, office: Office) -> None:
    bakery, cafe = await world.open_tenant("Bakery"), await world.open_tenant("Café")
    omar = await bakery.join("Omar")
    await cafe.join("Carla")
    await talk(bakery)
    olga = await operator(world).join("Olga")
    slug = bakery.profile.slug
    first = await olga.tap(f"op:delete:{bakery.id}")
    assert "Suspend it first" in olga.last
    told = await office.run(olga, await press(olga, first, "Suspend"))
    await press(olga, told, "Delete")
    assert f"`{slug}`" in olga.last and "cannot be undone" in olga.last
    wrong = await olga.write(slug.upper())
    assert not wrong.actions and "nothing is deleted" in olga.last
    assert not (await olga.write(slug)).actions  # it is not asked for any more
    await press(olga, wrong, "Delete")
    await office.run(olga, await olga.write(f" {slug} "))
    assert "**Bakery** is deleted" in olga.last
    assert office.uncached == [bakery.id] * 2
    for table in ("tenants", "members", "streams", "messages", "approvals", "audit", "inbox", "desk_bindings"):
        count = f"SELECT count(*) FROM {table} WHERE tenant_id = $1"
        assert await world.superuser.fetchval(count, bakery.id) == 0, table
    assert await world.superuser.fetchval("SELECT count(*) FROM members WHERE tenant_id = $1", cafe.id) == 1
    assert (await audit(world, OPERATOR))[-2:] == ["tenant.deleting", "tenant.deleted"]
    row = await world.superuser.fetchval(
        "SELECT details FROM audit WHERE action = 'tenant.deleted' ORDER BY at DESC LIMIT 1"
    )
    assert slug in row and SECRET not in row and omar.sender.name not in row
    await olga.tap(f"op:show:{bakery.id}")
    assert olga.last == write("op_gone", "en")


async def test_deleting_goes_on_where_it_was_cut_off_and_ends_once(world: World, office: Office) -> None:
    bakery = await world.open_tenant("Bakery")
    await bakery.join("Omar")
    await world.superuser.execute("UPDATE tenants SET suspended_at = now() WHERE tenant_id = $1", bakery.id)
    olga = await operator(world).join("Olga")
    call = call_of(olga, proposing("delete_tenant", tenant_id=bakery.id, slug=bakery.profile.slug), f"cut-{bakery.id}")
    delete = office.executors["delete_tenant"]
    assert isinstance(delete, DeleteTenant)
    cut = DeleteTenant(world.database, _Broken(world.link), office.forgotten.append, office.uncache)  # type: ignore[arg-type]
    with pytest.raises(ConnectionError):
        await cut(call)
    assert (await delete(call))["code"] == "done"
    assert (await delete(call))["code"] == "done"  # the answer to the try before was lost
    assert (await audit(world, OPERATOR)).count("tenant.deleted") >= 1
    again = await delete(call_of(olga, proposing("delete_tenant", tenant_id=bakery.id, slug=bakery.profile.slug)))
    assert again["code"] == "gone"


class _Broken:
    """A connection that breaks where rows are deleted."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def transaction(self) -> object:
        raise ConnectionError


@pytest.mark.parametrize(("slug", "suspended", "code"), [("else", True, "other_slug"), ("", False, "not_suspended")])
async def test_the_executor_looks_again_before_it_deletes(
    world: World, office: Office, slug: str, suspended: bool, code: str
) -> None:
    bakery = await world.open_tenant("Bakery")
    if suspended:
        await world.superuser.execute("UPDATE tenants SET suspended_at = now() WHERE tenant_id = $1", bakery.id)
    olga = await operator(world).join("Olga")
    action = proposing("delete_tenant", tenant_id=bakery.id, slug=slug or bakery.profile.slug)
    assert (await office.executors["delete_tenant"](call_of(olga, action)))["code"] == code
    assert await world.superuser.fetchval("SELECT count(*) FROM tenants WHERE tenant_id = $1", bakery.id) == 1


async def test_a_question_of_before_deletes_nothing(world: World) -> None:
    bakery = await world.open_tenant("Bakery")
    await world.superuser.execute("UPDATE tenants SET suspended_at = now() WHERE tenant_id = $1", bakery.id)
    olga = await operator(world).join("Olga")
    await olga.tap(f"op:delete:{bakery.id}")
    outcome = await olga.write(bakery.profile.slug, NOW + timedelta(minutes=11))
    assert not outcome.actions and "too long ago" in olga.last


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
