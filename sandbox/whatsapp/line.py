"""One business number at work: whom it knows, what waits for its webhook, and how much it may send."""

import time
from dataclasses import dataclass, field

import orjson

from sandbox.buckets import Bucket
from sandbox.courier import Courier, Delivery
from sandbox.deliveries import DeliveryLog
from sandbox.records import Chat, Json, Message, Number, Person
from sandbox.whatsapp.errors import GraphError
from sandbox.world import World

NUMBER_RATE = 80.0
PAIR_RATE = 1 / 6
PAIR_BURST = 45.0
"""Messages to one person at once; then one in six seconds. Source: Meta's pair rate limits, November 2026."""


@dataclass(slots=True, eq=False)
class Line:
    number: Number
    world: World
    limits: bool
    delivered: DeliveryLog
    pending: dict[str, Delivery] = field(default_factory=dict[str, Delivery])
    by_bsuid: dict[str, Person] = field(default_factory=dict[str, Person])
    courier: Courier | None = None
    throughput: Bucket = field(default_factory=lambda: Bucket(rate=NUMBER_RATE, burst=NUMBER_RATE))
    pairs: dict[str, Bucket] = field(default_factory=dict[str, Bucket])
    said: dict[str, Chat] = field(default_factory=dict[str, Chat])
    """Where each message of a person stands, by its id."""

    def recipient(self, to: object, bsuid: object) -> Person:
        """Raises: GraphError when nobody has that number or id."""
        if isinstance(bsuid, str) and bsuid:
            person = self.by_bsuid.get(bsuid) or self._search(bsuid)
        elif isinstance(to, str | int) and to:
            person = self.world.people_by_wa_id.get("".join(sign for sign in str(to) if sign.isdigit()))
        else:
            raise GraphError(100, message="(#100) The parameter to is required.")
        if person is None:
            raise GraphError(131026, "The recipient is not a WhatsApp user of this sandbox.")
        return person

    def _search(self, bsuid: str) -> Person | None:
        for person in self.world.people.values():
            self.by_bsuid[person.bsuid(self.number.id)] = person
        return self.by_bsuid.get(bsuid)

    def pass_one(self, person: Person) -> None:
        """Counts one message to one person. Raises: GraphError 130429 or 131056."""
        if not self.limits:
            return
        pair = self.pairs.get(person.id)
        if pair is None:
            pair = self.pairs[person.id] = Bucket(rate=PAIR_RATE, burst=PAIR_BURST)
        if self.throughput.wait() > 0:
            raise GraphError(130429, "Cloud API message throughput has been reached.", transient=True)
        if pair.wait() > 0:
            raise GraphError(
                131056,
                "Message failed to send because there were too many messages sent from this phone number to the "
                "same phone number in a short period of time.",
                transient=True,
            )
        self.throughput.take()
        pair.take()

    def contact(self, person: Person) -> Json:
        contact: Json = {"profile": {"name": person.name}, "user_id": person.bsuid(self.number.id)}
        if not person.hide_number:
            contact["wa_id"] = person.wa_id
        return contact

    def message(self, chat: Chat, record: Message, body: Json, *, message_id: str = "") -> None:
        """A person's message, for the webhook."""
        person = self.world.people[chat.person]
        item: Json = {} if person.hide_number else {"from": person.wa_id}
        item |= {
            "from_user_id": person.bsuid(self.number.id),
            "id": message_id or record.id,
            "timestamp": str(int(record.at)),
            **body,
        }
        self.said[record.id] = chat
        self._enqueue("messages", chat, person, item, message_id or record.id)

    def echo(self, chat: Chat, record: Message) -> None:
        """What the owner typed on the shop's own phone (coexistence), for the webhook."""
        person = self.world.people[chat.person]
        item: Json = {"from": "".join(sign for sign in self.number.display_phone_number if sign.isdigit())}
        if not person.hide_number:
            item["to"] = person.wa_id
        item |= {
            "to_user_id": person.bsuid(self.number.id),
            "id": record.id,
            "timestamp": str(int(record.at)),
            "type": "text",
            "text": {"body": record.text},
        }
        self._enqueue("message_echoes", chat, person, item, "")

    def status(self, chat: Chat, message: Message, status: str, error: GraphError | None = None) -> None:
        """What became of a message of the business, for the webhook."""
        person = self.world.people[chat.person]
        item: Json = {
            "id": message.id,
            "status": status,
            "timestamp": str(int(time.time())),
            "recipient_user_id": person.bsuid(self.number.id),
        }
        if not person.hide_number:
            item["recipient_id"] = person.wa_id
        if message.opaque is not None:
            item["biz_opaque_callback_data"] = message.opaque
        if error is not None:
            item["errors"] = [error.reported()]
        elif status in ("sent", "delivered"):
            item["pricing"] = {
                "billable": True,
                "pricing_model": "PMP",
                "type": "regular",
                "category": "utility" if message.template else "service",
            }
        self._enqueue("statuses", chat, person, item, "")

    def _enqueue(self, kind: str, chat: Chat, person: Person, item: Json, message_id: str) -> None:
        number = self.world.counters[f"hook/{self.number.id}"] = (
            self.world.counters.get(f"hook/{self.number.id}", 0) + 1
        )
        delivery = Delivery(
            key=f"{self.number.id}/{number:012}",
            lane=chat.key,
            body=orjson.dumps(item),
            kind=kind,
            chat=chat,
            message_id=message_id,
            contact=self.contact(person),
        )
        self.pending[delivery.key] = delivery
        self.world.journal.put("counter", f"hook/{self.number.id}", number)
        self.world.journal.put("hook", delivery.key, delivery)
        if self.courier is not None:
            self.courier.add(delivery)

    def done(self, delivery: Delivery) -> None:
        if self.pending.pop(delivery.key, None) is not None:
            self.world.journal.drop("hook", delivery.key)
            if delivery.acked_ns:
                self.delivered.note(delivery)

    async def close(self) -> None:
        if self.courier is not None:
            courier, self.courier = self.courier, None
            await courier.close()
