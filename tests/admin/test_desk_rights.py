"""Actions of desks: whoever wrote the row, they are done for a member with the role, and for nobody else."""

import itertools
from dataclasses import replace

import pytest

from agents.actions.declaration import ActionDeclaration
from agents.actions.registry import BUILT_IN
from core.actions import ActionCall
from core.clock import SystemClock
from core.desk_changes import RemoveMember, Role
from core.errors import Rejected
from core.ids import ContactId, StreamId, TenantId, conversation_id
from core.turns import TenantProfile, TurnOutcome
from jobs.admission import ActionGate
from tests.admin.desk_world import ADMIN_BOT, Tenant, World

DESK = [each for each in BUILT_IN.values() if each.by == "desk"]
ROLES: tuple[Role, ...] = ("viewer", "manager", "owner")
_numbers = itertools.count(1)


def gate(world: World, tenant: Tenant) -> ActionGate:
    async def profile(asked: TenantId) -> TenantProfile:
        return replace(tenant.profile, tenant_id=asked)

    return ActionGate(world.database, profile, SystemClock())


def call(tenant: TenantId, desk: StreamId, declared: ActionDeclaration, **more: object) -> ActionCall:
    made = ActionCall(
        tenant_id=tenant, stream_id=desk, account_id=ADMIN_BOT, seq=1, key=f"k{next(_numbers)}", name=declared.name,
        arguments={},
    )  # fmt: skip
    return replace(made, **more)  # pyright: ignore[reportArgumentType]


async def is_heard(world: World, tenant: Tenant, made: ActionCall) -> bool:
    """Whether it gets past who asks; whether its arguments fit is asked afterwards."""
    try:
        await gate(world, tenant).admit(made)
    except Rejected as error:
        return "cannot be asked for here" not in str(error)
    return True


def test_every_action_of_desks_says_who_may() -> None:
    assert len(DESK) > 10
    assert all(each.seat is not None and each.decide == "allow" and not each.money_moving for each in DESK)
    assert all(each.executor == each.name for each in DESK)


@pytest.mark.parametrize("declared", DESK, ids=[each.name for each in DESK])
async def test_only_a_seat_with_the_role_is_heard(world: World, declared: ActionDeclaration) -> None:
    tenant, other = await world.open_tenant(), await world.open_tenant()
    seats = {role: await tenant.join(role.title(), role) for role in ROLES}
    foreign = await other.join("Foreign")
    assert declared.seat is not None
    for role, seat in seats.items():
        may = ROLES.index(role) >= ROLES.index(declared.seat)
        assert await is_heard(world, tenant, call(tenant.id, seat.desk, declared)) is may, role
    mine = seats["owner"].desk
    strangers = [
        call(tenant.id, tenant.seat("Stranger").desk, declared),
        call(tenant.id, conversation_id(tenant.id, ADMIN_BOT, "customer"), declared),
        call(tenant.id, foreign.desk, declared),
        call(other.id, mine, declared),
        call(tenant.id, mine, declared, agent="general"),
        call(tenant.id, mine, declared, contact=ContactId(mine)),
    ]
    for made in strangers:
        assert not await is_heard(world, tenant, made)


async def test_who_was_removed_is_not_heard_any_more(world: World) -> None:
    tenant = await world.open_tenant()
    await tenant.join("Ada")
    ben = await tenant.join("Ben")
    declared = next(each for each in DESK if each.seat == "owner")
    assert await is_heard(world, tenant, call(tenant.id, ben.desk, declared))
    member = await tenant.reader.member_at(ADMIN_BOT, ben.chat)
    assert member is not None
    gone = RemoveMember(member_id=member.member_id, expected="owner")
    assert await ben.finish(TurnOutcome(changes=(gone,)))
    assert not await is_heard(world, tenant, call(tenant.id, ben.desk, declared))
