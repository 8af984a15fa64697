"""Token buckets: so many at once, then so many a second."""

import time


class Bucket:
    __slots__ = ("_at", "_left", "burst", "rate")

    def __init__(self, *, rate: float, burst: float) -> None:
        self.rate = rate
        self.burst = burst
        self._left = burst
        self._at = time.monotonic()

    def wait(self) -> float:
        """Seconds until one more fits; 0 when it fits now. Takes nothing."""
        now = time.monotonic()
        self._left = min(self.burst, self._left + (now - self._at) * self.rate)
        self._at = now
        return 0.0 if self._left >= 1 else (1 - self._left) / self.rate

    def take(self) -> None:
        self._left -= 1
