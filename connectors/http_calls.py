"""One request of a tenant's own action: guarded, bounded, with the tenant's secret, which leaves by this door only."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import cast

import aiohttp
import orjson
from pydantic import JsonValue
from yarl import URL

from connectors.guarding import GuardedSession, read_body
from core.actions import ActionCall
from core.clock import Clock, SystemClock
from core.errors import Misconfigured, Rejected, Transient
from core.ids import TenantId
from db.actions import find_secret
from db.database import Database
from routing.retry_after import parse_retry_after
from tenants.agents import HttpAction
from tenants.secrets import Vault

MOST_BYTES = 64 * 1024
MOST_TIME = timedelta(seconds=15)
SECRET = "secret"  # noqa: S105 - the name under which a sealed secret holds its text
_HEADERS = {"User-Agent": "Steward (actions)", "Accept": "application/json", "Accept-Encoding": "identity"}
_KEPT = (("id", 100), ("reference", 100), ("message", 300))
"""What is taken of an answer, and how many characters of it."""


class Broken(Exception):
    """The connection was made, and broke or fell silent before the whole answer was there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAnswer:
    status: int
    retry_after: timedelta | None = None
    said: dict[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    """`id`, `reference` and `message` of the answer's JSON object, as short plain texts. Data, not to be trusted."""
    duplicate: bool = False
    unreadable: str = ""
    """Why the body could not be read."""


class HttpCalls:
    def __init__(
        self,
        database: Database,
        vault: Vault,
        session: GuardedSession,
        *,
        time_limit: timedelta = MOST_TIME,
        clock: Clock | None = None,
    ) -> None:
        self._database = database
        self._vault = vault
        self._session = session
        self._time_limit = time_limit
        self._clock = clock or SystemClock()

    async def send(
        self, call: ActionCall, action: HttpAction, method: str, url: URL, body: Mapping[str, JsonValue] | None
    ) -> HttpAnswer:
        """Raises Misconfigured, Transient when nothing was sent, Broken when something may have been."""
        secret = await self._find_secret(call.tenant_id, action, url)
        headers = {**_HEADERS, "Idempotency-Key": call.key}
        if secret:
            headers["Authorization"] = f"Bearer {secret}"
        if body is not None:
            headers["Content-Type"] = "application/json"
        data = None if body is None else orjson.dumps(dict(body))
        try:
            async with asyncio.timeout(self._time_limit.total_seconds()):
                async with self._session.request(method, url, headers=headers, body=data) as response:
                    return await self._read(response, secret)
        except aiohttp.ClientSSLError:
            raise Misconfigured(f"The certificate of {action.name}'s address is not valid") from None
        except aiohttp.InvalidURL:
            raise Misconfigured(f"The address of {action.name} is no valid URL") from None
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            raise Transient(f"The address of {action.name} cannot be reached") from None
        except (aiohttp.ClientError, OSError):  # TimeoutError is one
            raise Broken from None

    async def _read(self, response: aiohttp.ClientResponse, secret: str) -> HttpAnswer:
        status, body, unreadable = response.status, b"", ""
        if 200 <= status < 300 or status == 409:
            try:
                body = await read_body(response, MOST_BYTES)
            except Rejected as error:
                unreadable = str(error)
        try:
            parsed: object = orjson.loads(body) if body.strip() else None
        except orjson.JSONDecodeError:
            parsed, unreadable = None, "The answer is no JSON"
        given = cast("dict[str, object]", parsed) if isinstance(parsed, dict) else {}
        said = {name: text for name, most in _KEPT if (text := _plain(given.get(name), most, secret))}
        headers = {name.lower(): value for name, value in response.headers.items()}
        return HttpAnswer(
            status=status, said=dict(said), duplicate=given.get("duplicate") is True, unreadable=unreadable,
            retry_after=parse_retry_after(headers, self._clock.now()),
        )  # fmt: skip

    async def _find_secret(self, tenant: TenantId, action: HttpAction, url: URL) -> str:
        if action.secret is None:
            return ""
        async with self._database.tenant(tenant, readonly=True) as tx:
            sealed = await find_secret(tx, tenant, action.secret)
        text = self._vault.open(tenant, sealed).get(SECRET, "") if sealed else ""
        if not text:
            raise Misconfigured(
                f"The action {action.name} needs the secret {action.secret}. "
                f"Set it with `python -m steward tenant secret <tenant> {action.secret}`"
            )
        if not is_secret(text):
            raise Misconfigured(f"The secret {action.secret} cannot stand in a header. Set it anew")
        if url.scheme != "https" and not self._session.allows(url):
            raise Misconfigured(f"The address of {action.name} must be https: a secret goes there")
        return text


def is_secret(text: str) -> bool:
    """Whether it can be sent as a bearer token."""
    return bool(text) and len(text) <= 4_096 and text.isascii() and text.isprintable() and " " not in text


def _plain(value: object, most: int, secret: str) -> str:
    """Empty for what is no text or number, and for what repeats the secret."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    text = "".join(each if each.isprintable() else " " for each in str(value)).strip()
    return "" if secret and secret in text else text[:most]
