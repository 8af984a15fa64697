"""The section's door."""

import re
from collections.abc import Mapping

from admin.plain.hearing import listen, read_heard
from admin.plain.understanding import SECTION_NAME, decide, understand
from admin.section import Command, Section
from admin.session import DeskTurn
from admin.texts import quote
from core.events import ActionResult, ButtonTapped, MessageReceived, RecordedEvent
from core.turns import Member

_BUTTON = re.compile(r"say:(yes|no):([0-9]{1,18})", re.ASCII)


def make_section(commands: Mapping[str, Command]) -> Section:
    """`commands` are all there are, which is not known before all sections are."""

    async def tap(desk: DeskTurn, member: Member, tapped: ButtonTapped, recorded: RecordedEvent) -> bool:
        match = _BUTTON.fullmatch(tapped.data)
        if match is None:
            return False
        await decide(desk, member, commands, match[1], int(match[2]), recorded.recorded_at)
        return True

    async def heard(desk: DeskTurn, member: Member, result: ActionResult) -> None:
        text = read_heard(result)
        if not text:
            desk.say("plain_not_heard")
            return
        desk.say("plain_heard", text=quote(text))
        if not await understand(desk, member, text, commands, desk.turn.upto_seq, desk.turn.events[-1].recorded_at):
            desk.say("plain_unclear", desk.button("plain_menu", "menu:open"))

    return Section(name=SECTION_NAME, tap=tap, results={"transcribe": heard})


async def take_plain_words(
    desk: DeskTurn, member: Member, message: MessageReceived, recorded: RecordedEvent, commands: Mapping[str, Command]
) -> bool:
    """False when they are no command, and nothing was said."""
    if not message.text.strip():
        return listen(desk, message)
    return await understand(desk, member, message.text, commands, recorded.seq, recorded.recorded_at)
