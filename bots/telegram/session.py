"""The one way to the Bot API that all bots of this process share.

aiogram names `BaseSession` as the place to change how calls go out. This one differs from the stock session in what it
does not do: plain calls are a JSON body instead of a multipart form, and `deliver` hands the reply's `result` back as
it is instead of building a model of it. Errors are ours, and no token is in them.
"""

import ssl
from collections.abc import AsyncGenerator
from datetime import datetime
from io import BytesIO
from typing import Any, TypeVar, cast

import aiohttp
import certifi
import orjson
from pydantic import BaseModel, TypeAdapter, ValidationError
from yarl import URL

from bots.telegram.refusals import TOKEN, read_refusal
from bots.telegram.vendor import BaseSession, Bot, Default, TelegramAPIServer, methods, types
from core.errors import Misconfigured, Rejected, StewardError, Transient

PRODUCTION = "https://api.telegram.org"
TIMEOUT_SECONDS = 30
_JSON = {"Content-Type": "application/json"}

Result = TypeVar("Result")


class SharedSession(BaseSession):
    def __init__(self, base_url: str = PRODUCTION) -> None:
        super().__init__(api=TelegramAPIServer.from_base(base_url), timeout=TIMEOUT_SECONDS)
        self._secure = base_url.startswith("https:")
        self._http: aiohttp.ClientSession | None = None

    async def deliver(
        self, bot: Bot, method: methods.TelegramMethod[Any], *, timeout: float = TIMEOUT_SECONDS
    ) -> object:
        """Calls and returns the reply's `result` as plain JSON.

        Raises Transient, Blocked, Rejected (`Refused` for a 400), Misconfigured (`Conflict` for a 409).
        """
        body, files = encode(method)
        url = URL(self.api.api_url(bot.token, method.__api_method__), encoded=True)
        data = await _form(body, files, bot) if files else body
        try:
            async with self.http.post(
                url,
                data=data,
                headers=None if files else _JSON,
                timeout=aiohttp.ClientTimeout(total=timeout, connect=10),
                allow_redirects=False,
            ) as response:
                content = await response.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _unreachable(error) from None  # its text may hold the address, and that holds the token
        return _read_result(response.status, content)

    @property
    def http(self) -> aiohttp.ClientSession:
        if self._http is None or self._http.closed:
            # No limit on connections: each polling bot holds one, and the outbox bounds the sends in hand.
            secure = ssl.create_default_context(cafile=certifi.where()) if self._secure else True
            self._http = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, ssl=secure, ttl_dns_cache=300, keepalive_timeout=60),
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=("User-Agent", "Accept"),
            )
        return self._http

    async def make_request(
        self, bot: Bot, method: methods.TelegramMethod[Result], timeout: int | None = None
    ) -> Result:
        """For `await bot(method)`: the result as aiogram's type."""
        result = await self.deliver(bot, method, timeout=timeout or TIMEOUT_SECONDS)
        try:
            return cast("Result", TypeAdapter[Any](method.__returning__).validate_python(result, context={"bot": bot}))
        except ValidationError:
            raise Transient("Telegram's answer is not what the Bot API promises") from None

    async def stream_content(
        self,
        url: str,
        headers: dict[str, Any] | None = None,
        timeout: int = TIMEOUT_SECONDS,
        chunk_size: int = 65536,
        raise_for_status: bool = True,
    ) -> AsyncGenerator[bytes, None]:
        limits = aiohttp.ClientTimeout(total=None, connect=10, sock_read=timeout)
        try:
            async with self.http.get(url, headers=headers, timeout=limits, allow_redirects=False) as response:
                if raise_for_status and response.status == 404:
                    raise Rejected("Telegram no longer has this file")
                if raise_for_status and response.status != 200:
                    raise read_refusal(response.status, {})
                async for chunk in response.content.iter_chunked(chunk_size):
                    yield chunk
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _unreachable(error) from None

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()
            self._http = None


def encode(method: methods.TelegramMethod[Any]) -> tuple[bytes, dict[str, types.InputFile]]:
    """The call's fields as JSON, without those that were not given, and the files that the JSON mentions by name."""
    files: dict[str, types.InputFile] = {}

    def write(value: object) -> object:
        if isinstance(value, BaseModel):
            return _given(value)
        if isinstance(value, types.InputFile):
            name = f"file{len(files)}"
            files[name] = value
            return f"attach://{name}"
        if isinstance(value, datetime):
            return int(value.timestamp())
        raise TypeError(f"{type(value).__name__} has no place in a call")

    return orjson.dumps(_given(method), default=write, option=orjson.OPT_PASSTHROUGH_DATETIME), files


def _given(model: BaseModel) -> dict[str, object]:
    return {name: value for name, value in model.__dict__.items() if value is not None and type(value) is not Default}


async def _form(body: bytes, files: dict[str, types.InputFile], bot: Bot) -> aiohttp.FormData:
    form = aiohttp.FormData(default_to_multipart=True)
    for name, value in orjson.loads(body).items():
        form.add_field(name, value if isinstance(value, str) else orjson.dumps(value).decode())
    for name, file in files.items():
        content = b"".join([chunk async for chunk in file.read(bot)])
        form.add_field(name, BytesIO(content), filename=file.filename or name, content_type="application/octet-stream")
    return form


def _read_result(status: int, content: bytes) -> object:
    try:
        reply: object = orjson.loads(content)
    except ValueError:
        reply = None
    fields = cast("dict[str, object]", reply) if isinstance(reply, dict) else {}
    if status == 200 and fields.get("ok") is True:
        return fields.get("result")
    raise read_refusal(status, fields)


def _unreachable(error: BaseException) -> StewardError:
    if isinstance(error, aiohttp.InvalidURL):
        return Misconfigured(TOKEN)
    return Transient(f"Telegram cannot be reached ({type(error).__name__})")
