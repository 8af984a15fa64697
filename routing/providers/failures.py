"""The vendors' errors as ours. No text of ours holds a key, a prompt or a reply, and none is chained to an SDK's
error, whose text may: it quotes the body.

Sources: https://platform.openai.com/docs/guides/error-codes, https://console.groq.com/docs/errors,
https://platform.claude.com/docs/en/api/errors, November 2026.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, cast

from core.errors import Exhausted, Misconfigured, Rejected, StewardError
from core.models import TokenUsage
from routing.errors import BadReply, Busy, Interrupted, NoSuchModel
from routing.providers.transport import BROKEN, UNDECODABLE, UNSENT, WRONG_ADDRESS, TooLong
from routing.retry_after import parse_retry_after

_NO_CREDIT = {
    *("insufficient_quota", "insufficient_funds", "billing_error", "billing_not_active", "billing_hard_limit_reached"),
    *("credit_balance_too_low", "blocked_api_access"),
}
_NO_MODEL = {"model_not_found", "model_decommissioned", "model_not_active", "model_terms_required"}
_BAD_WRITING = {"json_validate_failed", "tool_use_failed", "output_parse_failed"}
"""Groq checks what its models wrote, and answers 400 where that is broken."""
_TRY_LATER = {408, 409, 425, 429, 498, 499}
"""498: Groq's flex capacity is used up."""
_WRONG_PLACE = {301, 302, 303, 307, 308, 404, 405}


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    name: Literal["groq", "anthropic", "openai", "compatible"]
    label: str
    """As a sentence names it."""
    key_setting: str
    address_setting: str = ""
    """Where the address is the operator's to set."""
    refused: type[Exception]
    """The SDK's error for an HTTP status."""
    unconnected: type[Exception]
    """The SDK's error around one of the transport."""

    def check_key(self, key: str) -> str:
        """Raises Misconfigured for one that cannot even be sent."""
        if key and key.isascii() and key.isprintable() and " " not in key:
            return key
        wrong = "is not a key: it has spaces or other signs" if key else "is missing"
        raise Misconfigured(f"The key for {self.label} {wrong}. Set {self.key_setting}.")


def translate(error: Exception, vendor: Vendor, model: str, usage: TokenUsage | None) -> StewardError:
    """`usage` is what has been counted of a reply that broke."""
    cause = error.__cause__ if isinstance(error, vendor.unconnected) and error.__cause__ else error
    match cause:
        case StewardError():
            return cause
        case TimeoutError():
            return Interrupted(f"{vendor.label}: {model} took too long", usage)
        case TooLong():
            return BadReply(f"{vendor.label}: {model} sent far too much", usage)
        case UnicodeEncodeError():
            return Rejected(f"The request to {vendor.label} has characters that cannot be sent")
        case _ if isinstance(cause, vendor.refused):
            return _by_status(cause, vendor, model)
        case _ if isinstance(cause, UNSENT):
            return Busy(f"{vendor.label} cannot be reached")
        case _ if isinstance(cause, WRONG_ADDRESS):
            return Misconfigured(f"The address of {vendor.label} is wrong.{_see(vendor.address_setting)}")
        case _ if isinstance(cause, UNDECODABLE):
            return BadReply(f"{vendor.label}: {model} sent a reply that cannot be unpacked", usage)
        case _ if isinstance(cause, BROKEN) or isinstance(error, vendor.unconnected):
            return Interrupted(f"{vendor.label}: the connection broke while {model} answered", usage)
        case _:
            return BadReply(f"{vendor.label}: {model} sent a reply that cannot be read", usage)


def _by_status(error: Exception, vendor: Vendor, model: str) -> StewardError:
    status = cast("int", getattr(error, "status_code", 0))
    codes, message = _details(getattr(error, "body", None))
    headers = cast("Mapping[str, str]", getattr(getattr(error, "response", None), "headers", {}))
    if status == 402 or codes & _NO_CREDIT or "credit balance is too low" in message:
        return Exhausted(f"The account at {vendor.label} has no credit left.")
    if status in _WRONG_PLACE or codes & _NO_MODEL:
        return NoSuchModel(
            f"{vendor.label} has no model {model} for this key. Check STEWARD_MODEL.{_see(vendor.address_setting)}"
        )
    if status == 401:
        return Misconfigured(f"The key for {vendor.label} was refused. Check {vendor.key_setting}.")
    if status == 403:  # often of one model: the key may be good for the others
        return NoSuchModel(
            f"{vendor.label} refused the key, or {model} to this key (403). Check {vendor.key_setting} and the model."
        )
    if status in _TRY_LATER or status >= 500:
        return Busy(f"{vendor.label} is busy ({status})", parse_retry_after(headers, datetime.now(UTC)))
    if codes & _BAD_WRITING:
        return BadReply(f"{vendor.label}: {model} wrote what {vendor.label} itself could not use")
    if status == 413 or "context_length_exceeded" in codes or "prompt is too long" in message:
        return Rejected(f"The request is longer than {vendor.label}'s {model} takes ({status})")
    return Rejected(f"{vendor.label} refused the request to {model} ({status})")


def translate_event(body: object, vendor: Vendor, model: str, usage: TokenUsage | None) -> StewardError:
    """An error that came as an event of a stream, or instead of a reply under status 200.

    With nothing counted yet it is a refusal like one by status, and not billed.
    """
    codes, message = _details(body)
    if codes & _NO_CREDIT or "credit balance is too low" in message:
        return Exhausted(f"The account at {vendor.label} has no credit left.")
    if usage is None:
        return Busy(f"{vendor.label} answered with an error")
    return Interrupted(f"{vendor.label}: {model} stopped with an error", usage)


def _details(body: object) -> tuple[set[str], str]:
    """The codes in an error's body, and its message in lower case. Whatever is not as documented is passed over."""
    if not isinstance(body, dict):
        return set(), ""
    outer = cast("dict[str, object]", body)
    error = outer.get("error")
    inner = cast("dict[str, object]", error) if isinstance(error, dict) else outer
    details = inner.get("details")
    deepest = cast("dict[str, object]", details) if isinstance(details, dict) else {}
    codes = {
        code for code in (inner.get("code"), inner.get("type"), deepest.get("error_code")) if isinstance(code, str)
    }
    message = inner.get("message")
    return codes, message.lower() if isinstance(message, str) else ""


def _see(setting: str) -> str:
    return f" Check {setting} too." if setting else ""
