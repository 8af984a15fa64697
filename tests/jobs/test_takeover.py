"""A person takes a conversation over while the bot is about to speak."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import asyncpg

from core.changes import SetMode
from core.channels import Pace, Target
from core.errors import Transient
from core.events import CustomerRelayed, MessageReceived, NewEvent, Sender
from core.ids import AccountId, StreamId, StreamMode, conversation_id, desk_id
from core.messages import OutMessage, SendText
from core.turns import TurnInput, TurnOutcome, TurnTools
from steward.engine import Engine
from tests.support.databases import Urls
from tests.support.engines import ACCOUNT, TENANT, RecordingChannel, engine_of, message, until

DESK_ACCOUNT = AccountId(8)
DESK = desk_id(TENANT, DESK_ACCOUNT, "owner")
ANA = conversation_id(TENANT, ACCOUNT, "ana")


class Desk:
    """What the owner types sets the mode of ana's conversation; `suggested` is what they are shown."""

    def __init__(self) -> None:
        self.suggested: list[str] = []
        self.modes: list[StreamMode] = []

    async def __call__(self, turn: TurnInput, tools: TurnTools) -> TurnOutcome:
        self.suggested += [
            e.event.text for e in turn.events if isinstance(e.event, CustomerRelayed) and e.event.suggestion
        ]
        typed = [e.event.text for e in turn.events if isinstance(e.event, MessageReceived)]
        changes = tuple(SetMode(stream_id=ANA, mode="human" if t == "take" else "bot", holder=DESK) for t in typed)
        self.modes += [change.mode for change in changes]
        return TurnOutcome(changes=changes)


async def type_at_desk(engine: Engine, text: str, external_id: str) -> None:
    event = MessageReceived(message_id="1", sender=Sender(external_id="owner"), at=datetime.now(UTC), text=text)
    await engine.recorder.record(
        [
            NewEvent(
                tenant_id=TENANT, stream_id=StreamId(DESK), stream_kind="desk", account_id=DESK_ACCOUNT,
                external_id=external_id, chat="owner", event=event,
            )
        ]
    )  # fmt: skip


async def statuses(owner: asyncpg.Connection) -> Mapping[str, str]:
    rows = await owner.fetch("SELECT payload ->> 'text', status FROM outbox WHERE stream_id = $1", ANA)
    return {row[0]: row[1] for row in rows}


def to_ana(channel: RecordingChannel) -> list[str]:
    return [text for chat, text in channel.sent if chat == "ana"]


def by_stream(bot: object, desk: Desk):  # the engine takes one handler for all kinds here
    async def handle(turn: TurnInput, tools: TurnTools) -> TurnOutcome:
        return await (desk if turn.stream_kind == "desk" else bot)(turn, tools)  # type: ignore[operator]

    return handle


async def test_replies_that_wait_for_their_pace_are_withheld_and_suggested(
    urls: Urls, owner_connection: asyncpg.Connection
) -> None:
    async def talk(turn: TurnInput, tools: TurnTools) -> TurnOutcome:
        first = turn.events[0].seq == 1
        return TurnOutcome(messages=tuple(SendText(text=f"part {n}") for n in ((0,) if first else (1, 2, 3))))

    desk = Desk()
    channel = RecordingChannel(Pace(per_second=100, per_chat_interval=timedelta(seconds=30), chat_burst=1))
    async with engine_of(urls.engine, channel, by_stream(talk, desk)) as engine:
        # The first turn uses the burst up; the parts of the second have to wait.
        await engine.recorder.record([message("ana", "hello", "u1")])
        await until(lambda: len(to_ana(channel)) == 1)
        await engine.recorder.record([message("ana", "and more", "u2")])
        async with asyncio.timeout(10):
            while len(await statuses(owner_connection)) < 4:
                await asyncio.sleep(0.005)
        await type_at_desk(engine, "take", "d1")
        await until(lambda: len(desk.suggested) == 3)
        assert desk.suggested == ["part 1", "part 2", "part 3"]
    assert to_ana(channel) == ["part 0"]
    assert set((await statuses(owner_connection)).values()) == {"sent", "withheld"}


async def test_a_turn_that_ends_after_the_take_over_does_not_reach_the_customer(
    urls: Urls, owner_connection: asyncpg.Connection
) -> None:
    desk, channel, begun, go = Desk(), RecordingChannel(), asyncio.Event(), asyncio.Event()
    modes: list[StreamMode] = []

    async def think(turn: TurnInput, tools: TurnTools) -> TurnOutcome:
        modes.append(turn.mode)
        if turn.mode == "human":
            return TurnOutcome()
        begun.set()
        await go.wait()
        return TurnOutcome(messages=(SendText(text="from the bot"),), state={"spoke": True})

    async with engine_of(urls.engine, channel, by_stream(think, desk)) as engine:
        await engine.recorder.record([message("ana", "hello", "u1")])
        await begun.wait()
        await type_at_desk(engine, "take", "d1")
        async with asyncio.timeout(10):
            while await owner_connection.fetchval("SELECT mode FROM streams WHERE stream_id = $1", ANA) != "human":
                await asyncio.sleep(0.005)
        go.set()
        await until(lambda: modes == ["bot", "human"])
    assert to_ana(channel) == []
    stream = await owner_connection.fetchrow("SELECT state, last_seq, done_seq FROM streams WHERE stream_id = $1", ANA)
    assert stream is not None and tuple(stream) == (None, 1, 1)
    assert await statuses(owner_connection) == {}


async def test_a_reply_that_was_refused_for_now_is_withheld_after_the_take_over(
    urls: Urls, owner_connection: asyncpg.Connection
) -> None:
    """It was on its way when the owner took over, and came back into the queue only then."""
    desk, channel, sending, refuse = Desk(), RecordingChannel(), asyncio.Event(), asyncio.Event()

    async def answer(turn: TurnInput, tools: TurnTools) -> TurnOutcome:
        return TurnOutcome(messages=(SendText(text="from the bot"),) if turn.mode == "bot" else ())

    async def slow_down(target: Target, message: OutMessage) -> None:
        if target.chat == "ana":
            sending.set()
            await refuse.wait()
            raise Transient("slow down", retry_after=timedelta(milliseconds=10))

    channel.before_send = slow_down
    async with engine_of(urls.engine, channel, by_stream(answer, desk)) as engine:
        await engine.recorder.record([message("ana", "hello", "u1")])
        await sending.wait()
        await type_at_desk(engine, "take", "d1")
        async with asyncio.timeout(10):
            while await owner_connection.fetchval("SELECT mode FROM streams WHERE stream_id = $1", ANA) != "human":
                await asyncio.sleep(0.005)
        channel.before_send = None
        refuse.set()
        async with asyncio.timeout(10):
            while await statuses(owner_connection) != {"from the bot": "withheld"}:
                await asyncio.sleep(0.005)
    assert to_ana(channel) == []


async def test_the_owners_words_are_never_withheld(urls: Urls) -> None:
    desk = Desk()
    channel = RecordingChannel(Pace(per_second=100, per_chat_interval=timedelta(milliseconds=100), chat_burst=1))

    async def relay(turn: TurnInput, tools: TurnTools) -> TurnOutcome:
        text = " ".join(e.event.text for e in turn.events if isinstance(e.event, MessageReceived))
        said = SendText(text=text)
        return TurnOutcome(messages=(replace(said, author="owner"), replace(said, text=f"{text}!", author="owner")))

    async with engine_of(urls.engine, channel, by_stream(relay, desk)) as engine:
        await type_at_desk(engine, "take", "d1")
        await until(lambda: desk.modes == ["human"])
        await engine.recorder.record([message("ana", "one", "u1")])
        await until(lambda: to_ana(channel) == ["one", "one!"])


async def test_a_conversation_handed_back_is_answered_again(urls: Urls) -> None:
    desk, channel = Desk(), RecordingChannel()

    async def answer(turn: TurnInput, tools: TurnTools) -> TurnOutcome:
        return TurnOutcome(messages=(SendText(text=turn.mode),) if turn.mode == "bot" else ())

    async with engine_of(urls.engine, channel, by_stream(answer, desk)) as engine:
        await type_at_desk(engine, "take", "d1")
        await until(lambda: desk.modes == ["human"])
        await engine.recorder.record([message("ana", "one", "u1")])
        await type_at_desk(engine, "release", "d2")
        await until(lambda: desk.modes == ["human", "bot"])
        await engine.recorder.record([message("ana", "two", "u2")])
        await until(lambda: to_ana(channel)[-1:] == ["bot"])
