"""How long a vendor asks us to wait: seconds, milliseconds or a date in its headers."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

LONGEST = timedelta(hours=1)
"""Whoever asks for more has a wrong clock, or an outage that nobody should wait for in silence."""


def parse_retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """None when the headers say nothing that can be read; never negative. Names in lower case or case-insensitive."""
    if (text := headers.get("retry-after-ms")) and (seconds := _number(text)) is not None:
        return _bounded(seconds / 1000)
    text = headers.get("retry-after")
    if not text:
        return None
    if (seconds := _number(text)) is not None:
        return _bounded(seconds)
    try:
        at = parsedate_to_datetime(text)
        return _bounded(((at if at.tzinfo else at.replace(tzinfo=UTC)) - now).total_seconds())
    except (ValueError, OverflowError):
        return None


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if value == value else None  # a NaN is not equal to itself


def _bounded(seconds: float) -> timedelta:
    return timedelta(seconds=min(max(seconds, 0.0), LONGEST.total_seconds()))
