"""The log of acknowledged deliveries, from which ack latencies are counted."""

from collections import deque
from itertools import islice

from sandbox.courier import Delivery
from sandbox.records import Json

KEPT = 200_000


class DeliveryLog:
    """The newest deliveries of people's messages, numbered from 1."""

    def __init__(self) -> None:
        self._items: deque[Delivery] = deque(maxlen=KEPT)
        self.total = 0

    def note(self, delivery: Delivery) -> None:
        if delivery.message_id:
            self._items.append(delivery)
            self.total += 1

    def clear(self) -> None:
        self._items.clear()
        self.total = 0

    def after(self, number: int, most: int) -> list[Json]:
        oldest = self.total - len(self._items)
        start = max(number, oldest)
        return [
            {
                "n": start + ordinal + 1,
                "chat": delivery.chat.key,
                "message_id": delivery.message_id,
                "started_ns": delivery.started_ns,
                "acked_ns": delivery.acked_ns,
                "attempts": delivery.attempts,
            }
            for ordinal, delivery in enumerate(islice(self._items, start - oldest, start - oldest + most))
        ]
