"""The section's door: `/knowledge`, `/gaps`, `/learn`, their buttons, and the words they ask for."""

import re
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict, ValidationError

from admin.knowledge import files, gaps, teaching
from admin.knowledge.adding import decide_offer, take_knowledge, take_piece, take_words
from admin.knowledge.told import tell_added, tell_refreshed, tell_removed
from admin.knowledge.wording import name_of
from admin.section import Command, Section, may_use, refuse
from admin.session import DeskTurn
from admin.state import Asking
from core.events import ButtonTapped, MessageReceived, RecordedEvent, TimerFired
from core.turns import Member

_BUTTON = re.compile(
    r"kno:(list|gaps|file|add|cancel|yes|no|replace|remove|gone|again|teach|hide|keep|save|editq|edita)"
    r"(?::([A-Za-z0-9_-]{1,40}))?",
    re.ASCII,
)
_LOOKS = frozenset({"list", "gaps", "file"})
_LAPSES = timedelta(hours=1)
"""What is written later may be meant for something else."""


class Asked(BaseModel):
    """Of `Asking.data`."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    file_id: int = 0
    number: int = 0
    question: str = ""
    closes: tuple[str, ...] = ()


async def run_knowledge(desk: DeskTurn, member: Member, argument: str) -> None:
    await files.show_files(desk, member, int(argument) - 1 if _is_number(argument) and int(argument) > 0 else 0)


async def run_gaps(desk: DeskTurn, member: Member, argument: str) -> None:
    del argument
    await gaps.show_gaps(desk, member)


async def run_learn(desk: DeskTurn, member: Member, argument: str) -> None:
    del member
    if argument:
        take_words(desk, argument.replace("\0", "").strip())
    else:
        ask_for_it(desk, desk.tools.clock.now())


async def tap(desk: DeskTurn, member: Member, tap: ButtonTapped, recorded: RecordedEvent) -> bool:
    match = _BUTTON.fullmatch(tap.data)
    if match is None:
        return False
    what, target = match[1], match[2] or ""
    if what not in _LOOKS and not may_use(member, "manager"):
        refuse(desk, "manager")
    elif what in ("teach", "hide", "keep"):
        await _tap_question(desk, what, target, recorded.recorded_at)
    elif what in ("add", "cancel"):
        _tap_plain(desk, what, recorded.recorded_at)
    elif not _is_number(target):
        return False
    elif what in ("yes", "no"):
        decide_offer(desk, int(target), learn=what == "yes")
    elif what in ("save", "editq", "edita"):
        _tap_lesson(desk, what, int(target), recorded.recorded_at)
    else:
        await _tap_file(desk, member, what, int(target), recorded.recorded_at)
    return True


async def _tap_file(desk: DeskTurn, member: Member, what: str, number: int, at: datetime) -> None:
    match what:
        case "list":
            await files.show_files(desk, member, number)
        case "gaps":
            await gaps.show_gaps(desk, member, number)
        case "file":
            await files.show_file(desk, member, number)
        case "replace":
            await _ask_replacement(desk, number, at)
        case "remove":
            await files.ask_to_remove(desk, number)
        case "gone":
            await files.remove(desk, number)
        case _:
            await files.refresh(desk, number, quiet=False)


async def _tap_question(desk: DeskTurn, what: str, approval: str, at: datetime) -> None:
    match what:
        case "teach":
            await gaps.ask_answer(desk, approval, at)
        case "hide":
            await gaps.hide_gap(desk, approval)
        case _:
            await teaching.begin_remembering(desk, approval)


def _tap_plain(desk: DeskTurn, what: str, at: datetime) -> None:
    if what == "add":
        ask_for_it(desk, at)
    elif desk.state.asking is not None and desk.state.asking.section == "kno":
        desk.state = desk.state.expecting()
        desk.say("asking_cancelled")
    else:
        desk.say("nothing_to_cancel")


def _tap_lesson(desk: DeskTurn, what: str, number: int, at: datetime) -> None:
    if what == "save":
        teaching.save(desk, number)
    else:
        teaching.ask_change(desk, number, "question" if what == "editq" else "answer", at)


def ask_for_it(desk: DeskTurn, at: datetime) -> None:
    desk.ask("kno", "add", at)
    desk.say("kno_send_it", desk.button("button_cancel", "kno:cancel"))


async def _ask_replacement(desk: DeskTurn, file_id: int, at: datetime) -> None:
    file = await desk.office.knowledge.file(file_id)
    if file is None:
        desk.say("kno_trouble_missing", desk.button("kno_button_list", "kno:list:0"))
        return
    cancel = desk.button("button_cancel", "kno:cancel")
    if file.origin == "taught":
        desk.ask("kno", "reteach", at, file_id=file_id, question=file.name)
        desk.say("kno_write_other_answer", cancel, question=name_of(file.name, 80))
    else:
        desk.ask("kno", "replace", at, file_id=file_id)
        desk.say("kno_send_replacement", cancel, name=name_of(file.name))


async def hear(
    desk: DeskTurn, member: Member, asking: Asking, message: MessageReceived, recorded: RecordedEvent
) -> None:
    """What was asked for once is not asked for any more, unless there was nothing to take."""
    desk.state = desk.state.expecting()
    asked = _read(asking)
    if asked is None or recorded.recorded_at - asking.since > _LAPSES or not may_use(member, "manager"):
        desk.say("kno_lapsed", desk.button("kno_button_list", "kno:list:0"))
        return
    match asking.what:
        case "add":
            taken = await take_knowledge(desk, member, message, recorded)
        case "replace":
            taken = take_piece(desk, message, asked.file_id, recorded)
        case "teach":
            taken = teaching.begin_lesson(desk, asked.question, message.text, asked.closes)
        case "reteach":
            taken = teaching.begin_lesson(desk, asked.question, message.text, (), asked.file_id)
        case _:
            teaching.change(desk, asked.number, asking.what, message.text)
            taken = True
    if not taken:
        desk.state = desk.state.expecting(asking=asking)


async def fire_refresh(desk: DeskTurn, member: Member, timer: TimerFired, recorded: RecordedEvent) -> None:
    del recorded
    asked = timer.payload.get("file_id")
    if isinstance(asked, int) and may_use(member, "manager"):
        await files.refresh(desk, asked, quiet=True)


def _read(asking: Asking) -> Asked | None:
    try:
        return Asked.model_validate(asking.data)
    except ValidationError:
        return None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 15


SECTION = Section(
    name="kno",
    commands=(
        Command(
            name="knowledge", role="viewer", changes=False, run=run_knowledge,
            about="Shows what the bot answers from: files, texts, links, taught answers; each with a card to replace, "
            "remove or refresh it. Examples: what does the bot know? show our price list",
        ),
        Command(
            name="gaps", role="viewer", changes=False, run=run_gaps,
            about="Shows the questions of customers that the bot could not answer, to teach it. Example: what could "
            "the bot not answer this week?",
        ),
        Command(
            name="learn", role="manager", changes=True, run=run_learn,
            about="Adds knowledge: a text or a web address behind it, or nothing, to be asked for it. Examples: learn "
            "that we are closed on 24 December; learn https://bakery.example/menu",
        ),
    ),
    tap=tap,
    hear=hear,
    results={"add_knowledge": tell_added, "remove_knowledge": tell_removed, "refresh_knowledge": tell_refreshed},
    timers={"refresh": fire_refresh},
)  # fmt: skip
