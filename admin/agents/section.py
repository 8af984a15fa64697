"""The section's door: specialists, what they may do, how they sound, and rules in plain words."""

from datetime import datetime

from admin.agents.acting import ask_value, change, show_action, show_actions
from admin.agents.confirming import confirm, is_owner, leave
from admin.agents.memory import SECTION as NAME
from admin.agents.memory import ChangeTone
from admin.agents.newcomer import begin_newcomer, skip_step, take_newcomer
from admin.agents.ruling import ask_rule, drop_rule, show_rules, take_rule
from admin.agents.team import remove, show_own, show_team, switch
from admin.agents.tone import MOST_WORDS, ask_words, propose_tone, show_tone
from admin.agents.values import take_value
from admin.section import Command, Section
from admin.session import DeskTurn
from admin.state import ANSWER_LAPSES, Asking
from core.events import ButtonTapped, MessageReceived, RecordedEvent
from core.turns import Member
from tenants.settings import Tone

_TONES: dict[str, Tone] = {"warm": "warm", "formal": "formal", "brief": "brief"}
_NEW = ("new", "add")


async def _run_agents(desk: DeskTurn, member: Member, argument: str) -> None:
    if argument.lower() not in _NEW:
        await show_team(desk, member)
    elif is_owner(desk, member):
        begin_newcomer(desk, _now(desk))


async def _run_actions(desk: DeskTurn, member: Member, argument: str) -> None:
    del member, argument
    await show_actions(desk)


async def _run_tone(desk: DeskTurn, member: Member, argument: str) -> None:
    if not argument:
        await show_tone(desk, member)
    elif is_owner(desk, member):
        await _take_tone(desk, argument)


async def _run_rules(desk: DeskTurn, member: Member, argument: str) -> None:
    if not argument:
        await show_rules(desk, member)
    elif is_owner(desk, member):
        await take_rule(desk, argument)


async def _take_tone(desk: DeskTurn, words: str) -> None:
    if len(words) > MOST_WORDS:
        desk.say("agt_too_long", most=MOST_WORDS)
    elif tone := _TONES.get(words.strip().lower()):
        await propose_tone(desk, ChangeTone(tone=tone))
    else:
        await propose_tone(desk, ChangeTone(words=" ".join(words.split())))


async def _tap(desk: DeskTurn, member: Member, tap: ButtonTapped, recorded: RecordedEvent) -> bool:
    """Looking is for everybody, all else for owners."""
    match tap.data.split(":")[1:]:
        case ["team"]:
            await show_team(desk, member)
        case ["acts"]:
            await show_actions(desk)
        case ["rules"]:
            await show_rules(desk, member)
        case ["tone"]:
            await show_tone(desk, member)
        case ["team", page] if page.isdecimal():
            await show_team(desk, member, int(page[:3]), edit=True)
        case ["acts", page] if page.isdecimal():
            await show_actions(desk, int(page[:3]), edit=True)
        case ["rules", page] if page.isdecimal():
            await show_rules(desk, member, int(page[:3]), edit=True)
        case ["own", wanted]:
            return await show_own(desk, member, wanted)
        case ["act", wanted]:
            return await show_action(desk, member, wanted)
        case ["act", wanted, ("share" | "limits" | "undo" | "back") as more]:
            return await show_action(desk, member, wanted, edit=True, more=more)
        case parts if member.role != "owner":
            is_owner(desk, member)
            return bool(parts)
        case parts:
            return await _tap_change(desk, member, parts, recorded.recorded_at)
    return True


async def _tap_change(desk: DeskTurn, member: Member, parts: list[str], at: datetime) -> bool:
    match parts:
        case ["yes", serial] if serial.isdecimal():
            await confirm(desk, int(serial[:9]))
        case ["no", serial] if serial.isdecimal():
            leave(desk, int(serial[:9]))
        case [("on" | "off") as to, wanted]:
            return await switch(desk, member, wanted, to == "on")
        case ["fire", wanted]:
            return await remove(desk, wanted)
        case ["new"]:
            begin_newcomer(desk, at)
        case ["skip", step]:
            return await skip_step(desk, step, at)
        case ["set", wanted, verb]:
            return await change(desk, wanted, verb)
        case ["val", wanted, what]:
            return await ask_value(desk, wanted, what, at)
        case ["tone", tone] if tone in _TONES:
            await propose_tone(desk, ChangeTone(tone=_TONES[tone]))
        case ["words"]:
            ask_words(desk, at)
        case ["wordless"]:
            await propose_tone(desk, ChangeTone(words=""))
        case ["rule"]:
            ask_rule(desk, at)
        case ["drop", wanted]:
            return await drop_rule(desk, wanted)
        case _:
            return False
    return True


async def _hear(
    desk: DeskTurn, member: Member, asking: Asking, message: MessageReceived, recorded: RecordedEvent
) -> None:
    text = message.text.replace("\0", "").strip()
    if not is_owner(desk, member):
        desk.state = desk.state.expecting()
    elif recorded.recorded_at - asking.since > ANSWER_LAPSES:
        desk.state = desk.state.expecting()
        desk.say("agt_lapsed")
    elif not text:
        desk.say("agt_words_only")
    elif asking.what == "value":
        await take_value(desk, asking, text)
    elif asking.what.startswith("new_"):
        await take_newcomer(desk, asking, text, recorded.recorded_at)
    else:
        desk.state = desk.state.expecting()
        await (_take_tone(desk, text) if asking.what == "tone" else take_rule(desk, text))


def _now(desk: DeskTurn) -> datetime:
    return desk.turn.events[-1].recorded_at


SECTION = Section(
    name=NAME,
    commands=(
        Command(
            name="agents", role="viewer", changes=False, run=_run_agents,
            about="Show the specialists of the team and switch them on or off. With “new” behind it: add a specialist.",
        ),
        Command(
            name="actions", role="viewer", changes=False, run=_run_actions,
            about="Show what the agents may do, what needs approval, and up to which amounts; change it.",
        ),
        Command(
            name="tone", role="viewer", changes=False, run=_run_tone,
            about="Show or change how the agents sound. Behind it may stand the wish in the owner's words, such as "
            "“a bit cheeky, never use exclamation marks”.",
        ),
        Command(
            name="rules", role="viewer", changes=False, run=_run_rules,
            about="Show rules in plain words, or add the one that stands behind it, such as “refunds up to 20 euros "
            "without asking”, “never promise delivery before 10” or “ask me before every discount”.",
        ),
    ),
    tap=_tap,
    hear=_hear,
)  # fmt: skip
