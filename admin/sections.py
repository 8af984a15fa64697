"""All sections of the desk, and which of them an event is for."""

from collections.abc import Mapping, Sequence

from admin.agents.section import SECTION as AGENTS
from admin.bots.section import SECTION as BOTS
from admin.conversations.section import SECTION as CONVERSATIONS
from admin.daily.section import SECTION as DAILY
from admin.inbox.section import SECTION as INBOX
from admin.knowledge.section import SECTION as KNOWLEDGE
from admin.menu.section import make_section as make_menu
from admin.money.section import SECTION as MONEY
from admin.onboarding.section import SECTION as ONBOARDING
from admin.operator.section import SECTION as OPERATOR
from admin.people.section import SECTION as PEOPLE
from admin.plain.section import make_section as make_plain
from admin.reports.section import SECTION as REPORTS
from admin.section import Command, Section
from admin.session import DeskTurn
from admin.watches.section import SECTION as WATCHES
from core.events import ActionResult, BotCreated, ButtonTapped, DeskOpened, MessageReceived, RecordedEvent, TimerFired
from core.turns import Member

COMMANDS: dict[str, Command] = {}
"""By name: whatever the sections declare. Menu and plain words choose among all of them."""
SECTIONS: Sequence[Section] = (
    make_menu(COMMANDS), INBOX, DAILY, CONVERSATIONS, MONEY, REPORTS, KNOWLEDGE, AGENTS, WATCHES, PEOPLE, BOTS,
    ONBOARDING, OPERATOR, make_plain(COMMANDS),
)  # fmt: skip
COMMANDS.update((each.name, each) for section in SECTIONS for each in section.commands)
LISTED = tuple(each.name for section in SECTIONS if section is not OPERATOR for each in section.commands if each.listed)
"""What a channel's command menu shows, in order."""
_BY_NAME: Mapping[str, Section] = {section.name: section for section in SECTIONS}
_RESULTS = {action: run for section in SECTIONS for action, run in section.results.items()}
_TIMERS = {f"{section.name}:{name}": run for section in SECTIONS for name, run in section.timers.items()}


async def tap_section(desk: DeskTurn, member: Member, tap: ButtonTapped, recorded: RecordedEvent) -> bool:
    """False when the button is no section's."""
    section = _BY_NAME.get(tap.data.partition(":")[0])
    return section is not None and section.tap is not None and await section.tap(desk, member, tap, recorded)


async def hear_words(desk: DeskTurn, member: Member, message: MessageReceived, recorded: RecordedEvent) -> bool:
    """False when no section asked for words."""
    asking = desk.state.asking
    section = _BY_NAME.get(asking.section) if asking else None
    if asking is None or section is None or section.hear is None:
        return False
    await section.hear(desk, member, asking, message, recorded)
    return True


async def take_result(desk: DeskTurn, member: Member, result: ActionResult) -> None:
    if (run := _RESULTS.get(result.action)) is not None:
        await run(desk, member, result)


async def take_timer(desk: DeskTurn, member: Member, timer: TimerFired, recorded: RecordedEvent) -> None:
    section, name, *_ = *timer.name.split(":"), ""
    if (run := _TIMERS.get(f"{section}:{name}")) is not None:
        await run(desk, member, timer, recorded)


async def take_opening(desk: DeskTurn, member: Member, event: DeskOpened) -> None:
    for section in SECTIONS:
        if section.opened is not None:
            await section.opened(desk, member, event)


async def take_bot(desk: DeskTurn, member: Member, event: BotCreated) -> None:
    for section in SECTIONS:
        if section.bot_created is not None:
            await section.bot_created(desk, member, event)
