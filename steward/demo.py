"""The demo: three tenants with bots in the sandbox, a supplier, a carrier, books, and an invite for each owner."""

import asyncio
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from bots.identities import fill_menu
from core.errors import Transient
from core.ids import OPERATOR, TenantId
from steward.menus import menus_for
from steward.sandbox import DEMO, Sandbox
from steward.settings import Settings
from steward.setup import Setup
from tenants.agents import AgentPolicy
from tenants.files import ShipmentFile
from tenants.secrets import SANDBOX

_log = structlog.get_logger(__name__)
_INVITE_TIME = timedelta(days=7)
_LOOK_SECONDS = 1.0
_DELAY_TEMPLATE = {
    "en": "Your shipment {{1}} is late. Promised for {{2}}, it is now expected on {{3}}. Status: {{4}}",
    "es": "Su envío {{1}} se retrasa. Prometido para {{2}}, ahora se espera el {{3}}. Estado: {{4}}",
    "ru": "Ваш груз {{1}} задерживается. Обещан {{2}}, теперь ожидается {{3}}. Статус: {{4}}",
    "de": "Ihre Sendung {{1}} verspätet sich. Zugesagt für {{2}}, jetzt erwartet am {{3}}. Status: {{4}}",
    "fr": "Votre envoi {{1}} est en retard. Promis pour le {{2}}, il est attendu le {{3}}. Statut : {{4}}",
    "pt": "O seu envio {{1}} está atrasado. Prometido para {{2}}, agora previsto para {{3}}. Estado: {{4}}",
}
"""What Meta would have approved under the name that the forwarder's `tenant.toml` gives, by language."""
SLUGS = ("bakery", "forwarder", "procurement")


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoTenant:
    tenant_id: TenantId
    slug: str
    name: str


_OPERATOR = DemoTenant(tenant_id=OPERATOR, slug="operator", name="Operator")
"""Who runs the installation joins by a link of their own."""


class Demo:
    def __init__(self, setup: Setup, sandbox: Sandbox, settings: Settings, key: bytes) -> None:
        """`key` makes the sandbox's tokens: the same ones at every start."""
        self._setup = setup
        self._sandbox = sandbox
        self._settings = settings
        self._key = key
        self._tenants: list[DemoTenant] = []
        self._task: asyncio.Task[None] | None = None

    async def prepare(self) -> None:
        """Before the engine starts: tenants, their bots, and the sandbox's side of them."""
        await self._add_account(OPERATOR, "operator", "Steward", "admin")
        for slug in SLUGS:
            list_url = f"{self._sandbox.url}/suppliers/{slug}.csv"
            tenant, file = await self._setup.load_folder(
                DEMO / slug, price_list_url=list_url, sandbox_url=self._sandbox.url, again=False
            )
            self._tenants.append(DemoTenant(tenant_id=tenant, slug=slug, name=file.name))
            await self._add_account(tenant, slug, file.name, "customer")
            if file.shipments:
                await self._add_carrier(tenant, slug, file.shipments)
            await self._add_business(tenant, slug, file.agents)

    async def start(self) -> None:
        """Once webhooks are heard: an invite for every tenant that has no owner yet, the operator's too."""
        everybody = [*self._tenants, _OPERATOR]
        waiting = [tenant for tenant in everybody if not await self._setup.has_owner(tenant.tenant_id)]
        for tenant in waiting:
            code = await self._setup.invite(tenant.tenant_id, "owner", datetime.now(UTC) + _INVITE_TIME)
            label = "Join as the operator" if tenant is _OPERATOR else f"Join {tenant.name} as its owner"
            await self._sandbox.put(f"/control/links/{tenant.slug}", {"label": label, "start": code})
        self._task = asyncio.create_task(self._clear_links(waiting))

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _clear_links(self, waiting: list[DemoTenant]) -> None:
        """An invite works once; its button goes when it was used."""
        while waiting:
            await asyncio.sleep(_LOOK_SECONDS)
            for tenant in list(waiting):
                try:
                    if await self._setup.has_owner(tenant.tenant_id):
                        await self._sandbox.delete(f"/control/links/{tenant.slug}")
                        waiting.remove(tenant)
                except (Transient, OSError):
                    _log.info("demo_link_not_cleared", tenant=tenant.slug)

    async def _add_account(self, tenant: TenantId, slug: str, name: str, role: str) -> None:
        secret = self._secret
        number = int(secret(slug, "number")[:8], 16)
        token = f"{1_000_000_000 + number}:{secret(slug, 'token')[:35]}"
        admin = role == "admin"
        await self._setup.connect(
            tenant, channel="telegram", role="admin" if admin else "customer", external_id=token.split(":")[0],
            name=name, delivery="polling",
            credentials={"token": token, "webhook_secret": secret(slug, "webhook"), SANDBOX: "1"},
            handle=f"{slug}_bot", manages_bots=admin,
        )  # fmt: skip
        # The admin bot serves every tenant, so it belongs to none.
        place: dict[str, object] = {
            "name": name, "tenant": "" if admin else slug, "tenant_name": "" if admin else name, "role": role
        }  # fmt: skip
        await self._sandbox.put(f"/control/telegram/bots/{token}", {"username": f"{slug}_bot", **place})
        await fill_menu(self._sandbox.telegram_url, token, menus_for(role))
        phone = str(200_000_000_000 + number)
        keys = {name: secret(slug, name) for name in ("app_secret", "verify_token")} | {"token": secret(slug, "graph")}
        _, path = await self._setup.connect(
            tenant, channel="whatsapp", role="admin" if admin else "customer", external_id=phone, name=name,
            delivery="webhook", credentials={**keys, SANDBOX: "1"}, handle=f"1555{number % 10_000:04}",
        )  # fmt: skip
        body = {
            **keys, **place,
            "webhook_url": f"http://127.0.0.1:{self._settings.port}/whatsapp/{path}",
            "display_phone_number": f"+1 555 {number % 10_000:04}",
        }  # fmt: skip
        await self._sandbox.put(f"/control/whatsapp/numbers/{phone}", body)

    async def _add_carrier(self, tenant: TenantId, slug: str, shipments: Sequence[ShipmentFile]) -> None:
        path, secret = await self._setup.connect_carrier(tenant, "demo")
        url = f"http://127.0.0.1:{self._settings.port}/carriers/{path}"
        on_the_way = [_carried(shipment, datetime.now(UTC)) for shipment in shipments]
        await self._sandbox.put(f"/control/carriers/{slug}", {"url": url, "secret": secret, "shipments": on_the_way})
        for language, body in _DELAY_TEMPLATE.items():
            await self._sandbox.put("/control/whatsapp/templates/shipment_delay", {"language": language, "body": body})

    async def _add_business(self, tenant: TenantId, slug: str, agents: AgentPolicy) -> None:
        """The system that the tenant's own actions reach, and the key to it."""
        names = {action.secret for action in agents.http if action.secret is not None}
        if not names:
            return
        key = self._secret(slug, "business")
        for name in sorted(names):
            await self._setup.save_secret(tenant, name, key)
        await self._sandbox.put(f"/control/business/{slug}", {"key": key})

    def _secret(self, slug: str, purpose: str) -> str:
        return hmac.digest(self._key, f"sandbox {slug} {purpose}".encode(), "sha256").hex()


def _carried(shipment: ShipmentFile, now: datetime) -> dict[str, str]:
    """The shipment as its carrier knows it at first."""
    eta_in_days = shipment.promised_in_days if shipment.eta_in_days is None else shipment.eta_in_days
    return {
        "reference": shipment.reference,
        "status": shipment.status,
        "promised": (now + timedelta(days=shipment.promised_in_days)).isoformat(),
        "eta": (now + timedelta(days=eta_in_days)).isoformat(),
    }
