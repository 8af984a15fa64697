"""Making and changing tenants: what `tenant …` and the demo do."""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Literal

from pydantic import JsonValue

from connectors.http_calls import SECRET
from core.business import BusinessRecord
from core.ids import AccountId, TenantId
from core.money import MICROS, Money
from core.turns import TenantProfile
from db.actions import save_secret
from db.database import Database, Transaction
from db.engine.link import Link
from db.invites import PREFIX, MemberRole, create_invite
from db.knowledge import load_folder_passages
from db.models import save_model_policy
from db.openings import note_folder
from db.records import save_record
from db.tenants import (
    add_shipment,
    find_slug,
    has_owner,
    new_tenant_id,
    save_account,
    save_agreed_price,
    save_connection,
    save_tenant,
    save_watch,
)
from memory.passages import split_markdown
from routing.catalogue import Catalogue
from tenants.agents import AgentPolicy
from tenants.files import TenantFile, read_knowledge, read_tenant
from tenants.secrets import Vault

SANDBOX_HOST = "http://sandbox.invalid"
"""How a demo tenant's own actions name the sandbox, whose port is not known before it runs."""


class Setup:
    def __init__(self, database: Database, link: Link, vault: Vault) -> None:
        self.database = database
        self.link = link
        self._vault = vault

    async def load_folder(
        self, folder: Path, *, price_list_url: str = "", sandbox_url: str = "", again: bool = True
    ) -> tuple[TenantId, TenantFile]:
        """Adds or updates the tenant of a folder. Knowledge that has not changed keeps its version. `price_list_url`
        is for watches that name a file, `sandbox_url` for own actions that lead to the sandbox. With `again=False` a
        folder that is as it was leaves the tenant as its owner has it by now.

        Raises Misconfigured, naming what is wrong in which file.
        """
        file = read_tenant(folder)
        if sandbox_url:
            file = file.model_copy(update={"agents": _lead_to(file.agents, sandbox_url)})
        Catalogue(()).check(file.models)
        passages = [p for name, text in read_knowledge(folder) for p in split_markdown(text, name)]
        tenant = await self.find(file.slug)
        is_new, mark = tenant is None, _hash_folder(folder, price_list_url, sandbox_url)
        if tenant is None:
            async with self.link.use() as tx:
                tenant = await new_tenant_id(tx)
        async with self.database.tenant(tenant) as tx:
            if not (again or is_new or await note_folder(tx, tenant, mark)):
                return tenant, file
            await save_tenant(tx, _profile(tenant, file))
            await note_folder(tx, tenant, mark)
            await save_model_policy(tx, tenant, file.models.model_dump(mode="json", exclude_defaults=True))
            await load_folder_passages(tx, tenant, passages)
            await _add_shipments(tx, tenant, file)
            await _add_records(tx, tenant, file)
            await _add_watches(tx, tenant, file, price_list_url)
        return tenant, file

    async def find(self, slug: str) -> TenantId | None:
        async with self.link.use() as tx:
            return await find_slug(tx, slug)

    async def invite(self, tenant: TenantId, role: MemberRole, expires_at: datetime) -> str:
        """The code with its prefix, as it goes behind `?start=`."""
        async with self.database.tenant(tenant) as tx:
            return PREFIX + await create_invite(tx, tenant, role, expires_at)

    async def has_owner(self, tenant: TenantId) -> bool:
        async with self.database.tenant(tenant, readonly=True) as tx:
            return await has_owner(tx, tenant)

    async def connect(
        self,
        tenant: TenantId,
        *,
        channel: Literal["telegram", "whatsapp"],
        role: Literal["customer", "admin"],
        external_id: str,
        name: str,
        delivery: Literal["polling", "webhook"],
        credentials: Mapping[str, str],
        handle: str = "",
        manages_bots: bool = False,
    ) -> tuple[AccountId, str]:
        """Adds or changes a bot or number. `handle`: what links to it are made of.

        Returns the account and its opaque webhook path id.
        """
        async with self.database.tenant(tenant) as tx:
            return await save_account(
                tx,
                tenant,
                channel=channel,
                role=role,
                external_id=external_id,
                name=name,
                path_id=secrets.token_urlsafe(18),
                delivery=delivery,
                secrets=self._vault.seal(tenant, credentials),
                handle=handle,
                manages_bots=manages_bots,
            )

    async def save_secret(self, tenant: TenantId, name: str, secret: str) -> None:
        """For the tenant's own actions that name it."""
        sealed = self._vault.seal(tenant, {SECRET: secret})
        async with self.database.tenant(tenant) as tx:
            await save_secret(tx, tenant, name, sealed)

    async def connect_carrier(self, tenant: TenantId, name: str) -> tuple[str, str]:
        """Returns the webhook's path id and signing secret; the same ones when the carrier is known."""
        sealed = self._vault.seal(tenant, {"signing_secret": secrets.token_hex(32)})
        async with self.database.tenant(tenant) as tx:
            path_id, kept = await save_connection(
                tx, tenant, kind="carrier", name=name, path_id=secrets.token_urlsafe(18), secrets=sealed
            )
        return path_id, self._vault.open(tenant, kept)["signing_secret"]


def _profile(tenant: TenantId, file: TenantFile) -> TenantProfile:
    return TenantProfile(
        tenant_id=tenant,
        slug=file.slug,
        name=file.name,
        language=file.language,
        time_zone=file.time_zone,
        currency=file.currency,
        persona=file.persona,
        templates=file.templates,
        agents=file.agents.model_dump_json(exclude_defaults=True),
        window=file.memory.window,
    )


def _hash_folder(folder: Path, *urls: str) -> bytes:
    """Of all that is loaded from it."""
    files = [folder / "tenant.toml", *sorted((folder / "knowledge").glob("*.md"))]
    parts = [*((path.name.encode(), path.read_bytes()) for path in files), *((url.encode(),) for url in urls)]
    return blake2b(b"\0".join(part for each in parts for part in (*each, b"\0")), digest_size=16).digest()


def _lead_to(agents: AgentPolicy, sandbox_url: str) -> AgentPolicy:
    there = tuple(
        each.model_copy(update={"url": sandbox_url + each.url.removeprefix(SANDBOX_HOST)})
        if each.url.startswith(f"{SANDBOX_HOST}/")
        else each
        for each in agents.http
    )
    return agents.model_copy(update={"http": there})


async def _add_shipments(tx: Transaction, tenant: TenantId, file: TenantFile) -> None:
    now = datetime.now(UTC)
    for shipment in file.shipments:
        eta = None if shipment.eta_in_days is None else now + timedelta(days=shipment.eta_in_days)
        await add_shipment(
            tx,
            tenant,
            reference=shipment.reference,
            status=shipment.status,
            promised_at=now + timedelta(days=shipment.promised_in_days),
            eta=eta,
            channel=shipment.customer.channel if shipment.customer else None,
            contact_external_id=shipment.customer.external_id if shipment.customer else None,
            language=shipment.language,
        )


async def _add_records(tx: Transaction, tenant: TenantId, file: TenantFile) -> None:
    today = datetime.now(UTC).date()
    for each in file.records:
        money = None if each.amount is None else Money(micros=int(each.amount * MICROS), currency=file.currency)
        record = BusinessRecord(
            kind=each.kind, reference=each.reference, status=each.status, amount=money, details=each.details,
            due_on=None if each.due_in_days is None else today + timedelta(days=each.due_in_days),
        )  # fmt: skip
        await save_record(
            tx, tenant, record,
            channel=each.customer.channel if each.customer else None,
            contact_external_id=each.customer.external_id if each.customer else None,
        )  # fmt: skip


async def _add_watches(tx: Transaction, tenant: TenantId, file: TenantFile, price_list_url: str) -> None:
    for watch in file.watches:
        settings: dict[str, JsonValue] = {"url": watch.url or price_list_url}
        every = max(1, round(watch.every_minutes * 60))
        watch_id = await save_watch(
            tx, tenant, kind=watch.kind, name=watch.name, settings=settings, every_seconds=every
        )
        for item in watch.items:
            await save_agreed_price(
                tx,
                tenant,
                watch_id,
                item=item.item,
                agreed_micros=int(item.agreed * MICROS),
                currency=item.currency or file.currency,
            )
