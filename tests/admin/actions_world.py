"""A freight forwarder's own action, as its folder declares it, and what waits at its desks."""

from datetime import UTC, datetime, timedelta

from pydantic import JsonValue

from core.events import ActionAsked, ActionEnded
from core.ids import ApprovalId
from core.messages import Button
from core.turns import Approval
from tenants.agents import ActionRules, AgentPolicy, HttpAction, HttpField
from tests.admin.desk_world import Seat, Tenant, World

CREDIT = "credit_invoice"
ROOM_FOR_TENANT = 20
"""Bytes in front of a button's id, at most."""
ARGUMENTS: dict[str, JsonValue] = {
    "invoice": "INV-7001", "amount": "125.00", "reason": "late", "on": "2026-12-01", "days": 3,
}  # fmt: skip
POLICY = AgentPolicy(
    http=(
        HttpAction(
            name=CREDIT, title="Credit on an *invoice*", about="Credits a part of an invoice.", agent="billing",
            url="http://127.0.0.1/credit/{invoice}", done="credited",
            money_moving=True, reversible=True, undo="DELETE",
            fields={
                "invoice": HttpField(type="reference", kind="invoice"),
                "amount": HttpField(type="amount", about="What the customer gets back"),
                "reason": HttpField(type="text", most=40),
                "on": HttpField(type="date"),
                "days": HttpField(type="integer", least=1, most=30),
            },
            rules=ActionRules(at_most=200),  # type: ignore[arg-type]
        ),
    )
)  # fmt: skip
FIELDS = {"amount": 0, "reason": 1, "on": 2, "days": 3}
"""Their buttons: the invoice has none."""


async def forwarder(world: World, language: str = "en") -> Tenant:
    return await world.open_tenant("Nordwind Cargo", language, POLICY)


async def team(world: World) -> tuple[Tenant, Seat, Seat, Seat, Seat]:
    """Two owners, a manager and a viewer."""
    tenant = await forwarder(world)
    return (
        tenant,
        await tenant.join("Ana"),
        await tenant.join("Ben"),
        await tenant.join("Cem", "manager"),
        await tenant.join("Vera", "viewer"),
    )


async def ask_credit(tenant: Tenant, **more: object) -> Approval:
    given: dict[str, object] = {"approver": "owner", **more}
    return await tenant.ask_action(CREDIT, ARGUMENTS, **given)  # type: ignore[arg-type]


async def ask_call(tenant: Tenant, at: str = "2030-01-01T10:00:00+01:00") -> Approval:
    """Which managers may approve."""
    return await tenant.ask_action("schedule_call", {"topic": "Customs", "at": at})


def asked(approval: Approval) -> ActionAsked:
    return ActionAsked(approval_id=approval.approval_id)


def ended(approval: ApprovalId, *, ok: bool = True, text: str = "", undo: timedelta | None = None) -> ActionEnded:
    until = (datetime.now(UTC) + undo).timestamp() if undo is not None else 0.0
    return ActionEnded(approval_id=approval, ok=ok, text=text, undo_until=until)


async def status(tenant: Tenant, approval: Approval) -> str:
    return (await tenant.find(approval.approval_id)).status


def ids(shown: list[Button]) -> list[str]:
    return [button.id for button in shown]
