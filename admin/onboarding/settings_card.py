"""`/settings`: what the business has said of itself, with a button for each thing that can be said anew."""

from datetime import datetime

from admin.onboarding.beginning import may_open
from admin.onboarding.places import name_currency, name_language, name_zone
from admin.onboarding.progress import SECTION, Step, find_progress, own_settings, resume_button
from admin.onboarding.steps import currency_rows, go_on, language_rows, pick_button, show_place, tone_buttons
from admin.session import DeskTurn
from admin.texts import quote
from core.messages import Button
from core.turns import Member

_SHOWN = 200
_WORDS = ("name", "zone", "hours", "about")
"""What is asked for in words, under the same names as their buttons."""


async def show_settings(desk: DeskTurn, member: Member) -> None:
    business, settings = await desk.business(), await own_settings(desk)
    said = [quote(words, _SHOWN) or desk.write("onboarding_not_said") for words in (settings.hours, settings.about)]
    tones = {
        "warm": "onboarding_tone_warm", "formal": "onboarding_tone_formal", "brief": "onboarding_tone_brief",
    }  # fmt: skip
    tone = desk.write(tones[settings.tone]) if settings.tone else ""
    text = desk.write(
        "onboarding_settings", name=quote(business.name), spoken=name_language(business.language, desk.language),
        zone=name_zone(business.time_zone, desk.language), currency=name_currency(business.currency, desk.language),
        hours=said[0], about=said[1],
        tone=" · ".join(filter(None, (tone, quote(settings.tone_words, _SHOWN)))) or desk.write("onboarding_not_said"),
    )  # fmt: skip
    rows: list[tuple[Button, ...]] = [
        (pick_button(desk, "name"), pick_button(desk, "language")),
        (pick_button(desk, "zone"), pick_button(desk, "currency")),
        (pick_button(desk, "hours"), pick_button(desk, "about")),
        (pick_button(desk, "tone"), desk.button("onboarding_button_try", f"{SECTION}:again")),
    ]
    if await may_open(desk):
        rows.append((desk.button("onboarding_button_new", f"{SECTION}:begin"),))
    if (resume := await resume_button(desk, member)) is not None:
        rows.insert(0, (resume,))
    desk.send_rows(text, rows)


async def ask_setting(desk: DeskTurn, what: str, at: datetime) -> bool:
    """False for what there is not."""
    keep = (desk.button("onboarding_button_keep", f"{SECTION}:back"),)
    match what:
        case "language":
            desk.ask(SECTION, what, at)
            desk.send_rows(desk.write("onboarding_ask_language"), [*language_rows(), keep])
        case "currency":
            desk.ask(SECTION, what, at)
            desk.send_rows(desk.write("onboarding_ask_currency"), [*await currency_rows(desk), keep])
        case "tone":
            desk.ask(SECTION, what, at)
            desk.send_rows(desk.write("onboarding_ask_tone"), [tone_buttons(desk), keep])
        case _ if what in _WORDS:
            questions = {
                "name": "onboarding_ask_rename", "zone": "onboarding_ask_zone", "hours": "onboarding_ask_hours",
                "about": "onboarding_ask_about",
            }  # fmt: skip
            desk.ask(SECTION, "rename" if what == "name" else what, at)
            desk.say(questions[what], *keep)
        case _:
            return False
    return True


async def saved(desk: DeskTurn, member: Member, step: Step, at: datetime) -> None:
    """Goes on in the wizard where it asked for this, else shows the settings as they are now."""
    desk.state = desk.state.expecting()
    progress = await find_progress(desk, at)
    if progress is None or progress.step != step:
        await show_settings(desk, member)
    elif step == "place":
        await show_place(desk, at)
    else:
        await go_on(desk, member, step, at)
