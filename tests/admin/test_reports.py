"""Reports at a desk: what they count, when they come by themselves, and how that is set."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin.reports.hours import DigestWish, read_digest_wish, read_hour
from admin.reports.periods import find_period, name_days, read_period, span
from admin.reports.timing import due_on
from core.changes import SetTimer
from core.events import DeskOpened, TimerFired
from core.ids import AccountId, StreamId, conversation_id
from core.messages import BUTTON_ID_BYTES, SendText
from core.turns import TurnOutcome
from tenants.settings import BusinessSettings
from tests.admin.desk_world import Seat, Tenant, World, buttons, texts
from tests.admin.spending import spend
from tests.support.clocks import HandClock

LANGUAGES = ["en", "es", "ru", "de", "fr", "pt"]
MORNING = datetime(2026, 11, 23, 7, tzinfo=UTC)
"""A Monday, 8:00 in Berlin."""
YESTERDAY = MORNING - timedelta(hours=20)


async def join(world: World, role: str = "owner", language: str = "en", at: datetime = MORNING) -> tuple[Tenant, Seat]:
    tenant = await world.open_tenant(language=language)
    return tenant, await take_seat(tenant, "Ana", role, language, at)


async def take_seat(tenant: Tenant, name: str, role: str, language: str = "en", at: datetime = MORNING) -> Seat:
    seat = await tenant.join(name, role, language=language)  # type: ignore[arg-type]
    seat.clock = HandClock(at)
    return seat


async def talk(tenant: Tenant, at: Sequence[datetime], kind: str = "conversation") -> StreamId:
    """A stream in which a customer wrote at those times."""
    chat = uuid4().hex
    stream = conversation_id(tenant.id, AccountId(7), chat)
    await tenant.world.superuser.execute(
        "INSERT INTO streams (tenant_id, stream_id, kind, account_id, chat, last_seq, dirty, lease_token) "
        "VALUES ($1, $2, $3, 7, $4, 9, false, 1)",
        tenant.id, stream, kind, chat,
    )  # fmt: skip
    for seq, each in enumerate(at, 1):
        await tenant.world.superuser.execute(
            "INSERT INTO messages (tenant_id, stream_id, seq, n, author, text, at) "
            "VALUES ($1, $2, $3, 0, 'customer', 'Hello', $4), ($1, $2, $3, 1, 'bot', 'Hello', $4)",
            tenant.id, stream, seq, each,
        )  # fmt: skip
    return stream


async def ask(tenant: Tenant, stream: StreamId, status: str, at: datetime, minutes: float = 0, **more: Any) -> None:
    approval = {"kind": "escalation", "reason": "not_in_knowledge", **more}
    await tenant.world.superuser.execute(
        "INSERT INTO approvals (tenant_id, approval_id, stream_id, kind, status, question, reason, contact_name, "
        "channel, created_at, decided_at, action, action_hash, expires_at) "
        "VALUES ($1, $2, $3, $4, $5, 'What?', $6, 'Maya', 'telegram', $7, $8, $9, $10, $11)",
        tenant.id, uuid4().hex[:13], stream, approval["kind"], status, approval["reason"], at,
        None if status == "pending" else at + timedelta(minutes=minutes),
        *(("{}", "x", at) if approval["kind"] == "action" else (None, None, None)),
    )  # fmt: skip


async def use(tenant: Tenant, status: str, at: datetime) -> None:
    await tenant.world.superuser.execute(
        "INSERT INTO action_uses (tenant_id, key, stream_id, name, agent, contact_id, arguments, status, started_at) "
        "VALUES ($1, $2, $3, 'refund', 'billing', $3, '{}', $4, $5)",
        tenant.id, uuid4().hex, uuid4(), status, at,
    )  # fmt: skip


async def timer(seat: Seat) -> datetime | None:
    return await seat.tenant.world.superuser.fetchval(
        "SELECT due_at FROM timers WHERE tenant_id = $1 AND stream_id = $2 AND name = 'rep:next'",
        seat.tenant.id, seat.desk,
    )  # fmt: skip


async def fire(seat: Seat, day: date, at: datetime) -> TurnOutcome:
    seat.clock = HandClock(at)
    return await seat.take(TimerFired(name="rep:next", payload={"day": day.isoformat()}), at=at)


async def busy_day(tenant: Tenant) -> None:
    """Yesterday: two talks that the bot held alone, one with a person, one that still waits."""
    for _ in range(2):
        await talk(tenant, [YESTERDAY, YESTERDAY + timedelta(hours=1)])
    helped, waiting = await talk(tenant, [YESTERDAY]), await talk(tenant, [YESTERDAY])
    await ask(tenant, helped, "answer", YESTERDAY, minutes=12)
    await ask(tenant, waiting, "pending", YESTERDAY)
    await ask(tenant, helped, "reject", YESTERDAY, kind="action", reason="ask")
    await use(tenant, "done", YESTERDAY)
    await use(tenant, "failed", YESTERDAY)
    await talk(tenant, [YESTERDAY - timedelta(days=1), MORNING])  # neither is yesterday's
    await talk(tenant, [YESTERDAY], kind="desk")
    await spend(tenant.world.database, tenant.id, 1.25, YESTERDAY.date())


async def test_the_digest_tells_yesterday_in_at_most_twelve_lines(world: World) -> None:
    tenant, ana = await join(world)
    await busy_day(tenant)
    await tenant.world.superuser.execute(
        "INSERT INTO channel_accounts (tenant_id, channel, role, external_id, name, path_id, delivery, secrets, "
        "status) "
        "VALUES ($1, 'telegram', 'customer', $2, 'Crumbs_Bot', $2, 'polling', '', 'paused')",
        tenant.id, uuid4().hex,
    )  # fmt: skip
    await ana.write("/budget 50")
    outcome = await fire(ana, MORNING.date(), MORNING)
    digest = texts(outcome)[0]
    for line in (
        "**Bakery Lindenhof** · yesterday, Nov 22, 2026",
        "Customer messages: 6, conversations: 4",
        "By the bot alone: 2 · with people: 1 · unanswered: 1",
        "People took 12 minutes to answer (median)",
        "Actions: 1 done, 1 refused, 1 failed",
        "Not in your knowledge: 2",
        "Now: 1 waiting for you, 0 open cases",
        "⚠️ Paused: Crumbs\\_Bot. /bots shows what to do.",
        "Spent: €1.25",
        "This month: €1.25 of €50.00 (2%)",
    ):
        assert line in digest.splitlines(), digest
    assert len(digest.splitlines()) <= 12
    shown = [(button.label, button.id) for button in buttons(outcome)][:3]
    assert shown == [("What is waiting", "menu:inbox"), ("Spending", "mon:show:month"), ("Digest settings", "rep:set")]
    assert await timer(ana) == MORNING + timedelta(days=1)


async def test_a_day_with_nothing_to_tell_brings_nothing(world: World) -> None:
    _, ana = await join(world)
    outcome = await fire(ana, MORNING.date(), MORNING)
    assert outcome.messages == () and outcome.actions == ()
    assert await timer(ana) == MORNING + timedelta(days=1)


async def test_on_monday_the_week_comes_too_and_on_the_first_the_month(world: World) -> None:
    tenant, ana = await join(world)
    await busy_day(tenant)
    outcome = await fire(ana, MORNING.date(), MORNING)
    assert "the week, Nov 16 – 22, 2026" in texts(outcome)[1].replace("\N{THIN SPACE}", " ")
    assert [action.arguments["report"] for action in outcome.actions] == ["messages", "spending"]
    assert {action.arguments["first"] for action in outcome.actions} == {"2026-11-16"}
    first = datetime(2026, 12, 1, 7, tzinfo=UTC)
    outcome = await fire(ana, first.date(), first)
    assert "the month, November 2026" in texts(outcome)[-1]
    assert {action.arguments["last"] for action in outcome.actions} == {"2026-11-30"}
    await ana.write("/digest monthly off")
    assert "the 1st: off" in ana.last
    assert all("the month" not in text for text in texts(await fire(ana, first.date(), first)))


async def test_what_was_missed_comes_once(world: World) -> None:
    """The process was down from Sunday to Wednesday: one digest, of Tuesday, and Monday's week."""
    tenant, ana = await join(world)
    await busy_day(tenant)
    wednesday = MORNING + timedelta(days=2, hours=3)
    await talk(tenant, [wednesday - timedelta(days=1)])
    outcome = await fire(ana, MORNING.date() - timedelta(days=1), wednesday)
    titles = [text.splitlines()[0].replace("\N{THIN SPACE}", " ") for text in texts(outcome)]
    assert [title.partition(" · ")[2] for title in titles] == ["yesterday, Nov 24, 2026", "the week, Nov 16 – 22, 2026"]
    assert await timer(ana) == MORNING + timedelta(days=3)


async def test_it_is_planned_when_somebody_joins_or_opens_a_desk_and_both_desks_get_theirs(world: World) -> None:
    tenant, ana = await join(world)
    bob, cem = await take_seat(tenant, "Bob", "manager"), await take_seat(tenant, "Cem", "viewer")
    assert all([await timer(seat) is not None for seat in (ana, bob, cem)])
    await tenant.world.superuser.execute("DELETE FROM timers WHERE tenant_id = $1", tenant.id)
    outcome = await ana.take(DeskOpened(why="new"))
    assert [change.due_at for change in outcome.changes if isinstance(change, SetTimer)] == [
        MORNING + timedelta(days=1)
    ]
    await busy_day(tenant)
    for seat, told in ((ana, True), (bob, True), (cem, False)):
        outcome = await fire(seat, MORNING.date(), MORNING)
        assert bool(outcome.messages) == told
        assert await timer(seat) == MORNING + timedelta(days=1)


async def test_another_hour_or_time_zone_moves_all_desks(world: World) -> None:
    tenant, ana = await join(world)
    bob = await take_seat(tenant, "Bob", "manager")
    outcome = await ana.write("/digest 9:30")
    assert "The daily digest comes at 9:30" in ana.last
    assert await timer(ana) == datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
    (told,) = outcome.events
    assert (told.stream_id, told.event) == (bob.desk, TimerFired(name="rep:retime", payload={}))
    await bob.take(told.event)
    assert await timer(bob) == await timer(ana)
    await tenant.world.superuser.execute(
        "UPDATE tenants SET time_zone = 'America/New_York' WHERE tenant_id = $1", tenant.id
    )
    early = await fire(bob, MORNING.date(), datetime(2026, 11, 23, 8, 30, tzinfo=UTC))
    assert early.messages == ()
    assert await timer(bob) == datetime(2026, 11, 23, 14, 30, tzinfo=UTC)


async def test_off_is_off_until_it_is_on(world: World) -> None:
    tenant, ana = await join(world)
    await busy_day(tenant)
    await ana.write("/digest off")
    assert "The daily digest is off." in ana.last and await timer(ana) is not None
    assert ["the week" in text for text in texts(await fire(ana, MORNING.date(), MORNING))] == [True]
    await ana.tap("rep:weekly:0")
    await ana.tap("rep:monthly:0")
    assert await timer(ana) is None
    await ana.tap("rep:at:07:00")
    assert await timer(ana) == datetime(2026, 11, 24, 6, tzinfo=UTC)
    shown = [button.label for button in buttons(await ana.write("/digest"))]
    assert shown == ["8:00\N{NARROW NO-BREAK SPACE}AM", "8:00\N{NARROW NO-BREAK SPACE}PM", "Other hour", "No digest",
                     "Weekly: turn on", "Monthly: turn on"]  # fmt: skip


async def test_an_hour_is_asked_for_until_it_is_one(world: World) -> None:
    _, ana = await join(world)
    await ana.tap("rep:other")
    await ana.write("in the morning")
    assert "could not read" in ana.last
    await ana.write("6:45")
    assert await timer(ana) == datetime(2026, 11, 24, 5, 45, tzinfo=UTC)
    await ana.write("/digest 25:00")
    assert "could not read" in ana.last


async def test_viewers_read_reports_and_set_nothing(world: World) -> None:
    tenant, vera = await join(world, "viewer")
    await busy_day(tenant)
    outcome = await vera.write("/report yesterday")
    assert "conversations: 4" in vera.last
    assert "rep:set" not in [button.id for button in buttons(outcome)]
    for forged in ("rep:off", "rep:at:07:00", "rep:set", "rep:other", "rep:weekly:0"):
        await vera.tap(forged)
        assert "look" in vera.last or "owner" in vera.last
    version = await tenant.world.superuser.fetchval("SELECT version FROM tenants WHERE tenant_id = $1", tenant.id)
    assert version == 1
    await vera.write("/digest off")
    assert await tenant.world.superuser.fetchval("SELECT version FROM tenants WHERE tenant_id = $1", tenant.id) == 1


async def test_a_report_of_any_time_and_its_pictures(world: World) -> None:
    tenant, ana = await join(world)
    await ana.write("/report")
    assert "Quiet: no customer wrote." in ana.last
    await busy_day(tenant)
    for _ in range(3):
        await talk(tenant, [YESTERDAY - timedelta(days=8, hours=n) for n in range(7)])
    outcome = await ana.write("/report week")
    assert "(-62% compared with before)" in ana.last
    assert [action.arguments["first"] for action in outcome.actions] == ["2026-11-17", "2026-11-17"]
    assert (await ana.tap("rep:show:month")).actions[0].arguments["last"] == "2026-11-30"
    assert (await ana.tap("rep:show:today")).actions == ()
    assert "conversations: 1" in ana.last


async def test_outside_the_window_one_digest_waits_and_not_five(world: World) -> None:
    tenant, ana = await join(world)
    await busy_day(tenant)
    ana.window_open = False
    for day in range(5):
        await fire(ana, MORNING.date() + timedelta(days=day), MORNING + timedelta(days=day))
    ana.window_open = True
    ana.seen.clear()
    await ana.write("/help")
    assert sum("yesterday" in message.text for message in ana.seen if isinstance(message, SendText)) == 1


@pytest.mark.parametrize("language", LANGUAGES)
async def test_reports_fit_every_channel_in_every_language(world: World, language: str) -> None:
    tenant, ana = await join(world, language=language)
    await busy_day(tenant)
    await ana.write("/budget 50")
    for typed in ("/report yesterday", "/report week", "/report", "/digest", "/digest x9:99", "/digest off"):
        await ana.write(typed)
    await ana.tap("rep:other")
    await fire(ana, MORNING.date(), MORNING)
    for message in ana.seen:
        if not isinstance(message, SendText):
            continue
        row = [shown for each in message.buttons for shown in each]
        assert "{" not in message.text and len(row) <= 10
        assert len(message.text) <= 1000 and (not row or len(message.text.splitlines()) <= 12)
        assert all(0 < len(each.label) <= 20 and len(each.id.encode()) <= BUTTON_ID_BYTES - 24 for each in row)


@pytest.mark.parametrize(
    ("words", "wish"),
    [
        ("8:00", time(8)), ("send me the digest at 7 am", time(7)), ("12 am", time(0)), ("12 pm", time(12)),
        ("a las 20:30", time(20, 30)), ("в 9:15", time(9, 15)), ("um 8 Uhr", time(8)), ("à 8h30", time(8, 30)),
        ("às 7.45", time(7, 45)), ("off", False), ("нет", False), ("aus", False), ("non", False), ("não", False),
        ("on", True),
    ],
)  # fmt: skip
def test_hours_are_understood(words: str, wish: time | bool) -> None:
    at = wish if isinstance(wish, time) else None
    assert read_digest_wish(words) == DigestWish(what="digest_at", on=wish is not False, at=at)


def test_so_are_the_longer_reports() -> None:
    assert read_digest_wish("weekly off") == DigestWish(what="weekly", on=False)
    assert read_digest_wish("Monatsbericht an monat") == DigestWish(what="monthly", on=True)
    assert read_digest_wish("the daily digest, please") is None


@pytest.mark.parametrize("words", ["25:00", "8:60", "13 pm", "0 am", "8 9", "8:00 9:00", "800", "²", "8:0", "-"])
def test_what_is_no_hour_is_refused(words: str) -> None:
    with pytest.raises(ValueError):
        read_hour(words)


@pytest.mark.parametrize(
    ("words", "name"),
    [("today", "today"), ("wie war heute", "today"), ("вчера", "yesterday"), ("la semana", "week"),
     ("ce mois", "month"),
     ("last month", "last_month"), ("прошлый месяц", "last_month"), ("mês passado", "last_month"),
     ("aujourd'hui", "today"),
     ("", None), ("monday", None)],
)  # fmt: skip
def test_times_are_understood(words: str, name: str | None) -> None:
    assert read_period(words) == name


@given(
    st.dates(min_value=date(2020, 1, 1), max_value=date(2040, 1, 1)), st.times(),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC", "no/where"]),
)  # fmt: skip
def test_each_day_has_one_digest_and_a_day_has_no_gap(day: date, at: time, zone: str) -> None:
    at = at.replace(second=0, microsecond=0)
    settings = BusinessSettings(digest_at=at)
    due, following = due_on(day, settings, zone), due_on(day + timedelta(days=1), settings, zone)
    assert timedelta(hours=22) <= following - due <= timedelta(hours=26)
    since, until = span(day, day, zone)
    assert since <= due < until
    assert until == span(day + timedelta(days=1), day, zone)[0]
    if zone != "no/where":
        assert since.astimezone(ZoneInfo(zone)).date() == day


@given(st.dates(min_value=date(2020, 1, 1), max_value=date(2040, 1, 1)))
def test_periods_meet_without_overlap(today: date) -> None:
    for name in ("today", "yesterday", "week", "month", "last_month"):
        period = find_period(name, today)
        before = period.before()
        assert before.last + timedelta(days=1) == period.first
        assert period.first <= period.last
        for language in LANGUAGES:
            assert str(period.first.year) in name_days(period.first, period.last, language)
