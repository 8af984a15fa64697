"""Whoever has no seat, at the operator's desk; and what a turn proposes and offers."""

from dataclasses import replace

from core.ids import OPERATOR
from core.turns import TenantProfile, TurnOutcome
from tests.admin.desk_world import Seat, Tenant, World, buttons


def stranger(world: World, *, signup_open: bool = True, language: str | None = "de") -> Seat:
    profile = TenantProfile(
        tenant_id=OPERATOR, slug="operator", name="Operator", language="en", time_zone="UTC", currency="EUR", persona=""
    )
    return replace(Tenant(world=world, profile=profile).seat("Nora", language), signup_open=signup_open)


def names(outcome: TurnOutcome) -> list[str]:
    """Of the actions."""
    return [action.name for action in outcome.actions]


def ids(outcome: TurnOutcome) -> list[str]:
    return [button.id for button in buttons(outcome)]
