"""How fast a channel may be written to: a bucket for each account and one for each chat."""

from collections import OrderedDict
from dataclasses import dataclass

from core.channels import Pace
from core.ids import AccountId

_CHATS = 50_000
"""Chats remembered at most; one that was forgotten is one that was quiet."""


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float

    def wait(self, now: float, rate: float, burst: float, n: int) -> float:
        """Seconds until `n` tokens are there; a burst larger than the bucket waits for a full one."""
        self.tokens = min(burst, self.tokens + (now - self.at) * rate)
        self.at = now
        missing = min(n, burst) - self.tokens
        return missing / rate if missing > 1e-9 else 0.0


class Pacer:
    """Times are monotonic seconds, handed in. The limits are of one process: a vendor's 429 has the last word."""

    def __init__(self) -> None:
        self._accounts: dict[AccountId, _Bucket] = {}
        self._chats: OrderedDict[tuple[AccountId, str], _Bucket] = OrderedDict()

    def take(self, account: AccountId, chat: str, pace: Pace, n: int, now: float) -> float:
        """Takes the right to send `n` messages now and returns 0, or takes nothing and returns the seconds to wait."""
        whole = self._accounts.setdefault(account, _Bucket(pace.per_second, now))
        key = (account, chat)
        one = self._chats.get(key)
        if one is None:
            one = self._chats[key] = _Bucket(pace.chat_burst, now)
            if len(self._chats) > _CHATS:
                self._chats.popitem(last=False)
        else:
            self._chats.move_to_end(key)
        chat_rate = 1 / pace.per_chat_interval.total_seconds()
        wait = max(whole.wait(now, pace.per_second, pace.per_second, n), one.wait(now, chat_rate, pace.chat_burst, n))
        if wait == 0:
            whole.tokens -= n
            one.tokens -= n
        return wait

    def forget(self, account: AccountId) -> None:
        self._accounts.pop(account, None)
