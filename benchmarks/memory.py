"""`python -m benchmarks.memory`: selecting from a conversation's memory, beside the least such work can cost.

The text is made up here: words of a Zipf distribution with endings, in sessions of twenty turns. The floor of selecting
is plain BM25 over postings of the bare words, in the same run; that of building is one loop that counts the words. The
quality on the LoCoMo conversations follows what `benchmarks/recall.py` measures, where `../shared` holds them.
"""

import asyncio
import gc
import itertools
import math
import random
import subprocess
import sys
import time
import tracemalloc
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks import recall
from memory.selection import ConversationIndex, Turn

_WORDS, _TURN_WORDS, _SESSION_TURNS = 15_000, 22, 20
_SMALL, _LARGE = 600, 10_000
_QUESTIONS = 300
_BUILDS = 3
_BUDGET_TOKENS = 1_000
_BEGIN = datetime(2024, 1, 1, 9, tzinfo=UTC)
_LOCOMO = Path(__file__).parents[2] / "shared" / "bench" / "memory_bench.py"


class Talk:
    """Made-up turns of two people, and questions about them."""

    def __init__(self, turns: int) -> None:
        self._random = random.Random(7)
        syllables = [a + b for a, b in itertools.product("bdfgklmnprstvz", ("a", "e", "i", "o", "u", "an", "er", "il"))]
        stems = ["".join(self._random.choices(syllables, k=self._random.choice((1, 2, 2, 3)))) for _ in range(_WORDS)]
        small = ["i", "you", "the", "a", "to", "and", "it", "is", "my", "we", "that", "was", "of", "for", "in", "so"]
        self._words = small + stems
        self._weights = list(itertools.accumulate(1 / (rank + 3) for rank in range(len(self._words))))
        self.turns = [self._turn(at) for at in range(turns)]
        self.questions = [self._question() for _ in range(_QUESTIONS)]

    def _turn(self, at: int) -> Turn:
        count = max(2, round(self._random.gauss(_TURN_WORDS, 9)))
        words = self._random.choices(self._words, cum_weights=self._weights, k=count)
        text = " ".join(word + self._random.choice(("", "", "", "s", "ed", "ing")) for word in words)
        session, within = divmod(at, _SESSION_TURNS)
        return Turn(
            id=str(at),
            speaker=("Ana", "Bo")[at % 2],
            text=text.capitalize() + self._random.choice(".!?"),
            at=_BEGIN + timedelta(days=session, minutes=within),
        )

    def _question(self) -> str:
        """Three to six words of one turn, the length that people ask in."""
        words = self._random.choice(self.turns).text.lower().strip(".!?").split()
        asked = self._random.sample(words, min(len(words), self._random.randint(3, 6)))
        start = self._random.choice(("What did Ana", "When did Bo", "How many did Ana"))
        return f"{start} {' '.join(asked)}?"


class PlainBM25:
    """The floor: the bare words' postings and nothing else."""

    def __init__(self, turns: Sequence[Turn]) -> None:
        self._postings: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self._lengths: list[int] = []
        for at, turn in enumerate(turns):
            words = turn.text.lower().split()
            self._lengths.append(len(words))
            for word, count in Counter(words).items():
                self._postings[word].append((at, count))
        self._mean = sum(self._lengths) / len(self._lengths)

    def select(self, query: str) -> list[int]:
        scores: dict[int, float] = {}
        for word in query.lower().rstrip("?").split():
            found = self._postings.get(word, ())
            idf = math.log(1 + len(self._lengths) / (len(found) + 0.5))
            for at, count in found:
                stretch = 0.5 + 0.5 * self._lengths[at] / self._mean
                scores[at] = scores.get(at, 0.0) + idf * 2 * count / (count + stretch)
        return sorted(scores, key=scores.__getitem__, reverse=True)[:25]


def _milliseconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1e3


def _percentiles(values: list[float]) -> tuple[float, float]:
    ordered = sorted(values)
    return ordered[len(ordered) // 2], ordered[int(0.95 * len(ordered))]


def _measure_select(turns: int) -> None:
    talk = Talk(turns)
    index, plain = ConversationIndex(), PlainBM25(talk.turns)
    gc.collect()
    gc.freeze()  # the made-up text is not to be walked through by collections that the index sets off
    adding = [_milliseconds(lambda turn=turn: index.add(turn)) for turn in talk.turns]
    now = talk.turns[-1].at + timedelta(days=1)
    floor = _percentiles([_milliseconds(lambda q=q: plain.select(q)) for q in talk.questions])
    for name in ("first time", "again"):  # the first time words are stemmed that were never asked for
        own = _percentiles([_milliseconds(lambda q=q: index.select(q, now, _BUDGET_TOKENS)) for q in talk.questions])
        print(
            f"select at {turns:6,} turns, {name:10s}  p50 {own[0]:6.2f} ms ({own[0] / floor[0]:5.1f} x plain BM25)   "
            f"p95 {own[1]:6.2f} ms ({own[1] / floor[1]:5.1f} x)"
        )
    p50, p95 = _percentiles(adding)
    print(
        f"add    at {turns:6,} turns              p50 {p50:6.3f} ms   p95 {p95:6.3f} ms   longest {max(adding):.2f} ms"
    )


async def _measure_build(turns: Sequence[Turn]) -> None:
    index = ConversationIndex()
    gaps: list[float] = []
    done = asyncio.Event()

    async def watch() -> None:
        last = time.perf_counter()
        while not done.is_set():
            await asyncio.sleep(0)
            now = time.perf_counter()
            gaps.append((now - last) * 1e3)
            last = now

    watching = asyncio.create_task(watch())
    await asyncio.sleep(0)
    started = time.perf_counter()
    await index.build(turns)
    took = (time.perf_counter() - started) * 1e3
    done.set()
    await watching

    def count() -> None:
        counts: dict[str, int] = {}
        for turn in turns:
            for word in turn.text.lower().split():
                counts[word] = counts.get(word, 0) + 1

    floor = _milliseconds(count)
    print(
        f"build of {len(turns):,} turns   {took:.0f} ms ({took / floor:.1f} x counting the words)   "
        f"loop blocked at most {max(gaps):.1f} ms, {_percentiles(gaps)[1]:.1f} ms at p95"
    )


def _measure_bytes(turns: Sequence[Turn]) -> None:
    gc.collect()
    tracemalloc.start()
    index = ConversationIndex()
    for turn in turns:
        index.add(turn)
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    text = sum(len(turn.text.encode()) for turn in turns)
    # The estimate counts the turns and their texts, which were there before the index.
    turns_held = sum(sys.getsizeof(turn.text) + sys.getsizeof(turn) + 2 * sys.getsizeof(turn.id) for turn in turns)
    print(
        f"index of {len(turns):,} turns   {held / len(turns):.0f} bytes a turn beside the turns, "
        f"{(held + turns_held) / len(turns):.0f} with them, estimated {index.size_bytes / len(turns):.0f}   "
        f"({held / text:.1f} x the bytes of the text)"
    )


def main() -> None:
    for turns in (_SMALL, _LARGE):
        _measure_select(turns)
    talk = Talk(_LARGE)
    gc.collect()
    gc.freeze()
    for _ in range(_BUILDS):
        asyncio.run(_measure_build(talk.turns))
    gc.unfreeze()
    for turns in (50, _SMALL, _LARGE):
        _measure_bytes(talk.turns[:turns])
    gc.collect()
    asyncio.run(recall.run())
    if _LOCOMO.exists():
        print("\nLoCoMo, three conversations (measured only, nothing is fitted on them):", flush=True)
        subprocess.run([sys.executable, str(_LOCOMO), "benchmarks.retriever:Retriever"], check=True)


if __name__ == "__main__":
    main()
