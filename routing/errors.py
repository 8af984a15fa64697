"""What goes wrong with one request to a provider, by what it means for the next one and for the bill.

Transient
├── Busy         refused for now (429, 5xx, no connection): not billed; `retry_after` where the provider gives one
├── Interrupted  sent, and the answer did not come whole: broken stream, time-out. May be billed
└── BadReply     came whole and cannot be used: empty, cut off, broken JSON, another shape. Billed
Exhausted        the account at the provider has no credit
Misconfigured    the key is wrong
└── NoSuchModel  the key is right, and the provider does not know the model
Rejected         this request will not be answered here: more than the model takes
└── Declined     the model or its guard declined what was asked. Billed
"""

from datetime import timedelta

from core.errors import Misconfigured, Rejected, Transient
from core.models import TokenUsage


class Busy(Transient):
    pass


class NoSuchModel(Misconfigured):
    pass


class Declined(Rejected):
    def __init__(self, message: str, usage: TokenUsage | None = None) -> None:
        super().__init__(message)
        self.usage = usage


class Interrupted(Transient):
    def __init__(self, message: str, usage: TokenUsage | None = None) -> None:
        super().__init__(message)
        self.usage = usage


class BadReply(Transient):
    def __init__(self, message: str, usage: TokenUsage | None = None, retry_after: timedelta | None = None) -> None:
        super().__init__(message, retry_after)
        self.usage = usage
