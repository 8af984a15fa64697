"""A turn's story, told from what real turns left in a real database."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from pydantic import JsonValue

from core.actions import ActionCall, ProposedAction
from core.changes import OpenApproval
from core.clock import SystemClock
from core.events import ActionResult, MessageReceived
from core.ids import conversation_id, new_approval_id, turn_id
from core.messages import SendText
from core.models import TokenUsage
from core.spending import Attempt, Cost, PaidUsage, Spending
from core.turns import TurnInput, TurnOutcome, TurnTools
from db.database import Database
from routing.ledger import Ledger
from steward.cli.story import lay_out
from tests.steward.conftest import REPO, Cli
from tests.support.databases import Urls
from tests.support.engines import ACCOUNT, TENANT, RecordingChannel, engine_of, message

STREAM = conversation_id(TENANT, ACCOUNT, "ana")
TURN = turn_id(TENANT, STREAM, 1)
APPROVAL = new_approval_id()


async def decide(turn: TurnInput, tools: TurnTools) -> TurnOutcome:
    """Escalates and looks something up; says something; fails on what it is told to fail on."""
    if any(isinstance(recorded.event, ActionResult) for recorded in turn.events):
        return TurnOutcome(trace={"by": "rules"})
    texts = [recorded.event.text for recorded in turn.events if isinstance(recorded.event, MessageReceived)]
    if "break" in texts:
        raise ValueError("cannot")
    return TurnOutcome(
        messages=(SendText(text="Let me ask Marta."),),
        actions=(ProposedAction(name="look_up", arguments={"name": "Ana Souza"}),),
        changes=(
            OpenApproval(approval_id=APPROVAL, question="Is it vegan?", reason="not_in_knowledge", contact_name="Ana"),
        ),
        trace={
            "by": "knowledge",
            "threshold": 0.5,
            "sources": [{"source": "allergens.md › Nuts", "score": 0.8312}, {"source": "visit.md", "score": 0.2}],
            "escalated": "not_in_knowledge",
        },
    )


async def look_up(call: ActionCall) -> dict[str, JsonValue]:
    return {"text": "Ana is a regular"}


@pytest.fixture
async def told(cli: Cli, urls: Urls) -> AsyncIterator[Cli]:
    """A tenant with a turn that escalated and one that took in a result."""
    added = await cli.here("tenant", "add", REPO / "demo" / "bakery")
    assert added.code == 0, added.err
    channel = RecordingChannel()
    connection = await asyncpg.connect(urls.owner)
    async with engine_of(urls.engine, channel, decide, executors={"look_up": look_up}) as engine:
        await engine.recorder.record([message("ana", "Is the rye vegan?", "wamid.49151234567890ABCDEFGH")])
        await until_row(connection, "SELECT count(*) = 2 FROM turns")
        await until_row(connection, "SELECT bool_and(status = 'sent') FROM outbox")
    await connection.close()
    yield cli


async def until_row(connection: asyncpg.Connection, query: str) -> None:
    async with asyncio.timeout(20):
        while not await connection.fetchval(query):
            await asyncio.sleep(0.01)


def lines_with(out: str, *words: str) -> list[str]:
    return [line for line in out.splitlines() if all(word in line for word in words)]


async def test_what_a_turn_paid_and_why(told: Cli, database: Database) -> None:
    clock = SystemClock()
    ledger = Ledger(database, clock)
    whose = Spending(
        tenant_id=TENANT, stream_id=STREAM, stream_kind="conversation", seq=1, agent="billing", workflow="conversation",
        channel="telegram", time_zone="UTC", currency="USD",
    )  # fmt: skip
    trial = Attempt(
        call_id=uuid4(), kind="chat", provider="groq", model="llama", deadline=timedelta(seconds=9),
        decision={
            "difficulty": 1, "score": 0.2, "input_tokens": 700, "value_usd": 0.02,
            "left_out": {"groq/huge": "too slow"},
            "order": [{"model": "groq/llama", "worth_usd": 0.018, "good": 0.9, "price_usd": 0.0005, "seconds": 0.8}],
        },
    )  # fmt: skip
    hold = await ledger.reserve(whose, trial, Cost(usd_micros=900, basis="groq"))
    usage = PaidUsage(tokens=TokenUsage(input_tokens=700, cached_read_tokens=500, output_tokens=60))
    await ledger.settle(hold, Cost(usd_micros=321, basis="groq"), usage)
    await ledger.refuse(whose, replace(trial, model="big"), "Misconfigured")
    out = (await told.here("trace", TURN)).out
    assert lines_with(
        out, "groq/llama: paid, 0.000321 USD of 0.000900 USD reserved", "exact price (groq)",
        "700 tokens in (500 cached), 60 out",
    )  # fmt: skip
    assert lines_with(out, "groq/big: refused (Misconfigured)")
    assert lines_with(out, "difficulty 1 of 4", "a right answer is worth $0.02")
    assert lines_with(out, "1. groq/llama: worth $0.0180; good in 90%, costs $0.00050, takes 0.8 s")
    assert lines_with(out, "not groq/huge: too slow")


async def test_the_story_of_a_turn(told: Cli, owner_connection: asyncpg.Connection) -> None:
    story = await told.here("trace", TURN)
    assert story.code == 0, story.err
    out = story.out
    assert out.startswith(f"Turn {TURN}\n")
    for words in (
        ["tenant", "(bakery)"],
        ["stream", "conversation"],
        ["took", " ms", "worker", "try 1"],
        ["#1", "message, 17 characters", "…ABCDEFGH"],
        ["by ", "knowledge"],
        ["allergens.md › Nuts", "score 0.831"],
        ["bot, 17 characters"],
        ["text of 17 characters, by bot"],
        ["sent", "ms after the turn"],
        ["provider's ids: 1"],
        ["action look_up (name)"],
        ["result #2", "done"],
        [APPROVAL, "opened here", "not_in_knowledge: pending"],
    ):
        assert lines_with(out, *words), (words, out)
    for private in ("vegan", "Marta", "Ana", "Souza", "regular", "4915"):
        assert private not in out
    assert await owner_connection.fetchval("SELECT count(*) FROM audit") == 0


async def test_words_are_shown_when_asked_for_and_that_is_noted(
    told: Cli, owner_connection: asyncpg.Connection
) -> None:
    story = await told.here("trace", TURN, "--words")
    assert story.code == 0, story.err
    for words in ("Is the rye vegan?", "Let me ask Marta.", "Ana Souza", "Ana is a regular", "Ana: Is it vegan?"):
        assert words in story.out
    notes = await owner_connection.fetch("SELECT tenant_id, actor, action, details->>'turn' FROM audit")
    assert [tuple(note) for note in notes] == [(TENANT, "operator", "turn_words_read", TURN)]


async def test_times_are_the_tenants(told: Cli, owner_connection: asyncpg.Connection) -> None:
    async def began() -> str:
        (line,) = lines_with((await told.here("trace", TURN)).out, "began")
        return line

    await owner_connection.execute("UPDATE tenants SET time_zone = 'Asia/Kathmandu'")
    await owner_connection.execute("UPDATE turns SET started_at = '2026-07-01 12:00:00.5+00'")
    assert "01 Jul 2026 17:45:00.500 (Asia/Kathmandu)" in await began()
    await owner_connection.execute("UPDATE tenants SET time_zone = 'Atlantis'")
    assert "01 Jul 2026 12:00:00.500 (UTC)" in await began()


async def test_the_latest_turns_of_a_tenant(told: Cli) -> None:
    listed = await told.here("trace", "latest", "bakery")
    second, first = listed.out.splitlines()
    assert first.startswith(TURN) and "escalated not_in_knowledge" in first
    assert second.startswith(turn_id(TENANT, STREAM, 2)) and "by rules" in second
    assert (await told.here("trace", "latest", "operator")).out.startswith("operator has had no turns")


async def test_what_no_turn_took_in_and_what_was_given_up(
    told: Cli, urls: Urls, owner_connection: asyncpg.Connection
) -> None:
    async with engine_of(urls.engine, RecordingChannel(), decide, roles=("web",)) as engine:
        await engine.recorder.record([message("ana", "break", "u2")])
    waiting = turn_id(TENANT, STREAM, 3)
    assert "1 events of this stream wait" in (await told.here("trace", waiting)).err
    async with engine_of(urls.engine, RecordingChannel(), decide):
        await until_row(owner_connection, "SELECT count(*) = 1 FROM dead_letters")
    story = (await told.here("trace", waiting)).out
    assert lines_with(story, "#3", "ValueError")
    assert lines_with(story, "try 5")
    await owner_connection.execute("DELETE FROM turns")
    assert "dropped after 30 days" in (await told.here("trace", TURN)).err


async def test_a_turn_outlives_its_events(told: Cli, owner_connection: asyncpg.Connection) -> None:
    await owner_connection.execute("DELETE FROM inbox")
    await owner_connection.execute("DELETE FROM outbox")
    story = (await told.here("trace", TURN)).out
    assert lines_with(story, "1 more, whose rows retention has dropped")
    assert lines_with(story, "bot, 17 characters")


async def test_no_tenant_sees_anothers_turn(told: Cli) -> None:
    other = turn_id(type(TENANT)(3), STREAM, 1)
    assert "no such turn" in (await told.here("trace", other)).err


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        ({}, []),
        ({"by": "model", "cost": 0.123456}, ["by    model", "cost  0.123"]),
        ({"tags": ["a", "b"], "none": []}, ["tags  a, b", "none  none"]),
        ({"deep": {"a": {"b": 1}, "ok": True}}, ["deep", "  a", "    b  1", "  ok  yes"]),
        ({"rows": [{"source": "x", "score": 1.0}, 3]}, ["rows", "  x  score 1", "  3"]),
    ],
)
def test_any_trace_is_laid_out(value: Any, lines: Sequence[str]) -> None:
    assert lay_out(value) == lines


async def test_an_approval_that_was_decided_in_a_turn(told: Cli, owner_connection: asyncpg.Connection) -> None:
    """As a desk's turn leaves it: decided between its beginning and its end, by the member whose desk it is."""
    await owner_connection.execute(
        """WITH member AS (INSERT INTO members (tenant_id, name, role, account_id, chat, desk)
                           SELECT tenant_id, 'Marta', 'owner', 1, 'm', stream_id FROM turns LIMIT 1 RETURNING member_id)
           UPDATE approvals SET status = 'answer', decided_by = member_id, decided_text = 'It is.',
                  decided_at = (SELECT started_at FROM turns WHERE upto_seq = 2) FROM member"""
    )
    await owner_connection.execute("UPDATE streams SET kind = 'desk'")
    second = turn_id(TENANT, STREAM, 2)
    assert lines_with((await told.here("trace", second)).out, APPROVAL, "decided here", "answer at")
    first = (await told.here("trace", TURN, "--words")).out
    assert lines_with(first, APPROVAL, "opened here", "answer by Marta") and lines_with(first, "It is.")
    assert len(lines_with(first, "Let me ask Marta.")) == 2, "said, and sent: a desk has no history of its own"
