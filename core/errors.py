"""Errors, named by what the caller does next.

    StewardError
    ├── Transient      try again, after `retry_after` if it is given
    ├── Rejected       the input can never work: answer politely, do not retry
    │   ├── Blocked    the person blocked the bot: stop writing to them
    │   ├── WindowOver the channel takes only templates now
    │   └── InDoubt    it may have been done, and must not be tried again: a person looks
    ├── Exhausted      a limit is used up: step down, or ask the owner
    │   └── LimitReached an owner's budget: the text says which
    ├── Misconfigured  a person has to change a setting; the text says which
    └── Stale          somebody else was first: read again and decide again

Vendor errors are turned into these at the edge that talks to the vendor.
"""

from datetime import timedelta
from decimal import Decimal

from core.money import MICROS, BudgetScope, Money


class StewardError(Exception):
    """The text is for the operator or the owner: exact, and never a customer's words."""


class Transient(StewardError):
    def __init__(self, message: str, retry_after: timedelta | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Rejected(StewardError):
    pass


class Blocked(Rejected):
    pass


class WindowOver(Rejected):
    pass


class InDoubt(Rejected):
    pass


class Exhausted(StewardError):
    pass


class LimitReached(Exhausted):
    def __init__(self, scope: BudgetScope, key: str, *, limit: Money, used: Money, wanted: Money) -> None:
        """`key` is the day, the month, the stream or the agent. `used` is what was spent and reserved before."""
        super().__init__(
            f"The {_SCOPES[scope]} of {_write(limit)} does not allow this call: {_write(used)} are spent or reserved, "
            f"and the call may cost {_write(wanted)}"
        )
        self.scope: BudgetScope = scope
        self.key = key
        self.limit = limit
        self.used = used
        self.wanted = wanted


def _write(money: Money) -> str:
    """Exactly: a call costs less than a cent."""
    whole, _, fraction = f"{Decimal(money.micros) / MICROS:.6f}".partition(".")
    return f"{whole}.{fraction.rstrip('0').ljust(2, '0')} {money.currency}"


_SCOPES = {
    "day": "day's budget",
    "month": "month's budget",
    "case": "budget of a case",
    "conversation": "budget of a conversation and day",
    "agent": "agent's budget of a month",
}


class Misconfigured(StewardError):
    pass


class Stale(StewardError):
    pass
