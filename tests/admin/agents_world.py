"""A desk of a business with an action of its own, and a model that says what it is told to."""

from decimal import Decimal
from typing import Any, Literal

from admin.agents.declared import list_adjustable
from admin.desk import handle_desk
from core.changes import Change
from core.clock import SystemClock
from core.desk_changes import ChangeBusiness
from core.models import ModelReply, ModelRequest, TokenUsage
from core.money import Money
from core.turns import TurnOutcome, TurnTools
from db.office import open_office
from tenants.agents import ActionRules, AgentPolicy, HttpAction, HttpField, Specialist, read_policy
from tenants.settings import BusinessSettings, read_settings
from tests.admin.desk_world import Seat, Tenant, World, buttons

LANGUAGES = ["en", "es", "ru", "de", "fr", "pt"]
REFUND = HttpAction(
    name="refund_order", title="Refund on an order", about="Gives money back.", agent="billing",
    url="https://till.example/{order}", done="refunded", money_moving=True,
    fields={
        "order": HttpField(type="reference", kind="order"), "amount": HttpField(type="amount"),
        "reason": HttpField(type="text"),
    },
    rules=ActionRules(allow_up_to=Decimal(30), at_most=Decimal(100)),
)  # fmt: skip
POLICY = AgentPolicy(http=(REFUND,))
CAKES = Specialist(name="wedding_cakes", title="Wedding cakes", purpose="Looks after wedding cakes.")
ACTIONS = list_adjustable(POLICY.model_dump_json())


async def sit(world: World, role: Any = "owner", policy: AgentPolicy = POLICY, language: str = "en") -> Seat:
    tenant = await world.open_tenant(language=language, agents=policy)
    await world.superuser.execute(
        "UPDATE tenants SET agents = $2::jsonb WHERE tenant_id = $1", tenant.id, policy.model_dump_json()
    )
    return await tenant.join("Ana", role=role, language=language)


async def stored(tenant: Tenant) -> tuple[AgentPolicy, BusinessSettings, str]:
    row = await tenant.world.superuser.fetchrow(
        "SELECT agents, settings, persona FROM tenants WHERE tenant_id = $1", tenant.id
    )
    assert row is not None
    return read_policy(row["agents"]), read_settings(row["settings"]), row["persona"]


def find(outcome: TurnOutcome, label: str) -> str:
    return next(button.id for button in buttons(outcome) if button.label == label)


def labels(outcome: TurnOutcome) -> list[str]:
    return [button.label for button in buttons(outcome)]


def changed(outcome: TurnOutcome) -> list[Change]:
    return [each for each in outcome.changes if isinstance(each, ChangeBusiness)]


class Models:
    """A model that says what it is told to say."""

    available = True
    prices: Literal["exact", "estimated", "free"] = "exact"

    def __init__(self, *says: dict[str, Any] | Exception) -> None:
        self.says = list(says)
        self.asked: list[ModelRequest] = []

    async def reply(self, request: ModelRequest) -> ModelReply:
        self.asked.append(request)
        said = self.says.pop(0)
        if isinstance(said, Exception):
            raise said
        assert request.schema is not None
        return ModelReply(
            text="", value=request.schema.model_validate(said), model="p/m", usage=TokenUsage(),
            cost=Money(micros=1, currency="EUR"),
        )  # fmt: skip


async def write_with(seat: Seat, models: Models, text: str) -> TurnOutcome:
    office = open_office(seat.tenant.world.database, seat.tenant.world.link, seat.tenant.id)
    tools = TurnTools(models=models, reader=seat.tenant.reader, clock=SystemClock(), office=office)
    outcome = await handle_desk(seat.turn(seat.message(text)), tools)
    assert await seat.finish(outcome)
    seat.seq += 1
    return outcome
