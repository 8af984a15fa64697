"""What the crash suite holds the product to: what was acknowledged, what the provider accepted, what is stored.

Nothing here asks the engine. Which sends were in doubt is read from the rows at the moment of the crash.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import asyncpg

from benchmarks.chaos_load import Conversation
from benchmarks.chaos_provider import Accept, Provider

SLACK_SECONDS = 0.5
"""A call that was under way when the process died may reach the provider this much later."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Rows that were being sent when something died, from its end back to where it began."""

    began: float
    ended: float
    rows: frozenset[tuple[str, str]]


@dataclass(slots=True)
class Verdict:
    acknowledged: int = 0
    unanswered: int = 0
    duplicate_rows: int = 0
    duplicate_effects: int = 0
    """Counters, ledgers or history that hold a message more or less than once."""
    order_violations: int = 0
    stuck_streams: int = 0
    stuck_rows: int = 0
    failed_rows: int = 0
    dead_letters: int = 0
    accepts: int = 0
    doubled_in_doubt: int = 0
    doubled_otherwise: int = 0
    actions: int = 0
    actions_lost: int = 0
    actions_repeated: int = 0
    examples: list[str] = field(default_factory=list[str])

    @property
    def holds(self) -> bool:
        return not (
            self.unanswered or self.duplicate_rows or self.duplicate_effects or self.order_violations
            or self.stuck_streams or self.stuck_rows or self.failed_rows or self.dead_letters
            or self.doubled_otherwise or self.actions_lost
        )  # fmt: skip


async def rows_in_doubt(connection: asyncpg.Connection, worker: int | None) -> frozenset[tuple[str, str]]:
    """Messages being sent by a worker; by any, and those already taken over, where none is named."""
    rows = await connection.fetch(
        "SELECT chat, payload ->> 'text' FROM outbox WHERE NOT is_action AND (status = 'sending' AND sender = $1 "
        "OR $1 IS NULL AND (status = 'sending' OR status = 'queued' AND resends > 0))",
        worker,
    )
    return frozenset((row[0], row[1]) for row in rows)


def find_unanswered(conversations: Sequence[Conversation], provider: Provider, before: float) -> int:
    """How many messages that were acknowledged before the given moment have no answer yet."""
    return sum(
        1
        for c in conversations
        for number, at in enumerate(c.acknowledged)
        if at <= before and number not in provider.answered[c.chat]
    )


async def judge(
    connection: asyncpg.Connection, conversations: Sequence[Conversation], provider: Provider, doubts: Sequence[Doubt]
) -> Verdict:
    """Once the load has ended and everything had its time to settle."""
    verdict = Verdict(
        acknowledged=sum(len(c.acknowledged) for c in conversations), accepts=len(provider.accepts),
        unanswered=find_unanswered(conversations, provider, float("inf")),
    )  # fmt: skip
    judge_sends(verdict, provider.accepts, doubts)
    await _judge_rows(verdict, connection)
    await _judge_effects(verdict, connection, conversations)
    await _judge_actions(verdict, connection, provider)
    return verdict


def judge_sends(verdict: Verdict, accepts: Sequence[Accept], doubts: Sequence[Doubt]) -> None:
    by_chat: dict[str, list[Accept]] = defaultdict(list)
    for accept in accepts:
        by_chat[accept.chat].append(accept)
    for chat, sends in by_chat.items():
        latest, known = -1, set[str]()
        for send in sends:
            # Of each text the first accept counts: a crash may leave several in doubt, which are repeated in order.
            if send.text not in known and send.words[0] <= latest:
                verdict.order_violations += 1
                verdict.examples.append(f"order in {chat}: {[(s.text, s.instance) for s in sends]}")
            latest = max(latest, send.words[-1])
            known.add(send.text)
        for text, times in Counter(s.text for s in sends).items():
            if times > 1:
                _judge_double(verdict, chat, text, [s for s in sends if s.text == text], doubts)


def _judge_double(verdict: Verdict, chat: str, text: str, sends: Sequence[Accept], doubts: Sequence[Doubt]) -> None:
    for first, again in pairwise(sends):
        explained = any(
            (chat, text) in doubt.rows and first.at <= doubt.ended + SLACK_SECONDS and again.at >= doubt.began
            for doubt in doubts
        )
        if explained:
            verdict.doubled_in_doubt += 1
        else:
            verdict.doubled_otherwise += 1
            gap = again.at - first.at
            verdict.examples.append(f"doubled in {chat}: {text!r} by {first.instance}, {again.instance} {gap:.2f} s on")


async def _judge_rows(verdict: Verdict, connection: asyncpg.Connection) -> None:
    words: Counter[str] = Counter()
    places: Counter[tuple[object, ...]] = Counter()
    for row in await connection.fetch(
        "SELECT stream_id, seq, n, status, is_action, error, attempts, resends, "
        "coalesce(payload ->> 'text', payload -> 'arguments' ->> 'words') AS w FROM outbox"
    ):
        places[row["stream_id"], row["seq"], row["n"]] += 1
        words.update(f"{row['is_action']}:{word}" for word in row["w"].split())
        verdict.stuck_rows += row["status"] in ("queued", "sending")
        if row["status"] in ("failed", "withheld"):
            verdict.failed_rows += 1
            verdict.examples.append(f"failed: {row['w']!r}, {row['error']!r} after {row['attempts']}, {row['resends']}")
    verdict.duplicate_rows = sum(n - 1 for n in (*places.values(), *words.values()) if n > 1)
    verdict.examples += [f"in two rows: {word}" for word, n in words.items() if n > 1][:5]
    stuck = await connection.fetch(
        "SELECT kind, chat, last_seq, done_seq, owner, fails, dirty FROM streams WHERE last_seq > done_seq"
    )
    verdict.stuck_streams = len(stuck)
    verdict.examples += [f"stuck: {dict(row)}" for row in stuck[:5]]
    verdict.dead_letters = await connection.fetchval("SELECT count(*) FROM dead_letters")


async def _judge_effects(
    verdict: Verdict, connection: asyncpg.Connection, conversations: Sequence[Conversation]
) -> None:
    """Each message must count once: in the conversation's state, in the history, in the case its turn told."""
    heard = {
        row[0]: row[1]
        for row in await connection.fetch(
            "SELECT chat, (state ->> 'heard')::int FROM streams WHERE kind = 'conversation'"
        )
    }
    for c in conversations:
        wrong = heard.get(c.chat, 0) != len(c.acknowledged)
        verdict.duplicate_effects += wrong
        if wrong:
            verdict.examples.append(f"state of {c.chat}: heard {heard.get(c.chat)} of {len(c.acknowledged)}")
    said = await connection.fetchval("SELECT count(*) - count(DISTINCT text) FROM messages WHERE author = 'customer'")
    kept = await connection.fetchval("SELECT count(*) FROM messages WHERE author = 'customer'")
    verdict.duplicate_effects += abs(said) + abs(kept - verdict.acknowledged)
    told: dict[str, list[str]] = defaultdict(list)
    for row in await connection.fetch(
        "SELECT chat, payload ->> 'text' AS text FROM outbox WHERE NOT is_action ORDER BY stream_id, seq, n"
    ):
        if int(row["text"].rpartition("k")[2]) % 5 == 0:
            told[row["chat"]] += row["text"].split()
    ledgers = {
        row[0]: row[1].split()
        for row in await connection.fetch(
            "SELECT split_part(s.seen ->> 0, 'k', 1), "
            "array_to_string(ARRAY(SELECT json_array_elements_text(s.seen)), ' ') "
            "FROM (SELECT state -> 'seen' AS seen FROM streams WHERE kind = 'case') s"
        )
    }
    for chat, words in told.items():
        verdict.duplicate_effects += ledgers.get(f"c{chat}") != words


async def _judge_actions(verdict: Verdict, connection: asyncpg.Connection, provider: Provider) -> None:
    for row in await connection.fetch("SELECT stream_id, seq, n FROM outbox WHERE is_action"):
        key = f"{row['stream_id'].hex}:{row['seq']}:{row['n']}"
        verdict.actions += 1
        verdict.actions_lost += not provider.stamps[key]
        verdict.actions_repeated += max(0, len(provider.stamps[key]) - 1)
