"""The operator's desk with its executors behind the gate."""

import itertools

from pydantic import JsonValue

from core.actions import ActionCall, Executor, ProposedAction
from core.clock import SystemClock
from core.events import ActionResult, OwnerNotice, decode_event
from core.ids import OPERATOR, TenantId
from core.turns import TenantProfile, TurnOutcome
from db.engine.recorder import PostgresRecorder
from jobs.admission import ActionGate
from jobs.operating import AllowReading, DeleteTenant, SuspendTenant
from tests.admin.desk_world import ADMIN_BOT, Seat, Tenant, World, buttons

LANGUAGES = ["en", "es", "ru", "de", "fr", "pt"]
REASON = "The owner asked us to look into a complaint"
SECRET = "my *secret* door code"
COMMANDS = ["/tenants", "/health", "/read", f"/read bakery {REASON}"]
_keys = itertools.count(1)


def operator(world: World) -> Tenant:
    profile = TenantProfile(
        tenant_id=OPERATOR, slug="operator", name="Operator", language="en", time_zone="UTC", currency="EUR", persona=""
    )
    return Tenant(world=world, profile=profile)


class Office:
    """The operator's executors behind the gate that all actions pass."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.forgotten: list[TenantId] = []
        self.uncached: list[TenantId] = []
        recorder = PostgresRecorder(world.link, world.link, lease_for=lambda: None, on_arrivals=lambda arrivals: None)
        self.executors: dict[str, Executor] = {
            "suspend_tenant": SuspendTenant(world.database, recorder, self.forgotten.append),
            "delete_tenant": DeleteTenant(world.database, world.link, self.forgotten.append, self.uncache),
            "read_conversations": AllowReading(world.database, recorder),
        }

    async def uncache(self, tenant: TenantId) -> None:
        self.uncached.append(tenant)

    async def admit(self, call: ActionCall) -> None:
        async def profile(tenant: TenantId) -> TenantProfile:
            return operator(self.world).profile

        await ActionGate(self.world.database, profile, SystemClock()).admit(call)

    async def run(self, seat: Seat, outcome: TurnOutcome) -> TurnOutcome:
        """What the desk proposed is done, and the result comes back to it."""
        (action,) = outcome.actions
        call = call_of(seat, action)
        await self.admit(call)
        result = await self.executors[call.name](call)
        return await seat.take(ActionResult(action=call.name, key=call.key, ok=True, result=result))


def call_of(seat: Seat, action: ProposedAction, key: str = "") -> ActionCall:
    return ActionCall(
        tenant_id=seat.tenant.id, stream_id=seat.desk, account_id=ADMIN_BOT, seq=1, key=key or f"key-{next(_keys)}",
        name=action.name, arguments=action.arguments,
    )  # fmt: skip


def proposing(name: str, **arguments: JsonValue) -> ProposedAction:
    return ProposedAction(name=name, arguments=arguments)


async def press(seat: Seat, outcome: TurnOutcome, label: str) -> TurnOutcome:
    return await seat.tap(next(button.id for button in buttons(outcome) if button.label == label))


async def notices(world: World, seat: Seat) -> list[OwnerNotice]:
    """Recorded for the desk by whom its own turns did not tell."""
    rows = await world.superuser.fetch(
        "SELECT event FROM inbox WHERE tenant_id = $1 AND stream_id = $2 ORDER BY seq", seat.tenant.id, seat.desk
    )
    events = [decode_event(row[0]) for row in rows]
    return [event for event in events if isinstance(event, OwnerNotice)]


async def audit(world: World, tenant: TenantId) -> list[str]:
    rows = await world.superuser.fetch("SELECT action FROM audit WHERE tenant_id = $1 ORDER BY audit_id", tenant)
    return [row[0] for row in rows]


async def talk(tenant: Tenant, text: str = SECRET) -> None:
    """A customer's words, in history."""
    _, stream = await tenant.escalate()
    await tenant.world.superuser.execute(
        "INSERT INTO messages VALUES ($1, $2, 1, 0, 'customer', $3, now()), ($1, $2, 1, 1, 'bot', 'noted', now())",
        tenant.id, stream, text,
    )  # fmt: skip
