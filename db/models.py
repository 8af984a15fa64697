"""A tenant's models: keys of its own, its policy, how replies turned out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

import orjson
from pydantic import JsonValue

from core.ids import TenantId
from db.database import Transaction
from db.sql import load_queries

_SQL = load_queries("models")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelKey:
    provider: str
    secrets: bytes = field(repr=False)
    """Sealed."""
    trouble: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelOutcome:
    model: str
    """`provider/model`."""
    difficulty: int
    good: int
    bad: int


async def list_model_keys(tx: Transaction, tenant: TenantId) -> tuple[ModelKey, ...]:
    return tuple(ModelKey(**row) for row in await tx.fetch(_SQL["list_keys"], tenant))


async def save_model_key(tx: Transaction, tenant: TenantId, provider: str, secrets: bytes) -> None:
    """Adds or replaces it; its trouble is forgotten. Bumps the tenant's version, so that processes read it anew."""
    await tx.execute(_SQL["save_key"], tenant, provider, secrets)


async def delete_model_key(tx: Transaction, tenant: TenantId, provider: str) -> bool:
    """False when there was none."""
    return bool(await tx.fetchval(_SQL["delete_key"], tenant, provider))


async def note_key_trouble(tx: Transaction, tenant: TenantId, provider: str, version: int, trouble: str) -> bool:
    """An empty text: it works. True when that is news; a key that was replaced meanwhile is left alone."""
    return bool(await tx.fetchval(_SQL["note_trouble"], tenant, provider, version, trouble))


async def read_model_policy(tx: Transaction, tenant: TenantId) -> Mapping[str, JsonValue]:
    """Empty where the tenant has none."""
    stored = await tx.fetchval(_SQL["policy"], tenant)
    return cast("dict[str, JsonValue]", orjson.loads(stored)) if stored else {}


async def save_model_policy(tx: Transaction, tenant: TenantId, policy: Mapping[str, JsonValue]) -> None:
    """A change bumps the tenant's version."""
    await tx.execute(_SQL["save_policy"], tenant, orjson.dumps(dict(policy)).decode())


async def list_model_outcomes(tx: Transaction, tenant: TenantId) -> tuple[ModelOutcome, ...]:
    return tuple(ModelOutcome(**row) for row in await tx.fetch(_SQL["outcomes"], tenant))
