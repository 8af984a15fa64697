"""Words that a question of the wizard or of the settings was answered with."""

from collections.abc import Sequence
from datetime import datetime

from admin.knowledge.adding import take_knowledge
from admin.onboarding.beginning import NAME, OPENING, is_opening, take_name
from admin.onboarding.places import find_zones
from admin.onboarding.progress import SECTION, find_progress
from admin.onboarding.saving import (
    save_about,
    save_currency,
    save_hours,
    save_language,
    save_name,
    save_tone,
    save_zone,
)
from admin.onboarding.settings_card import saved
from admin.onboarding.steps import language_rows, pick_button, zone_rows
from admin.onboarding.taps import end_step
from admin.onboarding.trying import rehearse
from admin.onboarding.words import (
    MOST_ABOUT,
    MOST_HOURS,
    MOST_NAME,
    MOST_TONE,
    ends_step,
    find_currency,
    find_language,
    read_name,
    read_words,
)
from admin.section import may_use, refuse
from admin.session import DeskTurn
from admin.state import Asking
from admin.texts import quote
from core.events import MessageReceived, RecordedEvent
from core.turns import Member

_SHOWN = 60


async def hear(
    desk: DeskTurn, member: Member, asking: Asking, message: MessageReceived, recorded: RecordedEvent
) -> None:
    at = recorded.recorded_at
    if asking.what == NAME:
        take_name(desk, message, at)
    elif asking.what == OPENING:
        _wait(desk, asking, at)
    elif asking.what == "try" and not await _is_typed_tap(desk, "try", message.text, at):
        await rehearse(desk, member, message, at)
    elif not may_use(member, "owner"):
        refuse(desk, "owner")
    elif await _is_typed_tap(desk, asking.what, message.text, at):
        await end_step(desk, member, asking.what, at)
    elif asking.what == "knowledge":
        await take_knowledge(desk, member, message, recorded)
    else:
        await _take_setting(desk, member, asking.what, message, at)


async def _is_typed_tap(desk: DeskTurn, what: str, text: str, at: datetime) -> bool:
    """Who types the label of the step's button, as one does on WhatsApp where a list hides it, means the button."""
    progress = await find_progress(desk, at)
    return progress is not None and progress.step == what and ends_step(progress.step, text)


def _wait(desk: DeskTurn, asking: Asking, at: datetime) -> None:
    if is_opening(asking, at):
        desk.say_once("onboarding_one_moment")
    else:
        desk.state = desk.state.expecting()
        desk.say("onboarding_failed")


async def _take_setting(desk: DeskTurn, member: Member, what: str, message: MessageReceived, at: datetime) -> None:
    words = read_words(message) if what != "currency" else message.text.replace("\0", "").strip()
    if not words:
        desk.say_once("onboarding_words_please")
        return
    match what:
        case "rename":
            await _rename(desk, member, message, at)
        case "zone":
            await _take_zones(desk, member, words, find_zones(words), at)
        case "language" | "currency" | "place":
            await _take_place(desk, member, what, words, at)
        case "about" if _fits(desk, words, MOST_ABOUT):
            await save_about(desk, words)
            await saved(desk, member, "about", at)
        case "hours" if _fits(desk, words, MOST_HOURS):
            await save_hours(desk, member, words)
            await saved(desk, member, "hours", at)
        case "tone" if _fits(desk, words, MOST_TONE):
            await save_tone(desk, None, words)
            await saved(desk, member, "tone", at)
        case _:
            pass


async def _rename(desk: DeskTurn, member: Member, message: MessageReceived, at: datetime) -> None:
    name = read_name(message)
    if len(name) > MOST_NAME:
        desk.say_once("onboarding_name_long", most=MOST_NAME)
    else:
        await save_name(desk, name)
        await saved(desk, member, "name", at)


async def _take_place(desk: DeskTurn, member: Member, what: str, words: str, at: datetime) -> None:
    """At the card with the guess anything on it may be said in words."""
    language = find_language(words) if what in ("language", "place") else None
    currency = find_currency(words) if what in ("currency", "place") else None
    zones = find_zones(words) if what == "place" else ()
    if language is not None:
        await save_language(desk, language)
    elif currency is not None:
        await save_currency(desk, member, currency, at)
    elif zones:
        await _take_zones(desk, member, words, zones, at)
        return
    else:
        _tell_unknown(desk, what)
        return
    await saved(desk, member, "place", at)


def _tell_unknown(desk: DeskTurn, what: str) -> None:
    """With the buttons again: those of the question may be far above by now."""
    if what == "language":
        languages = [button for row in language_rows() for button in row]
        desk.say_once("onboarding_language_unknown", *languages)
    elif what == "currency":
        desk.say_once("onboarding_currency_unknown")
    else:
        right = desk.button("onboarding_button_right", f"{SECTION}:ok:place")
        desk.say_once("onboarding_place_unknown", right, pick_button(desk, "language"), right=right.label)


async def _take_zones(desk: DeskTurn, member: Member, words: str, zones: Sequence[str], at: datetime) -> None:
    if not zones:
        desk.say_once("onboarding_zone_unknown", text=quote(words, _SHOWN))
    elif len(zones) > 1:
        desk.ask(SECTION, "zone", at)
        desk.send_rows(desk.write("onboarding_zones_found"), zone_rows(desk, zones))
    else:
        await save_zone(desk, member, zones[0], at)
        await saved(desk, member, "place", at)


def _fits(desk: DeskTurn, words: str, most: int) -> bool:
    if len(words) > most:
        desk.say_once("onboarding_too_long", most=most)
    return len(words) <= most
