"""A process that makes paid calls without a provider; `benchmarks.budgets` and tests drive it by its standard input.

It says `ready`, and once told `go` reserves all its calls at once, says how many passed and how many were refused, and
holds what passed until it is told `settle`. Told `churn <seconds>` instead it reserves and settles without pause.
"""

import asyncio
import random
import sys
import time
from datetime import timedelta
from uuid import UUID, uuid4

import uvloop

from core.clock import SystemClock
from core.errors import LimitReached
from core.ids import StreamId, TenantId
from core.models import TokenUsage
from core.spending import Attempt, Cost, PaidUsage, Spending
from db.database import Database, open_pool
from routing.ledger import Hold, Ledger

TENANT = TenantId(2)
WORST = Cost(usd_micros=1000, basis="bench")
CONNECTIONS = 8


def spending(number: int = 0) -> Spending:
    return Spending(
        tenant_id=TENANT, stream_id=StreamId(UUID(int=number % 50)), stream_kind="conversation", seq=number,
        agent=f"agent-{number % 3}", workflow="conversation", channel="telegram", time_zone="UTC", currency="USD",
    )  # fmt: skip


def attempt(seconds: float = 60) -> Attempt:
    return Attempt(
        call_id=uuid4(), kind="chat", provider="bench", model="bench", deadline=timedelta(seconds=seconds),
        decision={"difficulty": 2, "why": "cheapest that is good enough", "refused": ["big: too dear"]},
    )  # fmt: skip


async def reserve(ledger: Ledger, number: int) -> Hold | None:
    try:
        return await ledger.reserve(spending(number), attempt(), WORST)
    except LimitReached:
        return None


async def settle(ledger: Ledger, hold: Hold, micros: int) -> None:
    usage = PaidUsage(tokens=TokenUsage(input_tokens=900, output_tokens=80))
    await ledger.settle(hold, Cost(usd_micros=micros, basis="bench"), usage)


async def churn(ledger: Ledger, calls: int, seconds: float) -> tuple[int, int]:
    passed = refused = 0
    until = time.monotonic() + seconds

    async def one(number: int) -> None:
        nonlocal passed, refused
        while time.monotonic() < until:
            hold = await reserve(ledger, number)
            if hold is None:
                refused += 1
            else:
                passed += 1
                await settle(ledger, hold, random.randint(0, 5))

    await asyncio.gather(*(one(number) for number in range(calls)))
    return passed, refused


async def main(url: str, calls: int) -> None:
    async with open_pool(url, size=CONNECTIONS) as pool:
        ledger = Ledger(Database(pool), SystemClock())
        await ledger.standings(spending())
        _say("ready")
        order, _, argument = (await asyncio.to_thread(sys.stdin.readline)).strip().partition(" ")
        if order == "churn":
            _say("{} {}".format(*await churn(ledger, calls, float(argument))))
            return
        holds = [hold for hold in await asyncio.gather(*(reserve(ledger, n) for n in range(calls))) if hold]
        _say(f"{len(holds)} {calls - len(holds)}")
        await asyncio.to_thread(sys.stdin.readline)
        await asyncio.gather(*(settle(ledger, hold, 700) for hold in holds))
        _say("settled")


def _say(words: str) -> None:
    print(words, flush=True)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(sys.argv[1], int(sys.argv[2])))
