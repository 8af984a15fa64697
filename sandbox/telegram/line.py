"""One bot at work: its chats, the updates that wait for it, and who fetches or receives them."""

import asyncio
import time
from dataclasses import dataclass, field

import orjson

from sandbox.courier import Courier, Delivery
from sandbox.deliveries import DeliveryLog
from sandbox.faults import Faults, strikes
from sandbox.records import Bot, Chat, Json
from sandbox.telegram.errors import ApiError
from sandbox.telegram.limits import Limits
from sandbox.world import Journal

NOT_BY_DEFAULT = frozenset(("chat_member", "message_reaction", "message_reaction_count"))
QUERY_LIFE = 600.0
"""Seconds in which a tap can be answered."""
OUT_OF_TURN = 0.25


@dataclass(slots=True, eq=False)
class Query:
    chat: Chat
    expires: float
    label: str


@dataclass(slots=True, eq=False)
class Line:
    bot: Bot
    limits: Limits
    faults: Faults
    journal: Journal
    delivered: DeliveryLog
    chats: dict[int, Chat] = field(default_factory=dict[int, Chat])
    """By the person's user id."""
    pending: dict[int, Delivery] = field(default_factory=dict[int, Delivery])
    """Updates that nobody confirmed yet, oldest first."""
    queries: dict[str, Query] = field(default_factory=dict[str, Query])
    courier: Courier | None = None
    poll: "asyncio.Future[bool] | None" = None
    """The waiting `getUpdates`: True when updates came, False when another one took over."""
    polled_at: float = -1e9
    """When `getUpdates` was last called, on the monotonic clock."""
    last_error: str = ""
    last_error_at: int = 0

    def wants(self, kind: str) -> bool:
        allowed = self.bot.webhook.allowed_updates if self.bot.webhook else self.bot.allowed_updates
        return kind in allowed if allowed else kind not in NOT_BY_DEFAULT

    def update(self, kind: str, body: Json, chat: Chat, *, lane: str = "", message_id: str = "") -> None:
        """An update for this bot, unless it did not ask for the kind."""
        if not self.wants(kind):
            return
        if self.courier is None and strikes(self.faults.deliveries("telegram").reorder):
            loop = asyncio.get_running_loop()
            loop.call_later(OUT_OF_TURN, lambda: self._enqueue(kind, body, chat, lane, message_id))
            return
        self._enqueue(kind, body, chat, lane, message_id)

    def name_of(self, number: int) -> str:
        """An update's name in the journal."""
        return f"{self.bot.token}/{number:012}"

    def _enqueue(self, kind: str, body: Json, chat: Chat, lane: str, message_id: str) -> None:
        number = self.bot.next_update_id
        self.bot.next_update_id += 1
        delivery = Delivery(
            key=self.name_of(number),
            lane=lane or chat.key,
            body=orjson.dumps({"update_id": number, kind: body}),
            kind=kind,
            chat=chat,
            message_id=message_id,
        )
        self.pending[number] = delivery
        self.journal.put("bot", self.bot.token, self.bot)
        self.journal.put("update", delivery.key, delivery)
        if self.courier is not None:
            self.courier.add(delivery)
        elif self.poll is not None and not self.poll.done():
            self.poll.set_result(True)

    def done(self, delivery: Delivery) -> None:
        """Confirmed: never to be sent again."""
        if self.pending.pop(int(delivery.key.rpartition("/")[2]), None) is not None:
            self.journal.drop("update", delivery.key)
            if delivery.acked_ns:
                self.delivered.note(delivery)

    def drop_pending(self) -> None:
        for delivery in list(self.pending.values()):
            self.done(delivery)

    def ask(self, chat: Chat, label: str) -> str:
        """A new callback query id, good for a while."""
        now = time.monotonic()
        if len(self.queries) > 10_000:
            self.queries = {key: query for key, query in self.queries.items() if query.expires > now}
        query_id = str(time.time_ns())
        while query_id in self.queries:
            query_id = str(int(query_id) + 1)
        self.queries[query_id] = Query(chat, now + QUERY_LIFE, label)
        return query_id

    def answer(self, query_id: str) -> Query:
        """The query of that id. Raises: ApiError when it is unknown or too old."""
        query = self.queries.get(query_id)
        if query is None or query.expires < time.monotonic():
            raise ApiError(
                400,
                "Bad Request: query is too old and response timeout expired or query ID is invalid",
            )
        return query

    async def close(self) -> None:
        if self.poll is not None and not self.poll.done():
            self.poll.set_result(False)
        if self.courier is not None:
            courier, self.courier = self.courier, None
            await courier.close()
