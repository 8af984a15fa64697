"""The section's door: `/start`, `/menu`, `/help`, and the buttons that stand for commands."""

import re
from collections.abc import Mapping

from admin.cards import name_business
from admin.onboarding.progress import resume_button
from admin.section import Command, Section, is_offered, may_use, refuse
from admin.session import DeskTurn
from admin.texts import load_catalogue
from core.events import ButtonTapped, DeskOpened, RecordedEvent
from core.ids import OPERATOR
from core.messages import Button
from core.turns import Member
from tenants.settings import read_settings

_BUTTON = re.compile(r"menu:(open|[a-z_]{1,20})", re.ASCII)
_BUSINESS = ("inbox", "spend", "knowledge", "agents", "people", "report", "watches", "bots", "settings", "switch")
_ROWS = 10
"""Of a list on WhatsApp."""
_OPERATOR = ("tenants", "health", "people", "switch", "help")


def make_section(commands: Mapping[str, Command]) -> Section:
    """`commands` are all there are, which is not known before all sections are."""

    async def menu(desk: DeskTurn, member: Member, argument: str) -> None:
        del argument
        await show_menu(desk, member, commands)

    async def list_commands(desk: DeskTurn, member: Member, argument: str) -> None:
        del argument
        desk.send_text(_describe(desk, member, commands), desk.button("menu_open", "menu:open"))

    async def tap(desk: DeskTurn, member: Member, tapped: ButtonTapped, recorded: RecordedEvent) -> bool:
        del recorded
        match = _BUTTON.fullmatch(tapped.data)
        command = commands.get(match[1]) if match else None
        if match is not None and match[1] == "open":
            await show_menu(desk, member, commands)
        elif command is None:
            return False
        elif not may_use(member, command.role):
            refuse(desk, command.role)
        else:
            await command.run(desk, member, "")
        return True

    async def opened(desk: DeskTurn, member: Member, event: DeskOpened) -> None:
        if event.why == "switched":
            await show_menu(desk, member, commands)
        elif event.why == "moved":
            desk.say("menu_moved", tenant=name_business(desk))

    return Section(
        name="menu",
        commands=(
            Command(name="start", role="viewer", changes=False, about="the main menu", run=menu, listed=False),
            Command(name="menu", desks="all", role="viewer", changes=False, about="the main menu", run=menu),
            Command(
                name="help",
                desks="all",
                role="viewer",
                changes=False,
                about="what all the commands do",
                run=list_commands,
            ),
        ),
        tap=tap,
        opened=opened,
    )


async def show_menu(desk: DeskTurn, member: Member, commands: Mapping[str, Command]) -> None:
    """How things stand, in a line or two, and what can be done about them."""
    names = _OPERATOR if desk.turn.tenant.tenant_id == OPERATOR else _BUSINESS
    resume = await resume_button(desk, member)
    if resume is not None:
        names = tuple(name for name in names if name != "report")  # a business that is not set up has nothing to report
    known = [commands[name] for name in names if name in commands and may_use(member, commands[name].role)]
    buttons = [Button(id=f"menu:{each.name}", label=desk.write(f"menu_item_{each.name}")) for each in known]
    first = [(resume,)] if resume else []
    buttons = buttons[: _ROWS - len(first)]
    desk.send_rows(await _greet(desk), [*first, *(tuple(buttons[n : n + 2]) for n in range(0, len(buttons), 2))])


async def _greet(desk: DeskTurn) -> str:
    if desk.turn.tenant.tenant_id == OPERATOR:
        return desk.write("menu_operator")
    status = await desk.tools.reader.status()
    settings = read_settings((await desk.business()).settings)
    lines = [desk.write("menu_title", tenant=name_business(desk))]
    if not settings.set_up:
        lines.append(desk.write("menu_unfinished"))
    elif settings.is_paused(desk.tools.clock.now()):
        lines.append(desk.write("menu_paused"))
    if status.pending_approvals:
        lines.append(desk.plural("menu_waiting", status.pending_approvals))
    elif settings.set_up:
        lines.append(desk.write("menu_quiet"))
    return "\n".join((*lines, desk.write("menu_hint")))


def _describe(desk: DeskTurn, member: Member, commands: Mapping[str, Command]) -> str:
    """The commands that this member may use, a line each."""
    keys = load_catalogue().keys
    lines = [
        f"/{each.name} – {desk.write(f'cmd_{each.name}')}"
        for each in commands.values()
        if each.listed
        and is_offered(each, desk.turn.tenant.tenant_id)
        and may_use(member, each.role)
        and f"cmd_{each.name}" in keys
    ]
    return "\n".join((desk.write("help_title", tenant=name_business(desk)), *lines, "", desk.write("help_words")))
