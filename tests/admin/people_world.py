"""People of a business, their cards and their roles."""

from collections.abc import Sequence

from core.ids import TenantId
from core.turns import TurnOutcome
from db.engine.directory import find_desk_tenant
from tests.admin.desk_world import ADMIN_BOT, Seat, Tenant, World, buttons

LANGUAGES = ["en", "es", "ru", "de", "fr", "pt"]


def labels(outcome: TurnOutcome) -> dict[str, str]:
    return {button.label: button.id for button in buttons(outcome)}


async def press(seat: Seat, outcome: TurnOutcome, label: str) -> TurnOutcome:
    return await seat.tap(labels(outcome)[label])


async def roles(tenant: Tenant) -> dict[str, str]:
    return {member.name: member.role for member in await tenant.reader.members()}


async def card(seat: Seat, name: str) -> TurnOutcome:
    """The card of a person, from the list."""
    return await press(seat, await seat.write("/people"), name)


async def speaks_for(world: World, seat: Seat) -> TenantId | None:
    async with world.link.use() as tx:
        return await find_desk_tenant(tx, ADMIN_BOT, seat.chat, None)


async def trio(world: World) -> tuple[Tenant, Seat, Seat, Seat]:
    tenant = await world.open_tenant()
    return tenant, await tenant.join("Omar"), await tenant.join("Mia", "manager"), await tenant.join("Vera", "viewer")


async def add_bots(world: World, handles: Sequence[tuple[str, str]]) -> None:
    await world.superuser.execute("DELETE FROM channel_accounts WHERE tenant_id = 1")
    for channel, handle in handles:
        await world.superuser.execute(
            "INSERT INTO channel_accounts (tenant_id, channel, role, external_id, name, path_id, delivery, secrets, "
            "handle) VALUES (1, $1, 'admin', $1, 'Steward', 'people-' || $1, 'polling', '', $2)", channel, handle,
        )  # fmt: skip
