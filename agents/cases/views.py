"""Where a case stands, in words, for the customer who asks."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfoNotFoundError

from agents.cases.kinds import KINDS
from agents.texts import TEXTS
from core.business import CaseView
from core.texts import escape_markdown, write_moment

_MOST_OPEN, _MOST_CLOSED = 10, 3
_LONGEST_TITLE = 120


def describe_cases(cases: Sequence[CaseView], language: str, time_zone: str) -> str:
    """Markdown for the customer whose cases they are: the open ones and what was closed last."""
    shown = [case for case in cases if case.closed_at is None][:_MOST_OPEN]
    shown += [case for case in cases if case.closed_at is not None][:_MOST_CLOSED]
    if not shown:
        return TEXTS.text("cases_none", language)
    lines = [f"• {_line(case, language, time_zone)}" for case in shown]
    return "\n".join([TEXTS.text("cases_head", language), *lines])


def name_kind(kind: str, language: str) -> str:
    """Of a kind that is no longer there: the name it had."""
    known = KINDS.get(kind)
    return TEXTS.text(known.noun, language) if known else kind


def name_step(kind: str, step: str, language: str) -> str:
    known = KINDS.get(kind)
    key = known.views.get(step) if known else None
    return TEXTS.text(key, language) if key else step


def name_case(kind: str, reference: str, title: str, language: str) -> str:
    """`**Request T-1042** (Broken pallet)`, as Markdown."""
    name = f"**{escape_markdown(f'{name_kind(kind, language)} {reference}')}**"
    title = " ".join(title.split())[:_LONGEST_TITLE]
    return f"{name} ({escape_markdown(title)})" if title else name


def name_deadline(kind: str, at: datetime | None, language: str, time_zone: str) -> str:
    """As a part of a sentence, for the customer; empty where the deadline is none of theirs."""
    known = KINDS.get(kind)
    if known is None or not known.deadline or at is None or (moment := _moment(at, language, time_zone)) is None:
        return ""
    return TEXTS.text(known.deadline, language, at=moment)


def _line(case: CaseView, language: str, time_zone: str) -> str:
    name = name_case(case.kind, case.reference, case.title, language)
    step = name_step(case.kind, case.step, language)
    if since := _moment(case.changed_at, language, time_zone):
        step = TEXTS.text("case_since", language, step=step, since=since)
    parts = [step]
    if case.closed_at is None and (deadline := name_deadline(case.kind, case.deadline, language, time_zone)):
        parts.append(deadline)
    return f"{name}: {'; '.join(parts)}"


def _moment(at: datetime, language: str, time_zone: str) -> str | None:
    """None for what cannot be written: the ends of the calendar, a zone that does not exist."""
    try:
        return write_moment(at, language, time_zone)
    except (OverflowError, ZoneInfoNotFoundError, ValueError):
        return None
