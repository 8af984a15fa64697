"""People of two tenants with a history each, written as the engine writes it, and what memory recalls of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from agents.recalling import is_small_talk
from core.ids import AccountId, ContactId, StreamId, TenantId, contact_id, conversation_id
from core.turns import Recalled
from memory.histories import PersonHistory
from memory.indexes import Indexes
from memory.people import Asked, PersonRecall
from tests.memory.conftest import Store

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
CHANNELS = ("telegram", "whatsapp")


def account_of(tenant: TenantId, channel: str) -> AccountId:
    return AccountId(int(tenant) * 10 + CHANNELS.index(channel))


@dataclass
class Customer:
    tenant: TenantId
    channel: str
    name: str
    seq: int = 0

    @property
    def contact(self) -> ContactId:
        return contact_id(self.tenant, self.channel, self.name)

    @property
    def stream(self) -> StreamId:
        return conversation_id(self.tenant, account_of(self.tenant, self.channel), self.name)


@dataclass
class People:
    store: Store
    indexes: Indexes[PersonHistory] = field(default_factory=Indexes[PersonHistory])

    def __post_init__(self) -> None:
        self.recall = PersonRecall(self.store.database, self.indexes, is_small_talk)

    async def add(self, tenant: TenantId, channel: str, name: str) -> Customer:
        customer = Customer(tenant, channel, name)
        write = self.store.owner.execute
        await write(
            "INSERT INTO channel_accounts "
            "(tenant_id, account_id, channel, role, external_id, path_id, delivery, secrets) "
            "OVERRIDING SYSTEM VALUE VALUES ($1, $2, $3, 'customer', $4, $4, 'webhook', '') ON CONFLICT DO NOTHING",
            *(tenant, account_of(tenant, channel), channel, f"{tenant}-{channel}"),
        )
        await write(
            "INSERT INTO contacts (tenant_id, contact_id, channel, external_id, name) VALUES ($1, $2, $3, $4, $4)",
            *(tenant, customer.contact, channel, name),
        )
        await write(
            "INSERT INTO streams (tenant_id, stream_id, kind, account_id, chat, last_seq, dirty, lease_token) "
            "VALUES ($1, $2, 'conversation', $3, $4, 0, false, 0)",
            *(tenant, customer.stream, account_of(tenant, channel), name),
        )
        return customer

    async def say(self, who: Customer, *texts: str, days_ago: float = 30, author: str = "customer") -> None:
        """Each a turn of its own, a minute apart."""
        for text in texts:
            who.seq += 1
            at = NOW - timedelta(days=days_ago) + timedelta(minutes=who.seq)
            await self.store.owner.execute(
                "INSERT INTO messages VALUES ($1, $2, $3, 0, $4, $5, $6)",
                who.tenant, who.stream, who.seq, author, text, at,
            )  # fmt: skip

    async def learn(self, who: Customer, slot: str, text: str) -> None:
        await self.store.owner.execute(
            "INSERT INTO facts (tenant_id, contact_id, slot, text, key, confidence, source, source_seq, since) "
            "VALUES ($1, $2, $3, $4, $5, 0.9, $6, 1, $7)",
            who.tenant, who.contact, slot, text, text.encode(), who.stream, NOW - timedelta(days=9),
        )  # fmt: skip

    async def link(self, *customers: Customer) -> None:
        person = uuid4()
        for who in customers:
            await self.store.owner.execute(
                "INSERT INTO contact_links (tenant_id, contact_id, person_id) VALUES ($1, $2, $3)",
                *(who.tenant, who.contact, person),
            )

    async def profile(self, who: Customer, **fields: object) -> None:
        for name, value in fields.items():
            await self.store.owner.execute(
                f"INSERT INTO profiles (tenant_id, contact_id, {name}) VALUES ($1, $2, $3) "
                f"ON CONFLICT (tenant_id, contact_id) DO UPDATE SET {name} = excluded.{name}",
                *(who.tenant, who.contact, value),
            )

    async def ask(self, who: Customer, question: str, recalled: Recalled | None = None) -> Recalled:
        asked = Asked(
            tenant=who.tenant, contact=who.contact, stream=who.stream, question=question, before_seq=who.seq + 1,
            now=NOW, language="en",
        )  # fmt: skip
        return await self.recall.recall(asked, recalled or Recalled())


def older(recalled: Recalled) -> Sequence[str]:
    return [message.text for message in recalled.older]
