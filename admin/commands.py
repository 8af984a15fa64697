"""Typed commands: which section runs one, and who may use it."""

import re
from dataclasses import dataclass

from admin.section import may_use, refuse
from admin.sections import COMMANDS
from admin.session import DeskTurn
from core.turns import Member

_COMMAND = re.compile(r"/([A-Za-z_]{1,32})(?:@\w{1,64})?(?:\s+(.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A command as somebody wrote it."""

    name: str
    argument: str = ""


def parse_command(text: str) -> Typed | None:
    """None for anything that does not begin with a slash. `/status@our_bot` is `/status`."""
    text = text.strip()
    if not text.startswith("/"):
        return None
    match = _COMMAND.fullmatch(text)
    return Typed(name=match[1].lower(), argument=(match[2] or "").strip()) if match else Typed(name="")


async def run_command(desk: DeskTurn, member: Member, command: Typed) -> None:
    known = COMMANDS.get(command.name)
    if known is None:
        desk.say("unknown_command", desk.button("menu_open", "menu:open"))
    elif may_use(member, known.role):
        await known.run(desk, member, command.argument)
    else:
        refuse(desk, known.role)
