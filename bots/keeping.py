"""Where a bot or number that an owner connects is kept: whose it may be, and its secrets sealed."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from core.ids import OPERATOR, AccountId, TenantId
from db.accounts import OwnAccount, find_own_account, find_own_identity, lock_identity
from db.database import Database, Transaction
from db.engine.directory import find_account, list_holders
from db.engine.link import Link
from db.engine.outbox import hasten_rows
from db.tenants import save_account
from tenants.secrets import SANDBOX, Vault

_KNOWN_EVERYWHERE = timedelta(seconds=3)
"""By then every process runs the account as it is stored: each looks every two seconds."""
Outcome = Literal["connected", "mended", "unchanged", "already_here", "admin_bot"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """A bot or number as its vendor knows it."""

    channel: Literal["telegram", "whatsapp"]
    external_id: str
    name: str
    handle: str
    delivery: Literal["polling", "webhook"]
    secrets: Mapping[str, str] = field(repr=False)
    """What it is opened with. The token, and for numbers the app secret."""
    made: Mapping[str, str] = field(repr=False)
    """Secrets of our own, which a known account keeps: its vendor has been told them."""
    manages_bots: bool = False
    managed_by: AccountId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    outcome: Outcome
    account_id: AccountId | None = None
    path_id: str = ""
    secrets: Mapping[str, str] = field(repr=False)


class AccountBook:
    def __init__(self, database: Database, link: Link, vault: Vault, *, sandbox: bool) -> None:
        """`sandbox`: what is connected are the sandbox's bots and numbers, and run beside it only."""
        self._database = database
        self._link = link
        self._vault = vault
        self._marks = {SANDBOX: "1"} if sandbox else {}

    async def find(self, tenant: TenantId, account: AccountId) -> OwnAccount | None:
        async with self._database.tenant(tenant, readonly=True) as tx:
            return await find_own_account(tx, tenant, account)

    async def stored_secrets(self, tenant: TenantId, channel: str, external_id: str) -> dict[str, str]:
        """Of an account that the business has already; empty for any other. Raises Misconfigured."""
        async with self._database.tenant(tenant, readonly=True) as tx:
            known = await find_own_identity(tx, tenant, channel, external_id)
        return self._vault.open(tenant, known.secrets) if known else {}

    async def admin_token(self, account: AccountId) -> str | None:
        """Of one of the installation's own Telegram bots; None for any other account. Raises Misconfigured."""
        async with self._link.use() as tx:
            stored = await find_account(tx, account)
        if stored is None or stored.account.role != "admin" or stored.account.channel != "telegram":
            return None
        return self._vault.open(stored.account.tenant_id, stored.secrets)["token"]

    async def keep(self, tenant: TenantId, newcomer: Newcomer) -> Kept:
        """Saves it, unless it is somebody else's or nothing has changed. Raises Transient, Misconfigured."""
        async with self._database.tenant(tenant) as tx:
            await lock_identity(tx, newcomer.channel, newcomer.external_id)
            if (taken := await self._whose(tenant, newcomer)) is not None:
                return Kept(outcome=taken, secrets={})
            known = await find_own_identity(tx, tenant, newcomer.channel, newcomer.external_id)
            kept = await self._save(tx, tenant, newcomer, known)
        if kept.outcome == "mended" and kept.account_id is not None:
            await self.hasten(kept.account_id)
        return kept

    async def hasten(self, account: AccountId) -> None:
        """What waited for it is sent as soon as every process has it anew."""
        async with self._link.use() as tx:
            await hasten_rows(tx, account, _KNOWN_EVERYWHERE)

    async def _whose(self, tenant: TenantId, newcomer: Newcomer) -> Literal["admin_bot", "already_here"] | None:
        async with self._link.use() as tx:
            holders = await list_holders(tx, newcomer.channel, newcomer.external_id)
        if tenant == OPERATOR or any(holder.role == "admin" for holder in holders):
            return "admin_bot"
        return "already_here" if any(holder.tenant_id != tenant for holder in holders) else None

    async def _save(self, tx: Transaction, tenant: TenantId, newcomer: Newcomer, known: OwnAccount | None) -> Kept:
        before = self._vault.open(tenant, known.secrets) if known else {}
        made = {name: before.get(name) or value for name, value in newcomer.made.items()}
        after = {**newcomer.secrets, **made, **self._marks}
        account, path = await save_account(
            tx,
            tenant,
            channel=newcomer.channel,
            role="customer",
            external_id=newcomer.external_id,
            name=newcomer.name,
            path_id=secrets.token_urlsafe(18),
            delivery=known.delivery if known else newcomer.delivery,
            secrets=self._vault.seal(tenant, after),
            handle=newcomer.handle,
            manages_bots=newcomer.manages_bots,
            managed_by=newcomer.managed_by,
        )
        well = known is not None and known.status == "active" and not known.trouble and after == before
        outcome: Outcome = "connected" if known is None else "unchanged" if well else "mended"
        return Kept(outcome=outcome, account_id=account, path_id=path, secrets=after)
