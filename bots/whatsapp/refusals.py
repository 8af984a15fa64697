"""Turns what the Graph API refuses into our errors, by what the sender does next.

Source: Meta, WhatsApp Cloud API error codes and Graph API error handling, November 2026. Meta asks to go by `code`;
HTTP statuses and titles change.
"""

import re
from datetime import timedelta
from typing import cast

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from core.errors import Misconfigured, Rejected, StewardError, Transient, WindowOver

WINDOW_OVER = 131047
PAUSES = {
    4: timedelta(minutes=1),  # the app's calls an hour
    130429: timedelta(seconds=1),  # the number's messages a second
    131048: timedelta(minutes=15),  # too many people blocked or reported the number
    131056: timedelta(seconds=6),  # messages to this one person
    131057: timedelta(minutes=1),  # the number is being upgraded
    80007: timedelta(seconds=6),  # the business account's calls
}
TROUBLED = {1, 2, 131000, 131016, 133004}
"""Meta's own trouble: worth another try soon."""
TOKEN = "Check the WhatsApp token of this number and its permission whatsapp_business_messaging"  # noqa: S105
REMEDIES: dict[int, str] = {
    0: TOKEN,
    3: TOKEN,
    10: TOKEN,
    190: "The WhatsApp token of this number has expired or was revoked. Make a new one and set it",
    131005: TOKEN,
    368: "Meta restricted this WhatsApp account for breaking a policy. Appeal in WhatsApp Manager",
    130497: "Meta does not let this WhatsApp account write to people in that country. See WhatsApp Manager",
    131031: "Meta locked this WhatsApp account. See WhatsApp Manager",
    131037: "The display name of this number is not approved yet. See WhatsApp Manager",
    131042: "Meta cannot bill this WhatsApp account. Add a payment method in WhatsApp Manager",
    131045: "This number is not registered properly. Register it again in WhatsApp Manager",
    133010: "This number is not registered. Register it in WhatsApp Manager",
}
REASONS: dict[int, str] = {
    WINDOW_OVER: "The customer last wrote more than 24 hours ago: only a template reaches them now",
    131021: "A number cannot write to itself",
    131026: "WhatsApp cannot deliver to this person: no WhatsApp there, a version too old, or terms not accepted",
    131030: "This is a test number, and the person is not on its list of allowed recipients. Add them at Meta",
    131049: "WhatsApp held the message back to spare this person; it may be sent again after 24 hours",
    131050: "The person opted out of marketing messages from this business",
    131051: "WhatsApp does not know this kind of message",
    132000: "The template wants another number of parameters",
    132001: "No approved template of this name exists in this language",
    132015: "The template is paused because people disliked it",
    132016: "The template was disabled because people disliked it",
}
_LONG_NUMBER = re.compile(r"\d{7,}")


class _Error(BaseModel):
    model_config = ConfigDict(extra="ignore")

    code: int
    message: str | None = None
    error_subcode: object = None
    is_transient: object = None
    error_data: object = None

    def __str__(self) -> str:
        data = self.error_data
        details = cast("dict[str, object]", data).get("details") if isinstance(data, dict) else data
        text = " ".join(part for part in (self.message, details) if isinstance(part, str) and part)
        return f"{_LONG_NUMBER.sub('…', text)[:300]} ({self.code})".lstrip()  # no phone numbers in errors


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore")

    error: _Error


def read_refusal(status: int, body: bytes, *, retry_after: str | None = None, reading: bool = False) -> StewardError:
    """The error to raise for an answer with a status of 300 or more.

    `reading`: the call was for something named by its id, so an unknown id means that it is gone and not that the
    number's own id is wrong.
    """
    pause = _seconds(retry_after)
    try:
        error = _Answer.model_validate(orjson.loads(body)).error
    except (ValidationError, ValueError):
        if status in (401, 403):
            return Misconfigured(f"{TOKEN} (HTTP {status})")
        return Transient(f"WhatsApp answered with HTTP {status} and no error of its own", pause)
    code = error.code
    if code in PAUSES or status == 429:
        return Transient(f"WhatsApp wants a pause: {error}", pause or PAUSES.get(code, timedelta(seconds=1)))
    if code in REMEDIES or 200 <= code < 300:
        return Misconfigured(f"{REMEDIES.get(code, TOKEN)} ({code})")
    if code in REASONS:
        return (WindowOver if code == WINDOW_OVER else Rejected)(f"{REASONS[code]} ({code})")
    if code in TROUBLED or error.is_transient is True or status >= 500:
        return Transient(f"WhatsApp is in trouble: {error}", pause)
    if code == 100 and error.error_subcode == 33:
        if reading:
            return Rejected("WhatsApp no longer has this, or the token may not read it (100)")
        return Misconfigured(f"WhatsApp does not know this phone number id, or the token may not use it. {TOKEN} (100)")
    return Rejected(f"WhatsApp refused: {error}")


def _seconds(retry_after: str | None) -> timedelta | None:
    if retry_after and retry_after.isascii() and retry_after.isdigit() and len(retry_after) <= 5:
        return timedelta(seconds=int(retry_after))
    return None
