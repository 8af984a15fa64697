"""Deliveries: in order within a lane, never more at once than allowed, each until it is acknowledged."""

import asyncio
from collections import defaultdict

from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.courier import Courier, Delivery
from sandbox.faults import DeliveryFaults
from sandbox.records import Chat

CHATS = [Chat(key=f"tg:a:{name}", channel="telegram", account="a", person=name) for name in "xyz"]


def delivery(number: int, lane: int) -> Delivery:
    chat = CHATS[lane]
    return Delivery(key=f"a/{number}", lane=chat.key, body=b"", kind="message", chat=chat, message_id=str(number))


@settings(max_examples=60, deadline=None)
@given(
    lanes=st.lists(st.integers(0, 2), min_size=1, max_size=30),
    outcomes=st.lists(st.booleans(), max_size=14),  # the pauses double up to five seconds
    connections=st.integers(1, 4),
    batch=st.sampled_from([1, 5]),
)
def test_order_and_limits(lanes: list[int], outcomes: list[bool], connections: int, batch: int) -> None:
    asyncio.run(carry(lanes, outcomes, connections, batch))


async def carry(lanes: list[int], outcomes: list[bool], connections: int, batch: int) -> None:
    script = iter(outcomes)
    arrived: dict[str, list[int]] = defaultdict(list)
    done: list[str] = []
    flying = most = 0

    async def send(load: list[Delivery]) -> float | None:
        nonlocal flying, most
        assert 1 <= len(load) <= batch
        flying += 1
        most = max(most, flying)
        await asyncio.sleep(0)
        flying -= 1
        if not next(script, True):
            return 0.0
        for each in load:
            arrived[each.lane].append(int(each.message_id))
        return None

    finished = asyncio.Event()

    def finish(each: Delivery) -> None:
        done.append(each.key)
        if len(done) == len(lanes):
            finished.set()

    faults = DeliveryFaults()
    courier = Courier(send, finish, faults, connections=connections, batch=batch, first_pause=0.00001)
    for number, lane in enumerate(lanes):
        courier.add(delivery(number, lane))
    async with asyncio.timeout(10):
        await finished.wait()
    await courier.close()
    assert most <= connections
    assert len(set(done)) == len(lanes)
    for lane, chat in enumerate(CHATS):
        assert arrived[chat.key] == [number for number, each in enumerate(lanes) if each == lane]


async def test_what_arrives_just_as_the_last_worker_leaves_is_carried() -> None:
    """Between a worker's last look and the end of its task there is room for one callback of the loop."""
    loop = asyncio.get_running_loop()
    both = asyncio.Event()

    async def send(_: list[Delivery]) -> float | None:
        return None

    def finish(each: Delivery) -> None:
        if each.key == "a/0":
            loop.call_soon(lambda: courier.add(delivery(1, 1)))
        else:
            both.set()

    courier = Courier(send, finish, DeliveryFaults(), connections=1)
    courier.add(delivery(0, 0))
    async with asyncio.timeout(10):
        await both.wait()
    await courier.close()
