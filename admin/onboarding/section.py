"""The section's door."""

from admin.onboarding.beginning import ask_name, may_open, take_opened
from admin.onboarding.hearing import hear
from admin.onboarding.progress import SECTION as NAME
from admin.onboarding.progress import STEPS, find_progress
from admin.onboarding.settings_card import show_settings
from admin.onboarding.steps import go_to
from admin.onboarding.taps import tap
from admin.onboarding.trying import run_try, show_rehearsed
from admin.section import Command, Section, may_use
from admin.session import DeskTurn
from admin.texts import quote
from core.events import ActionResult, DeskOpened
from core.turns import Member


async def _new(desk: DeskTurn, member: Member, argument: str) -> None:
    """Goes on with what is half done, or makes another business."""
    del argument
    now = desk.tools.clock.now()
    progress = await find_progress(desk, now) if may_use(member, "owner") else None
    if progress is None:
        await ask_name(desk, now)
        return
    buttons = [desk.button("onboarding_button_resume", f"{NAME}:go")]
    if await may_open(desk):
        buttons.append(desk.button("onboarding_button_new", f"{NAME}:begin"))
    step, name = STEPS.index(progress.step) + 1, quote((await desk.business()).name)
    desk.say("onboarding_half", *buttons, name=name, step=step, steps=len(STEPS))


async def _settings(desk: DeskTurn, member: Member, argument: str) -> None:
    del argument
    await show_settings(desk, member)


async def _opened(desk: DeskTurn, member: Member, event: DeskOpened) -> None:
    now = desk.tools.clock.now()
    if event.why == "new" and await find_progress(desk, now) is not None:
        await go_to(desk, member, "place", now)


async def _take_opened(desk: DeskTurn, member: Member, result: ActionResult) -> None:
    del member
    take_opened(desk, result)


SECTION = Section(
    name=NAME,
    commands=(
        Command(
            name="new", role="viewer", changes=True, run=_new,
            about="make another business, or go on setting this one up; nothing stands behind it",
        ),
        Command(
            name="settings", role="owner", changes=False, run=_settings,
            about="show and change the business's name, language, time zone, currency, opening hours, what it does and "
            "its tone; nothing stands behind it",
        ),
        Command(
            name="try", role="manager", changes=False, run=run_try,
            about="try what the bot would answer to a customer, with the customer's question behind it: "
            "/try Do you deliver on Sundays?",
        ),
    ),
    tap=tap,
    hear=hear,
    results={"open_business": _take_opened, "rehearse": show_rehearsed},
    opened=_opened,
)  # fmt: skip
