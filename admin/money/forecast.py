"""What a month comes to if it goes on as in the last days: simple, and silent while it would be a guess."""

from collections.abc import Mapping
from datetime import date, timedelta

from admin.reports.periods import end_of_month

LOOKS_BACK = timedelta(days=31)
"""Of which days `forecast_month` wants to know: enough to see how long anything has been spent."""
_RATE_DAYS = 7
_TOO_EARLY = 2


def forecast_month(daily: Mapping[date, int], today: date) -> int | None:
    """The month's sum in micro-units: what is spent, and for each day left the average of the last seven full ones, or
    of as many as there were since anything was first spent. None within the first two days of either."""
    if not daily or today.day <= _TOO_EARLY:
        return None
    full = min(_RATE_DAYS, (today - min(daily)).days)
    if full < _TOO_EARLY:
        return None
    rate = sum(daily.get(today - timedelta(days=ago), 0) for ago in range(1, full + 1))
    left = end_of_month(today).day - today.day
    return spent_in_month(daily, today) + rate * left // full


def spent_in_month(daily: Mapping[date, int], today: date) -> int:
    return sum(micros for day, micros in daily.items() if (day.year, day.month) == (today.year, today.month))
