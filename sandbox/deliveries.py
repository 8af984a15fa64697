"""What follows an acknowledged delivery: the tick on the person's message, and a log to count latencies from."""

from collections import deque
from itertools import islice

from sandbox.courier import Delivery
from sandbox.events import Events
from sandbox.records import Json
from sandbox.world import Journal

KEPT = 200_000


class DeliveryLog:
    """The newest deliveries of people's messages, numbered from 1."""

    def __init__(self, journal: Journal, events: Events) -> None:
        self._journal = journal
        self._events = events
        self._items: deque[tuple[str, str, int, int, int]] = deque(maxlen=KEPT)
        self.total = 0

    def note(self, delivery: Delivery) -> None:
        if not delivery.message_id:
            return
        self._items.append(
            (delivery.chat.key, delivery.message_id, delivery.started_ns, delivery.acked_ns, delivery.attempts)
        )
        self.total += 1
        message = delivery.chat.messages.get(delivery.message_id)
        if message is not None and message.status == "sent":
            message.status = "delivered"
            self._journal.put("message", f"{message.key}/{message.id}", message)
            event: Json = {"key": message.key, "message_id": message.id, "status": "delivered"}
            self._events.tell({"type": "status", **event})

    def clear(self) -> None:
        self._items.clear()
        self.total = 0

    def after(self, number: int, most: int) -> list[Json]:
        oldest = self.total - len(self._items)
        start = max(number, oldest)
        return [
            {
                "n": start + ordinal + 1,
                "chat": chat,
                "message_id": message_id,
                "started_ns": started_ns,
                "acked_ns": acked_ns,
                "attempts": attempts,
            }
            for ordinal, (chat, message_id, started_ns, acked_ns, attempts) in enumerate(
                islice(self._items, start - oldest, start - oldest + most)
            )
        ]
