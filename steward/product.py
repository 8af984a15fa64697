"""The whole product on its port, with the demo's tenants where the sandbox plays the vendors."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

from bots.telegram.channel import PACE
from core.channels import Pace
from core.clock import SystemClock
from db.engine.link import Link
from steward.data import Data
from steward.demo import Demo
from steward.engine import Role
from steward.sandbox import Sandbox
from steward.settings import Settings
from steward.setup import Setup
from steward.wiring import Steward, Vendors, listen, open_steward


@asynccontextmanager
async def open_product(
    settings: Settings, data: Data, roles: frozenset[Role], sandbox: Sandbox | None, *, pace: Pace = PACE
) -> AsyncGenerator[Steward]:
    """`pace`: Telegram's, for a sandbox that was started without its limits. Raises Misconfigured."""
    vendors = Vendors(telegram_url=settings.telegram_url, whatsapp_url=settings.whatsapp_url)
    demo: Demo | None = None
    async with AsyncExitStack() as stack:
        if sandbox is not None:
            vendors = Vendors(
                telegram_url=sandbox.telegram_url, whatsapp_url=sandbox.whatsapp_url, telegram_pace=pace
            )  # fmt: skip
            link = await stack.enter_async_context(Link(data.engine_url, "setup"))
            setup = Setup(data.database, link, data.vault)
            demo = Demo(setup, sandbox, settings, data.vault.derive("sandbox"))
            await demo.prepare()
            # The demo supplier's price list is on this machine.
            local = sandbox.url.removeprefix("http://")
            changed: dict[str, object] = {"fetch_allow": f"{settings.fetch_allow},{local}"}
            if "signup" not in settings.model_fields_set:
                changed["signup"] = "open"  # whoever looks at the page may try it
            settings = settings.model_copy(update=changed)
        steward = await stack.enter_async_context(
            open_steward(settings, data, vendors, roles, sandbox=sandbox is not None)
        )
        if "web" in roles:
            await stack.enter_async_context(listen(settings, data, steward, SystemClock()))
        if demo is not None:
            await demo.start()
            stack.push_async_callback(demo.stop)
        yield steward
