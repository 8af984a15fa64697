"""Identifiers.

Streams and contacts get ids derived from what they stand for, so that recording an event needs no look-up. The ids are
hashes: they may appear in logs, while the phone numbers and user ids behind them may not.
"""

import secrets
from hashlib import blake2b
from typing import Literal, NewType
from uuid import UUID

TenantId = NewType("TenantId", int)
AccountId = NewType("AccountId", int)
"""A channel account: one bot or one WhatsApp number."""
StreamId = NewType("StreamId", UUID)
ContactId = NewType("ContactId", UUID)
MemberId = NewType("MemberId", int)
ApprovalId = NewType("ApprovalId", str)
"""13 characters of base 32: opaque, and short enough for a button (64 bytes)."""
WorkerId = NewType("WorkerId", int)

StreamKind = Literal["conversation", "case", "desk"]
StreamMode = Literal["bot", "human"]
"""`human`: a person has taken the conversation over; the bot's replies are withheld."""

OPERATOR = TenantId(1)
"""The tenant of whoever runs the installation; it owns the admin bots."""
INTERNAL = AccountId(0)
"""The account of events that no channel delivered: decisions, results, timers."""


def _derive(*parts: object) -> UUID:
    text = "\x1f".join(map(str, parts))
    return UUID(bytes=blake2b(text.encode(), digest_size=16).digest())


def conversation_id(tenant: TenantId, account: AccountId, chat: str) -> StreamId:
    return StreamId(_derive("conversation", tenant, account, chat))


def desk_id(tenant: TenantId, account: AccountId, chat: str) -> StreamId:
    return StreamId(_derive("desk", tenant, account, chat))


def case_id(tenant: TenantId, case_kind: str, reference: str) -> StreamId:
    return StreamId(_derive("case", tenant, case_kind, reference))


def contact_id(tenant: TenantId, channel: str, external_id: str) -> ContactId:
    """The same person keeps the id on every account of a channel that the tenant has."""
    return ContactId(_derive("contact", tenant, channel, external_id))


def new_approval_id() -> ApprovalId:
    alphabet = "abcdefghijkmnopqrstuvwxyz2345678"  # no l, no 0, 1, 9: easy to read aloud
    return ApprovalId("".join(secrets.choice(alphabet) for _ in range(13)))


def turn_id(tenant: TenantId, stream: StreamId, upto_seq: int) -> str:
    """A turn is named by the last event it took in: `{tenant}-{stream}-{seq}`."""
    return f"{tenant}-{stream.hex}-{upto_seq}"


def parse_turn_id(text: str) -> tuple[TenantId, StreamId, int]:
    """Raises ValueError when the text is no turn id."""
    tenant, stream, seq = text.split("-")
    return TenantId(int(tenant)), StreamId(UUID(hex=stream)), int(seq)
