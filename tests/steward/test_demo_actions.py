"""The demo's own actions reach the sandbox's books, whatever its port, and there is somebody to use them for."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import asyncpg
import orjson
import pytest

from connectors.guarding import GuardedSession
from connectors.http_actions import CallHttp, UndoHttp
from connectors.http_calls import HttpCalls
from core.actions import ActionCall
from core.ids import INTERNAL, ContactId, StreamId, TenantId
from db.actions import ActionUse
from db.database import Database
from db.engine.link import Link
from steward.demo import Demo
from steward.sandbox import DEMO
from steward.sandbox import Sandbox as StewardsSandbox
from steward.settings import Settings
from steward.setup import SANDBOX_HOST, Setup
from tenants.agents import read_policy
from tenants.directory import TenantDirectory
from tenants.files import read_tenant
from tenants.secrets import Vault
from tests.sandbox.outside import Sandbox, running
from tests.support.databases import Urls

MAYA = {"telegram": "5000000008", "whatsapp": "15550100001"}


@dataclass
class World:
    sandbox: Sandbox
    setup: Setup
    directory: TenantDirectory
    calls: HttpCalls

    async def tenant(self, slug: str) -> TenantId:
        found = await self.setup.find(slug)
        assert found is not None
        return found


@pytest.fixture
async def world(urls: Urls, database: Database, tmp_path: Path) -> AsyncIterator[World]:
    vault = Vault(b"k" * 32)
    async with running(None) as sandbox, Link(urls.engine, "setup") as link:
        ours = StewardsSandbox(sandbox.url)
        setup = Setup(database, link, vault)
        for _ in range(2):  # also at the second start
            await Demo(setup, ours, Settings(state=tmp_path), b"k" * 32).prepare()
        await ours.aclose()
        async with GuardedSession(allowed=[sandbox.url.removeprefix("http://")]) as session:
            yield World(sandbox, setup, TenantDirectory(link), HttpCalls(database, vault, session))


@pytest.mark.parametrize(
    ("slug", "name", "arguments", "path"),
    [
        (
            "forwarder", "credit_invoice", {"invoice": "INV-7003", "amount": "82.00", "reason": "late"},
            "/business/forwarder/invoices/INV-7003/credits",
        ),
        (
            "bakery", "refund_order", {"order": "O-3101", "amount": "52.00", "reason": "wrong name on it"},
            "/business/bakery/orders/O-3101/refunds",
        ),
    ],
)  # fmt: skip
async def test_an_action_of_the_demo_is_entered_in_the_books(
    world: World, slug: str, name: str, arguments: dict[str, str], path: str
) -> None:
    call = ActionCall(
        tenant_id=await world.tenant(slug), stream_id=StreamId(UUID(int=1)), account_id=INTERNAL, seq=1, key="a:1:0",
        name=name, arguments=dict(arguments), executor="http", agent="billing",
    )  # fmt: skip
    result = await CallHttp(world.calls, world.directory.profile)(call)
    told = await world.sandbox.call("GET", f"/control/business/{slug}")
    (entry,) = told["entries"]
    assert (entry["path"], entry["id"], entry["idempotency_key"]) == (path, result["id"], "a:1:0")
    assert entry["body"] == {"amount": arguments["amount"], "reason": arguments["reason"]}
    if slug == "forwarder":
        use = ActionUse(
            key=call.key, status="done", name=name, arguments=call.arguments, contact_id=ContactId(UUID(int=1)),
            result=result,
        )  # fmt: skip
        await UndoHttp(world.calls, world.directory.profile)(call, use)
        assert (await world.sandbox.call("GET", f"/control/business/{slug}"))["entries"][0]["deleted"] is True


async def test_the_key_is_sealed_and_the_host_is_the_sandbox(
    world: World, owner_connection: asyncpg.Connection
) -> None:
    rows = await owner_connection.fetch("SELECT tenant_id, name FROM action_secrets ORDER BY name")
    assert [row["name"] for row in rows] == ["books", "till"]
    for slug in ("forwarder", "bakery"):
        profile = await world.directory.profile(await world.tenant(slug))
        (action,) = read_policy(profile.agents).http
        assert action.url.startswith(f"{world.sandbox.url}/business/{slug}/")


async def test_maya_has_a_late_shipment_with_an_invoice_on_both_channels(
    world: World, owner_connection: asyncpg.Connection
) -> None:
    people = {each["id"]: each for each in (await world.sandbox.call("GET", "/api/world"))["people"]}
    assert (str(people["maya"]["user_id"]), people["maya"]["wa_id"]) == (MAYA["telegram"], MAYA["whatsapp"])
    tenant = await world.tenant("forwarder")
    for channel, person in MAYA.items():
        late = await owner_connection.fetchval(
            "SELECT array_agg(reference) FROM shipments WHERE tenant_id = $1 AND channel = $2 "
            "AND contact_external_id = $3 AND eta > promised_at",
            tenant, channel, person,
        )  # fmt: skip
        rows = await owner_connection.fetch(
            "SELECT micros, details FROM business_records WHERE tenant_id = $1 AND kind = 'invoice' AND channel = $2 "
            "AND contact_external_id = $3",
            tenant, channel, person,
        )  # fmt: skip
        about = {orjson.loads(row["details"])["shipment"]: row["micros"] for row in rows}
        assert len(late) == 1
        assert 0 < about[late[0]] <= 2_000_000_000  # a tenth of it may be credited


def test_without_the_sandbox_the_demo_leads_nowhere() -> None:
    for slug in ("forwarder", "bakery"):
        (action,) = read_tenant(DEMO / slug).agents.http
        assert action.url.startswith(f"{SANDBOX_HOST}/")
        assert action.secret is not None
