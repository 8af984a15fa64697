"""Errors, named by what the caller does next.

    StewardError
    ├── Transient      try again, after `retry_after` if it is given
    ├── Rejected       the input can never work: answer politely, do not retry
    │   ├── Blocked    the person blocked the bot: stop writing to them
    │   └── WindowOver the channel takes only templates now
    ├── Exhausted      a limit is used up: step down, or ask the owner
    ├── Misconfigured  a person has to change a setting; the text says which
    └── Stale          somebody else was first: read again and decide again

Vendor errors are turned into these at the edge that talks to the vendor.
"""

from datetime import timedelta


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


class Exhausted(StewardError):
    pass


class Misconfigured(StewardError):
    pass


class Stale(StewardError):
    pass
