"""The outbox: rows to send, and what became of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from core.ids import AccountId, StreamId, TenantId, WorkerId
from core.recording import DeliveryReceipt
from db.database import Transaction
from db.sql import load_queries

_SQL = load_queries("outbox")


@dataclass(frozen=True, slots=True)
class RowKey:
    tenant_id: TenantId
    stream_id: StreamId
    seq: int
    n: int


@dataclass(frozen=True, slots=True)
class OutgoingRow:
    """A row in the hands of this worker."""

    key: RowKey
    account_id: AccountId
    chat: str
    author: str
    attempts: int
    """Tries that failed before this one."""
    resends: int
    card: str | None
    payload: str


@dataclass(frozen=True, slots=True)
class Settlement:
    key: RowKey
    status: Literal["sent", "queued", "failed", "withheld"]
    provider_ids: tuple[str, ...] = ()
    delivery: str | None = None
    """`accepted` where the vendor will send receipts."""
    error: str | None = None
    delay: timedelta | None = None
    in_doubt: bool = False
    """The call may have gone through although it failed for us."""


@dataclass(frozen=True, slots=True)
class Swept:
    key: RowKey
    is_action: bool
    status: str
    payload: str


async def claim_rows(
    tx: Transaction, worker: WorkerId, *, actions: bool, accounts: Sequence[AccountId], limit: int
) -> list[OutgoingRow]:
    """Takes the oldest open row of each stream that is due; `accounts` are the ones this process can send for."""
    rows = await tx.fetch(_SQL["claim"], worker, actions, limit, accounts)
    return [
        OutgoingRow(RowKey(r[0], r[1], r[2], r[3]), r[4], r[5], r[6], r[7], r[8], r[9], r[10])
        for r in sorted(rows, key=_place)
        if r["status"] == "sending"
    ]


def _place(row: Sequence[object]) -> tuple[int, str, int, int]:
    return int(str(row[0])), str(row[1]), int(str(row[2])), int(str(row[3]))


async def settle_rows(tx: Transaction, worker: WorkerId, settled: Sequence[Settlement]) -> None:
    """Rows that a sweep has taken over meanwhile are left alone."""
    await tx.execute(
        _SQL["settle"],
        worker,
        [s.key.tenant_id for s in settled],
        [s.key.stream_id for s in settled],
        [s.key.seq for s in settled],
        [s.key.n for s in settled],
        [s.status for s in settled],
        [" ".join(s.provider_ids) if s.provider_ids else None for s in settled],
        [s.delivery for s in settled],
        [s.error for s in settled],
        [s.delay for s in settled],
        [s.in_doubt for s in settled],
    )


async def sweep_rows(tx: Transaction, limit: int) -> list[Swept]:
    """Takes rows from dead senders; the ones in too much doubt come back as `failed`."""
    rows = await tx.fetch(_SQL["sweep"], limit)
    return [Swept(RowKey(r[0], r[1], r[2], r[3]), r[4], r[5], r[6]) for r in rows]


async def list_in_hand(tx: Transaction, worker: WorkerId) -> set[RowKey]:
    """Rows that the database believes to be in the worker's hands."""
    return {RowKey(r[0], r[1], r[2], r[3]) for r in await tx.fetch(_SQL["in_hand"], worker)}


async def give_back_rows(tx: Transaction, worker: WorkerId, rows: Sequence[RowKey]) -> None:
    """Into the queue, as not tried yet."""
    await tx.execute(
        _SQL["give_back"],
        worker,
        [k.tenant_id for k in rows],
        [k.stream_id for k in rows],
        [k.seq for k in rows],
        [k.n for k in rows],
    )


async def next_due(tx: Transaction, *, actions: bool) -> timedelta | None:
    """How long until the next delayed row may go; None when there is none."""
    return await tx.fetchval(_SQL["next_due"], actions)


async def find_card(tx: Transaction, tenant: TenantId, stream: StreamId, card: str) -> str | None:
    """The provider's id of the latest message that was sent as this card."""
    return await tx.fetchval(_SQL["card"], tenant, stream, card)


async def note_receipts(tx: Transaction, receipts: Sequence[DeliveryReceipt]) -> None:
    await tx.execute(
        _SQL["receipts"],
        [r.account_id for r in receipts],
        [r.message_id for r in receipts],
        [r.status for r in receipts],
        [r.error for r in receipts],
    )


async def withhold_replies(tx: Transaction, tenant: TenantId, stream: StreamId) -> list[str]:
    """Holds back the bot's queued messages; returns their payloads."""
    return [row[0] for row in await tx.fetch(_SQL["withhold"], tenant, stream)]


async def drop_old_rows(tx: Transaction, *, events: timedelta, turns: timedelta, limit: int) -> None:
    """One round of retention: `events` must be at least the 8 days for which a vendor may repeat an event."""
    await tx.execute(_SQL["drop_old"], events, limit)
    await tx.execute(_SQL["drop_sent"], events, limit)
    await tx.execute(_SQL["drop_turns"], turns, limit)


async def hasten_rows(tx: Transaction, account: AccountId, delay: timedelta) -> None:
    """Messages that wait longer than that for an account are due then."""
    await tx.execute(_SQL["hasten"], account, delay)
