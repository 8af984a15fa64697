"""The section's door: `/tenants`, `/health`, `/read`. At every other desk there are no such commands."""

import re

from admin.operator.acting import ask_delete, hear_slug, suspend, tell_deleted, tell_suspended
from admin.operator.guard import find_office
from admin.operator.health import show_health
from admin.operator.reading import begin_reading, hear_reason, read_by_command, tell_reading
from admin.operator.tenants import show_tenant, show_tenants
from admin.section import Command, Section, refuse
from admin.session import DeskTurn
from admin.state import Asking
from core.events import ButtonTapped, MessageReceived, RecordedEvent
from core.ids import TenantId
from core.turns import Member

_BUTTON = re.compile(r"op:(health|(list|show|suspend|resume|delete|read):(\d{1,18}))", re.ASCII)
_OWNERS = frozenset({"suspend", "resume", "delete", "read"})


async def _tenants(desk: DeskTurn, member: Member, argument: str) -> None:
    del member, argument
    if (office := find_office(desk)) is None:
        desk.say("unknown_command")
    else:
        await show_tenants(desk, office)


async def _health(desk: DeskTurn, member: Member, argument: str) -> None:
    del member, argument
    if (office := find_office(desk)) is None:
        desk.say("unknown_command")
    else:
        await show_health(desk, office)


async def _read(desk: DeskTurn, member: Member, argument: str) -> None:
    """Its role is looked at here: at other desks an owner and a viewer must hear the same."""
    if (office := find_office(desk)) is None:
        desk.say("unknown_command")
    elif member.role != "owner":
        refuse(desk, "owner")
    else:
        await read_by_command(desk, office, argument)


async def _tap(desk: DeskTurn, member: Member, tap: ButtonTapped, recorded: RecordedEvent) -> bool:
    match, office = _BUTTON.fullmatch(tap.data), find_office(desk)
    if match is None or office is None:
        return False
    what, tenant, at = match[2] or match[1], int(match[3] or 0), recorded.recorded_at
    if what in _OWNERS and member.role != "owner":
        refuse(desk, "owner")
        return True
    match what:
        case "health":
            await show_health(desk, office)
        case "list":
            await show_tenants(desk, office, min(tenant, 10**6))
        case "show":
            await show_tenant(desk, member, office, TenantId(tenant))
        case "delete":
            await ask_delete(desk, office, tenant, at)
        case "read":
            await begin_reading(desk, member, office, tenant, at)
        case _ if await office.tenant(TenantId(tenant)) is None:
            desk.say("op_gone", desk.button("op_button_list", "op:list:0"))
        case _:
            suspend(desk, tenant, what == "suspend")
    return True


async def _hear(
    desk: DeskTurn, member: Member, asking: Asking, message: MessageReceived, recorded: RecordedEvent
) -> None:
    if find_office(desk) is None or member.role != "owner":
        desk.state = desk.state.expecting()
        refuse(desk, "owner")
    elif asking.what == "delete":
        hear_slug(desk, asking, message.text, recorded.recorded_at)
    else:
        hear_reason(desk, asking, message.text, recorded.recorded_at)


SECTION = Section(
    name="op",
    commands=(
        Command(
            name="tenants", desks="operator", role="viewer", changes=False, run=_tenants,
            about="the businesses of this installation, with state, messages and spending",
        ),
        Command(
            name="health", desks="operator", role="viewer", changes=False, run=_health,
            about="how the installation is: workers, queues, troubles, size",
        ),
        Command(
            name="read", desks="operator", role="viewer", changes=True, run=_read,
            about="read the latest conversations of a business, for a reason that its owners are told. Argument: the"
            " business's slug and the reason: `bakery complaint of 24 November, asked by the owner`",
        ),
    ),
    tap=_tap,
    hear=_hear,
    results={
        "suspend_tenant": tell_suspended,
        "delete_tenant": tell_deleted,
        "read_conversations": tell_reading,
    },
)  # fmt: skip
