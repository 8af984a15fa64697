"""Taps on the wizard's and the settings' buttons. Whatever was tapped twice, or on a card of long ago, does no harm."""

import re
from datetime import datetime, timedelta

from admin.onboarding.beginning import ask_name
from admin.onboarding.places import is_zone
from admin.onboarding.progress import SECTION, STEPS, Step, find_progress
from admin.onboarding.saving import save_currency, save_language, save_tone, save_zone
from admin.onboarding.settings_card import ask_setting, saved, show_settings
from admin.onboarding.steps import go_on, show_step
from admin.onboarding.words import find_currency, find_language
from admin.section import may_use, refuse
from admin.session import DeskTurn
from core.events import ButtonTapped, RecordedEvent
from core.messages import SendText
from core.turns import Member
from tenants.settings import Tone

_BUTTON = re.compile(
    SECTION + r":(go|begin|again|back|ok|skip|pick|lang|z|cur|tone)(?::([A-Za-z0-9_+/-]{1,40}))?", re.ASCII
)
_ONE_TAP = timedelta(seconds=15)
"""A second tap on the same button within that time is the first one again."""


async def tap(desk: DeskTurn, member: Member, tapped: ButtonTapped, recorded: RecordedEvent) -> bool:
    match = _BUTTON.fullmatch(tapped.data)
    if match is None:
        return False
    at, verb, value = recorded.recorded_at, match[1], match[2] or ""
    if verb == "begin":
        await ask_name(desk, at)
    elif verb == "again":
        return await _try_again(desk, member, at)
    elif not may_use(member, "owner"):
        refuse(desk, "owner")
    elif verb == "go":
        await _resume(desk, member, at)
    elif verb in ("ok", "skip"):
        return await end_step(desk, member, value, at)
    elif verb == "back":
        desk.state = desk.state.expecting()
        await show_settings(desk, member)
    elif verb == "pick":
        return await ask_setting(desk, value, at)
    else:
        return await _save(desk, member, verb, value, at)
    return True


async def _try_again(desk: DeskTurn, member: Member, at: datetime) -> bool:
    if may_use(member, "manager"):
        desk.ask(SECTION, "try", at)
        desk.say("onboarding_ask_try")
    else:
        refuse(desk, "manager")
    return True


async def _resume(desk: DeskTurn, member: Member, at: datetime) -> None:
    if (progress := await find_progress(desk, at)) is None:
        desk.say_once("onboarding_already")
    else:
        await show_step(desk, member, progress.step, at)


async def end_step(desk: DeskTurn, member: Member, value: str, at: datetime) -> bool:
    step: Step | None = next((each for each in STEPS if each == value), None)
    progress = await find_progress(desk, at)
    if step is None:
        return False
    if progress is None:
        desk.say_once("onboarding_already")
    elif progress.step == step:
        if step == "bot":
            desk.send(SendText(text=desk.write("onboarding_bot_later"), author="system", close_keyboard=True))
        await go_on(desk, member, step, at)
    elif at - progress.since > _ONE_TAP:
        await show_step(desk, member, progress.step, at)  # an old card: here is where it goes on
    return True


async def _save(desk: DeskTurn, member: Member, verb: str, value: str, at: datetime) -> bool:
    business = await desk.business()
    match verb:
        case "lang" if (language := find_language(value)) is not None:
            if business.language != language:
                await save_language(desk, language)
        case "z" if is_zone(value):
            if business.time_zone != value:
                await save_zone(desk, member, value, at)
        case "cur" if (currency := find_currency(value)) is not None:
            await save_currency(desk, member, currency, at)
        case "tone" if (tone := _read_tone(value)) is not None:
            return await _save_tone(desk, member, tone, at)
        case _:
            return False
    await saved(desk, member, "place", at)
    return True


async def _save_tone(desk: DeskTurn, member: Member, tone: Tone, at: datetime) -> bool:
    progress = await find_progress(desk, at)
    if progress is not None and progress.step != "tone" and at - progress.since <= _ONE_TAP:
        return True
    await save_tone(desk, tone)
    await saved(desk, member, "tone", at)
    return True


def _read_tone(value: str) -> Tone | None:
    tones: tuple[Tone, ...] = ("warm", "formal", "brief")
    return next((tone for tone in tones if tone == value), None)
