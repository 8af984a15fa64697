"""Time that a test moves by hand."""

from datetime import UTC, datetime, timedelta


class HandClock:
    """Implements core.clock.Clock."""

    def __init__(self, at: datetime = datetime(2026, 11, 27, 12, tzinfo=UTC)) -> None:
        self.at = at
        self._seconds = 1000.0

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self._seconds

    def advance(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self._seconds += seconds

    async def sleep(self, seconds: float) -> None:
        """For what takes a sleep: time passes at once."""
        self.advance(seconds)
