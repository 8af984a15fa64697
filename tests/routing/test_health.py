"""What is known of a model in this process."""

import asyncio

import pytest

from routing.errors import Busy
from routing.health import Health
from tests.support.clocks import HandClock


def test_its_time_is_learnt_and_grows_with_the_queue() -> None:
    health = Health(HandClock(), seconds=1.0, at_once=2)
    for _ in range(50):
        health.succeeded(3.0)
    assert health.seconds == pytest.approx(3.0, abs=0.01)


async def test_the_queue_counts_and_its_end_is_busy() -> None:
    health = Health(HandClock(), seconds=1.0, at_once=1)
    async with health.slot(1):
        waiter = asyncio.create_task(health.slot(5).__aenter__())
        await asyncio.sleep(0)
        assert health.waiting == 1 and health.seconds == 2.0
        with pytest.raises(Busy):
            async with health.slot(0):
                raise AssertionError("there is no room")
    await waiter
    assert health.waiting == 0


async def test_a_cancelled_wait_leaves_the_queue() -> None:
    health = Health(HandClock(), seconds=1.0, at_once=1)
    async with health.slot(1):
        waiter = asyncio.create_task(health.slot(5).__aenter__())
        await asyncio.sleep(0)
        waiter.cancel()
        await asyncio.wait([waiter])
        assert health.waiting == 0
    async with health.slot(1):
        assert health.waiting == 0


def test_failures_are_forgotten_and_a_wish_for_rest_is_kept() -> None:
    clock = HandClock()
    health = Health(clock, seconds=1.0, at_once=1)
    for _ in range(50):
        health.failed()
    assert health.failing > 0.95
    clock.advance(600)
    assert health.failing < 0.05
    health.rest(30)
    health.rest(5)
    clock.advance(29)
    assert health.resting
    clock.advance(2)
    assert not health.resting
