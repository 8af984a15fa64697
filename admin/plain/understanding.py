"""What a member says in plain words, written or spoken: understood as a command, shown, and done; what changes
something waits for a *yes*."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict, ValidationError

from admin.plain.asking import ask_model
from admin.plain.reading import read_plainly
from admin.section import Command, may_use, refuse
from admin.session import DeskTurn
from admin.texts import quote
from core.turns import Member

SECTION_NAME = "say"
_LAPSES = timedelta(hours=1)
_SHOWN = 200


class Waiting(BaseModel):
    """A command that waits for a *yes*."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    command: str
    argument: str
    seq: int
    """Of the message: a button of an older question does nothing."""
    since: datetime


async def understand(
    desk: DeskTurn, member: Member, text: str, commands: Mapping[str, Command], seq: int, at: datetime
) -> bool:
    """False when it was no command, and nothing was said."""
    understood = read_plainly(text)
    if understood is None or understood.command not in commands:
        understood = await ask_model(desk, member, text, tuple(commands.values()))
    if understood is None:
        return False
    command = commands[understood.command]
    if not may_use(member, command.role):
        refuse(desk, command.role)
    elif command.changes and (understood.argument or command.at_once):
        await _ask_first(desk, member, command, understood.argument, seq, at)
    else:
        await command.run(desk, member, understood.argument)
    return True


async def _ask_first(desk: DeskTurn, member: Member, command: Command, argument: str, seq: int, at: datetime) -> None:
    asked = await command.preview(desk, member, argument) if command.preview else _describe(desk, command, argument)
    if not asked:
        await command.run(desk, member, argument)
        return
    desk.keep(SECTION_NAME, Waiting(command=command.name, argument=argument, seq=seq, since=at).model_dump(mode="json"))
    desk.send_text(asked, desk.button("plain_yes", f"say:yes:{seq}"), desk.button("plain_no", f"say:no:{seq}"))


def _describe(desk: DeskTurn, command: Command, argument: str) -> str:
    shown = f"/{command.name} {quote(argument, _SHOWN)}".strip()
    return desk.write("plain_shall_i", what=desk.write(f"cmd_{command.name}"), command=shown)


async def decide(
    desk: DeskTurn, member: Member, commands: Mapping[str, Command], answer: str, seq: int, at: datetime
) -> None:
    """A *yes* counts once, for the last question, within an hour, and with the role that the member has now."""
    waiting = _read(desk)
    if waiting is None or waiting.seq != seq or at - waiting.since > _LAPSES or waiting.command not in commands:
        desk.say("plain_over")
        return
    desk.keep(SECTION_NAME, None)
    command = commands[waiting.command]
    if answer == "no":
        desk.say("plain_left")
    elif not may_use(member, command.role):
        refuse(desk, command.role)
    else:
        await command.run(desk, member, waiting.argument)


def _read(desk: DeskTurn) -> Waiting | None:
    try:
        return Waiting.model_validate(desk.kept(SECTION_NAME))
    except ValidationError:
        return None
