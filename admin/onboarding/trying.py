"""A question as a customer would ask it, answered here and nowhere else: in the wizard, and later with `/try`."""

from datetime import datetime

from admin.onboarding.progress import SECTION, find_progress
from admin.onboarding.words import MOST_QUESTION, read_words
from admin.section import may_use, refuse
from admin.session import DeskTurn
from admin.texts import load_catalogue, quote
from agents.actions.desks.declaring import propose
from agents.actions.desks.opening import REHEARSE, RehearseArguments
from core.events import ActionResult, MessageReceived
from core.turns import Member

_WITH_BUTTONS = 600
"""Characters of an answer that is shown together with the buttons; a longer one comes first, by itself."""
_NAME = 60


async def run_try(desk: DeskTurn, member: Member, argument: str) -> None:
    del member
    if argument:
        ask_bot(desk, argument, None)
    desk.ask(SECTION, "try", desk.tools.clock.now())
    if not argument:
        desk.say("onboarding_ask_try")


async def rehearse(desk: DeskTurn, member: Member, message: MessageReceived, at: datetime) -> None:
    words = read_words(message)
    if not may_use(member, "manager"):
        refuse(desk, "manager")
    elif not words:
        desk.say_once("onboarding_words_please")
    else:
        ask_bot(desk, words, message.sender.language)
        desk.ask(SECTION, "try", at)  # whatever comes next is another question


def ask_bot(desk: DeskTurn, words: str, language: str | None) -> None:
    if len(words) > MOST_QUESTION:
        desk.say_once("onboarding_too_long", most=MOST_QUESTION)
        return
    desk.propose(propose(REHEARSE, RehearseArguments(text=words, language=(language or desk.language)[:35])))


async def show_rehearsed(desk: DeskTurn, member: Member, result: ActionResult) -> None:
    del member
    if not result.ok:
        desk.say("onboarding_try_failed")
        return
    answer, about = str(result.result.get("text") or ""), _describe(desk, result)
    text = desk.write("onboarding_tried", answer=answer or desk.write("onboarding_tried_nothing"))
    if len(text) > _WITH_BUTTONS:
        desk.send_text(text)
        text = about or desk.write("onboarding_try_more")
    elif about:
        text = f"{text}\n\n{about}"
    buttons = [desk.button("onboarding_button_another", f"{SECTION}:again")]
    progress = await find_progress(desk, desk.tools.clock.now())
    if progress is not None and progress.step == "try":
        buttons.append(desk.button("onboarding_button_go_on", f"{SECTION}:ok:try"))
    desk.send_text(text, *buttons)


def _describe(desk: DeskTurn, result: ActionResult) -> str:
    """Where the answer is from, what else would happen, and whether a person would be asked."""
    lines: list[str] = []
    sources, actions = result.result.get("sources"), result.result.get("actions")
    if isinstance(sources, list) and sources:
        files = dict.fromkeys(str(source).partition(" › ")[0] for source in sources)
        lines.append(desk.write("onboarding_tried_sources", sources=", ".join(quote(name, _NAME) for name in files)))
    if isinstance(actions, list) and actions:
        named = ", ".join(_name_action(desk, str(action)) for action in actions)
        lines.append(desk.write("onboarding_tried_actions", actions=named))
    if result.result.get("escalated"):
        lines.append(desk.write("onboarding_tried_escalated"))
    return "\n".join(lines)


def _name_action(desk: DeskTurn, name: str) -> str:
    key = f"action_{name}"
    return desk.write(key) if key in load_catalogue().keys else quote(name.replace("_", " "), _NAME)
