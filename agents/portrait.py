"""“What do you know about me?”, answered in plain words."""

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from agents.draft import Draft
from agents.texts import TEXTS
from core.people import Fact, Person
from core.texts import escape_markdown, find_locale, write_date

CHANNELS = {"telegram": "Telegram", "whatsapp": "WhatsApp"}
KINDS = ("marketing", "reminders")
"""Of notices, that one can do without."""
_MOST_FACTS = 40


async def show_person(draft: Draft) -> None:
    person = await draft.person()
    if person.consent == "withdrawn":
        draft.say(TEXTS.text("memory_withdrawn", draft.language))
        return
    lines = [*_facts(draft, person), *_wishes(draft, person), *_profile(draft, person)]
    head = "memory_head" if lines else "memory_none"
    parts = [TEXTS.text(head, draft.language), "\n".join(f"• {line}" for line in lines)]
    if lines:
        parts.append(TEXTS.text("memory_tail", draft.language))
    draft.say("\n\n".join(part for part in parts if part))


def describe_fact(draft: Draft, slot: str, text: str) -> str:
    """`Home: Lyon`."""
    return _line(draft, TEXTS.text(f"slot_{slot}", draft.language), text)


def name_kinds(draft: Draft, kinds: frozenset[str]) -> str:
    return ", ".join(TEXTS.text(f"kind_{kind}", draft.language) for kind in KINDS if kind in kinds)


def _facts(draft: Draft, person: Person) -> list[str]:
    return [_dated(draft, fact) for fact in person.facts[:_MOST_FACTS] if f"slot_{fact.slot}" in TEXTS.keys]


def _wishes(draft: Draft, person: Person) -> list[str]:
    return [
        _line(draft, TEXTS.text(f"wish_{name}", draft.language), value)
        for name, value in sorted(person.preferences.items())
        if f"wish_{name}" in TEXTS.keys
    ]


def _profile(draft: Draft, person: Person) -> list[str]:
    """Only when something is known beyond the account that is written from."""
    language, lines = draft.language, list[str]()
    if person.name and not any(fact.slot == "name" for fact in person.facts):
        lines.append(_line(draft, TEXTS.text("slot_name", language), person.name))
    if person.language and (spoken := find_locale(person.language).get_language_name(language)):
        lines.append(_line(draft, TEXTS.text("memory_language", language), spoken))
    channels = dict.fromkeys(CHANNELS[each.channel] for each in person.conversations)
    if channels:
        lines.append(_line(draft, TEXTS.text("memory_channels", language), ", ".join(channels)))
    if hours := person.habits.get("hours"):
        clock = ", ".join(f"{hour}:00" for hour in hours.split(", "))
        lines.append(_line(draft, TEXTS.text("memory_hours", language), clock))
    if topics := person.habits.get("topics"):
        lines.append(_line(draft, TEXTS.text("memory_topics", language), topics))
    if person.opted_out & set(KINDS):
        lines.append(_line(draft, TEXTS.text("memory_opted_out", language), name_kinds(draft, person.opted_out)))
    return lines


def _line(draft: Draft, what: str, value: str) -> str:
    return TEXTS.text("memory_line", draft.language, what=what, value=escape_markdown(value))


def _dated(draft: Draft, fact: Fact) -> str:
    what, value = TEXTS.text(f"slot_{fact.slot}", draft.language), escape_markdown(fact.text)
    day = write_date(_local(draft, fact.since).date(), draft.language)
    return TEXTS.text("memory_since", draft.language, what=what, value=value, date=day)


def _local(draft: Draft, at: datetime) -> datetime:
    try:
        return at.astimezone(ZoneInfo(draft.turn.tenant.time_zone))
    except (ZoneInfoNotFoundError, ValueError, OverflowError):
        return at
