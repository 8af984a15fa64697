"""Signatures of webhooks that carriers send: over the time and the body, so that an old one cannot be sent again.

    X-Steward-Signature: t=1795426800,v1=<hex HMAC-SHA256 of "1795426800." + body under the shared secret>

In a shell: `printf '%s.%s' "$t" "$body" | openssl dgst -sha256 -hmac "$secret"`.
"""

import hmac
import re
from datetime import datetime, timedelta

HEADER = "X-Steward-Signature"
TOLERANCE = timedelta(minutes=5)
_MOST_CHARACTERS = 512
_TIME = re.compile(r"t=(\d{1,12})", re.ASCII)
_DIGEST = re.compile(r"v1=([0-9a-fA-F]{64})", re.ASCII)


def sign(secret: str, body: bytes, now: datetime) -> str:
    """The value of the header."""
    seconds = int(now.timestamp())
    return f"t={seconds},v1={_digest(secret, seconds, body)}"


def is_signed(secret: str, body: bytes, header: str, now: datetime) -> bool:
    """Whether one of the header's signatures is ours and at most five minutes old or early. Takes constant time.

    Several `v1=` may be there while a secret is being replaced. An empty secret signs nothing.
    """
    if not secret or len(header) > _MOST_CHARACTERS:
        return False
    parts = [part.strip() for part in header.split(",")]
    times = [found[1] for part in parts if (found := _TIME.fullmatch(part))]
    if len(times) != 1 or abs(int(times[0]) - now.timestamp()) > TOLERANCE.total_seconds():
        return False
    expected = _digest(secret, int(times[0]), body)
    given = [found[1].lower() for part in parts if (found := _DIGEST.fullmatch(part))]
    matches = [hmac.compare_digest(each, expected) for each in given]
    return any(matches)


def _digest(secret: str, seconds: int, body: bytes) -> str:
    return hmac.digest(secret.encode(), b"%d." % seconds + body, "sha256").hex()
