"""Indexes under a cap: the least recently used goes first, one is built once, and none tells of another's contact."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.ids import ContactId, TenantId
from memory.indexes import Indexes as HeldIndexes
from memory.selection import ConversationIndex, Turn

Indexes = HeldIndexes[ConversationIndex]
NOW = datetime(2024, 3, 4, tzinfo=UTC)
TENANT = TenantId(1)


def contact(number: int) -> ContactId:
    return ContactId(UUID(int=number))


def turns(*texts: str) -> list[Turn]:
    return [Turn(id=str(n), speaker="Maria", text=text, at=NOW) for n, text in enumerate(texts)]


def built(history: Sequence[Turn]) -> ConversationIndex:
    index = ConversationIndex()
    for turn in history:
        index.add(turn)
    return index


class History:
    """Counts how often it was read."""

    def __init__(self, *texts: str) -> None:
        self.turns = turns(*texts)
        self.reads = 0

    async def read(self) -> ConversationIndex:
        self.reads += 1
        await asyncio.sleep(0)
        return built(self.turns)


def size_of(history: History) -> int:
    return built(history.turns).size_bytes


async def test_who_asks_meanwhile_waits_for_the_same_index() -> None:
    indexes, history = Indexes(), History("I keep bees.")
    found = await asyncio.gather(*(indexes.get(TENANT, contact(1), history.read) for _ in range(5)))
    assert history.reads == 1
    assert all(index is found[0] for index in found)
    assert indexes.find(TENANT, contact(1)) is found[0]
    assert indexes.find(TenantId(2), contact(1)) is None


async def test_the_least_recently_used_goes_first() -> None:
    history = History("I keep bees.", "They make honey.")
    size = size_of(history)
    indexes = Indexes(most_bytes=2 * size + size // 2)
    for number in (1, 2):
        await indexes.get(TENANT, contact(number), history.read)
    indexes.find(TENANT, contact(1))
    await indexes.get(TENANT, contact(3), history.read)
    assert [indexes.find(TENANT, contact(number)) is not None for number in (1, 2, 3)] == [True, False, True]
    assert indexes.size_bytes == 2 * size


async def test_what_grows_counts_and_what_is_too_large_alone_is_not_kept() -> None:
    history = History("Hello.")
    indexes = Indexes(most_bytes=size_of(history) + 2_000)
    index = await indexes.get(TENANT, contact(1), history.read)
    for turn in turns(*(f"word{n} again" for n in range(40))):
        index.add(turn)
    assert indexes.find(TENANT, contact(1)) is index
    assert len(indexes) == indexes.size_bytes == 0


async def test_memory_pressure_and_forgetting() -> None:
    history = History("Hello.")
    indexes = Indexes()
    for number in range(4):
        await indexes.get(TENANT, contact(number), history.read)
    indexes.shrink(indexes.size_bytes // 2)
    assert len(indexes) == 2
    assert indexes.find(TENANT, contact(3)) is not None
    indexes.drop(TENANT, contact(3))
    indexes.drop(TENANT, contact(99))
    assert indexes.find(TENANT, contact(3)) is None
    indexes.shrink(0)
    assert len(indexes) == indexes.size_bytes == 0


async def test_under_pressure_a_quarter_is_used() -> None:
    history = History("Hello.")
    short = False
    indexes = Indexes(most_bytes=8 * size_of(history), pressed=lambda: short)
    for number in range(8):
        await indexes.get(TENANT, contact(number), history.read)
    assert len(indexes) == 8
    short = True
    assert indexes.find(TENANT, contact(7)) is not None
    assert [indexes.find(TENANT, contact(number)) is not None for number in range(8)] == [False] * 6 + [True] * 2


async def test_what_is_forgotten_while_an_index_is_made_is_not_kept() -> None:
    indexes = Indexes()

    async def read() -> ConversationIndex:
        indexes.drop(TENANT, contact(1))
        return built(turns("old news"))

    await indexes.get(TENANT, contact(1), read)
    assert indexes.find(TENANT, contact(1)) is None


async def test_a_failed_reading_leaves_nothing_behind() -> None:
    indexes, history = Indexes(), History("Hello.")

    async def fail() -> ConversationIndex:
        raise RuntimeError("away")

    with pytest.raises(RuntimeError, match="away"):
        await indexes.get(TENANT, contact(1), fail)
    assert len(await indexes.get(TENANT, contact(1), history.read)) == 1


@given(
    st.lists(st.tuples(st.integers(1, 3), st.integers(1, 3), st.sampled_from(["get", "drop", "shrink"])), max_size=25)
)
@settings(max_examples=40, deadline=None)
def test_nobody_reads_across(steps: list[tuple[int, int, str]]) -> None:
    """Whatever is held and dropped in between, an index tells only of its own tenant's own contact."""

    async def run() -> None:
        indexes = Indexes(most_bytes=6_000)
        for tenant, number, step in steps:
            secret = f"my secret is t{tenant}c{number}"
            if step == "get":
                index = await indexes.get(TenantId(tenant), contact(number), History(secret).read)
                found = index.select("secret", NOW, None)
                assert [chosen.turn.text for chosen in found.chosen] == [secret]
            elif step == "drop":
                indexes.drop(TenantId(tenant), contact(number))
            else:
                indexes.shrink(2_000)
            assert 0 <= indexes.size_bytes <= 6_000

    asyncio.run(run())
