"""When people work, where the business is: pure arithmetic on days and hours."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from agents.intake.times import find_zone
from core.turns import TenantProfile
from tenants.settings import read_settings

EVENING = time(18, 0)
_EVENING_UNTIL = time(17, 30)
"""Later than this, *this evening* would be now."""
_STILL_NIGHT = time(4, 0)
"""Before it, *tomorrow* is what comes after sleeping: today."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingHours:
    """From one hour to another, which may be past midnight; the same twice: around the clock."""

    opens: time
    closes: time
    zone: ZoneInfo

    def contain(self, at: datetime) -> bool:
        clock = at.astimezone(self.zone).time()
        if self.opens < self.closes:
            return self.opens <= clock < self.closes
        return self.opens == self.closes or clock >= self.opens or clock < self.closes

    def within(self, at: datetime) -> datetime:
        """That moment, or else the next opening."""
        return at if self.contain(at) else self.next_opening(at)

    def next_opening(self, at: datetime) -> datetime:
        local = at.astimezone(self.zone)
        opening = self._at(local, self.opens)
        return (opening if opening > local else self._at(local + timedelta(days=1), self.opens)).astimezone(UTC)

    def this_evening(self, at: datetime) -> datetime | None:
        """None when it has begun."""
        local = at.astimezone(self.zone)
        return self._at(local, EVENING).astimezone(UTC) if local.time() < _EVENING_UNTIL else None

    def tomorrow_morning(self, at: datetime) -> datetime:
        local = at.astimezone(self.zone)
        day = local if local.time() < min(_STILL_NIGHT, self.opens) else local + timedelta(days=1)
        return self._at(day, self.opens).astimezone(UTC)

    def _at(self, day: datetime, clock: time) -> datetime:
        return datetime.combine(day.date(), clock, self.zone)


def hours_of(tenant: TenantProfile) -> WorkingHours:
    settings = read_settings(tenant.settings)
    return WorkingHours(opens=settings.working_from, closes=settings.working_to, zone=find_zone(tenant.time_zone))
