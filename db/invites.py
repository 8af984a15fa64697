"""Invites to a tenant's desk: one-use codes, of which only the hash is kept."""

import hashlib
import secrets
from datetime import datetime
from typing import Literal

from core.ids import TenantId
from db.database import Transaction
from db.sql import load_queries

_SQL = load_queries("desk")
_ALPHABET = "abcdefghijkmnopqrstuvwxyz2345678"  # 32 characters that are hard to confuse
_LENGTH = 20
"""100 bits: nobody guesses one before it expires."""
PREFIX = "inv_"
"""In front of the code in links (`?start=inv_…`) and where a person types it."""

MemberRole = Literal["owner", "manager", "viewer"]


def hash_code(code: str) -> bytes:
    """SHA-256 of the bare code. Case, prefix and spaces around do not matter: phones capitalise what one types."""
    return hashlib.sha256(code.strip().lower().removeprefix(PREFIX).encode()).digest()


def new_code() -> str:
    """Without its prefix."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))


async def create_invite(tx: Transaction, tenant: TenantId, role: MemberRole, expires_at: datetime) -> str:
    """Returns the code without its prefix. It is stored nowhere, so show it now or never."""
    code = new_code()
    await tx.execute(_SQL["create_invite"], tenant, hash_code(code), role, expires_at)
    return code


async def is_invite_open(tx: Transaction, tenant: TenantId, code: str) -> bool:
    return bool(await tx.fetchval(_SQL["invite_open"], tenant, hash_code(code)))
