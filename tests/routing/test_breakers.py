"""Circuit breakers over the real Redis: open together, probed by one, alone when Redis is away."""

import asyncio

import pytest

from db.breakers import Admission, BreakerStore
from db.cache import Redis, open_redis
from routing.breakers import FIRST_PAUSE, OPENS_AFTER, PROBE_TIME, Breakers
from tests.support.clocks import HandClock
from tests.support.product import free_port

NAME = "groq/llama:abc"


@pytest.fixture
def breakers(redis: Redis) -> Breakers:
    return Breakers(BreakerStore(redis), HandClock())


async def move_on(redis: Redis, name: str = NAME) -> None:
    """As if the pause were over: Redis keeps its own time."""
    await redis.hset(f"b:{name}", "open_until", "1")


async def fail(breakers: Breakers, times: int, name: str = NAME) -> None:
    for _ in range(times):
        await breakers.fail(name)


async def test_it_opens_after_failures_in_a_row_and_only_its_own(breakers: Breakers) -> None:
    await fail(breakers, OPENS_AFTER - 1)
    assert await breakers.look([NAME, "other"]) == [Admission.SUSPECT, Admission.CLOSED]
    await breakers.succeed(NAME, Admission.SUSPECT)
    await fail(breakers, OPENS_AFTER - 1)
    assert await breakers.look([NAME]) == [Admission.SUSPECT]
    await breakers.fail(NAME)
    assert await breakers.look([NAME, "other"]) == [Admission.OPEN, Admission.CLOSED]


async def test_two_replicas_share_it_and_send_one_probe(redis: Redis) -> None:
    here, there = (Breakers(BreakerStore(redis), HandClock()) for _ in range(2))
    await fail(here, OPENS_AFTER)
    assert await there.admit(NAME) is Admission.OPEN
    await move_on(redis)
    assert await there.look([NAME]) == [Admission.PROBE]
    asked = await asyncio.gather(*(each.admit(NAME) for each in [here, there] * 20))
    assert asked.count(Admission.PROBE) == 1 and asked.count(Admission.OPEN) == 39
    assert await there.look([NAME]) == [Admission.OPEN]
    await there.succeed(NAME, Admission.PROBE)
    assert await here.look([NAME]) == [Admission.CLOSED]


async def test_a_failed_probe_opens_it_for_twice_as_long(breakers: Breakers, redis: Redis) -> None:
    await fail(breakers, OPENS_AFTER)
    first = int(await redis.hget(f"b:{NAME}", "times") or 0)
    await move_on(redis)
    assert await breakers.admit(NAME) is Admission.PROBE
    await breakers.fail(NAME)
    assert await breakers.look([NAME]) == [Admission.OPEN]
    assert int(await redis.hget(f"b:{NAME}", "times") or 0) == first + 1


async def test_what_was_under_way_when_it_opened_does_not_lengthen_the_pause(breakers: Breakers, redis: Redis) -> None:
    await fail(breakers, OPENS_AFTER + 40)
    assert int(await redis.hget(f"b:{NAME}", "times") or 0) == 1


async def test_without_redis_each_process_goes_by_what_it_saw() -> None:
    clock = HandClock()
    async with open_redis(f"redis://127.0.0.1:{free_port()}") as nobody:
        breakers = Breakers(BreakerStore(nobody), clock)
        assert await breakers.look([NAME]) == [Admission.CLOSED]
        await fail(breakers, OPENS_AFTER)
        assert await breakers.look([NAME]) == [Admission.OPEN]
        clock.advance(FIRST_PAUSE.total_seconds() + 1)
        assert [await breakers.admit(NAME) for _ in range(3)] == [Admission.PROBE, Admission.OPEN, Admission.OPEN]
        clock.advance(PROBE_TIME.total_seconds() + 1)  # the probe never reported
        assert await breakers.admit(NAME) is Admission.PROBE
        await breakers.succeed(NAME, Admission.PROBE)
        assert await breakers.look([NAME]) == [Admission.CLOSED]
