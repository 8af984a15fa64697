"""pywa's Graph API layer over the one HTTP session that all numbers of this process share.

pywa builds the calls; only the way out is ours. Its own way, httpx, costs ten times the CPU of a call through aiohttp
(measured in `benchmarks/whatsapp_edge.py`), wants a client for each number, and logs whole requests and answers, which
hold people's words.
"""

# pywa hands out bare dicts; here they get their types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

import io
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, cast

import aiohttp
import orjson
from pywa_async.api import GraphAPIAsync

from bots.whatsapp.refusals import read_refusal
from core.errors import Transient

TIMEOUT = aiohttp.ClientTimeout(total=60, connect=10, sock_read=30)
GRAPH_URL = "https://graph.facebook.com/v26.0"
"""Source: Meta, Graph API changelog, November 2026; the version that pywa 4.5 speaks."""

FormFile = tuple[str | None, bytes | str] | tuple[str | None, bytes | str, str]


def open_session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(timeout=TIMEOUT, cookie_jar=aiohttp.DummyCookieJar())


class Graph(GraphAPIAsync):
    """One number's calls. `pywa_async.api.GraphAPIAsync` documents each; all of them end in `_request`."""

    def __init__(self, *, session: aiohttp.ClientSession, base_url: str, token: str) -> None:
        # Not pywa's own: it insists on an httpx client that no other number uses.
        self._http = session
        self.base_url = base_url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"}
        self._json_headers = {**self._headers, "Content-Type": "application/json"}

    def __repr__(self) -> str:
        return "Graph()"

    __str__ = __repr__

    def open(self, url: str) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        """A download with the number's token: for addresses that belong to Meta. Redirects are the caller's."""
        return self._http.get(url, headers=self._headers, allow_redirects=False)

    async def post(
        self, sender: str, chat: str, kind: str, content: dict[str, object], *, reply_to: str | None = None
    ) -> str:
        """Sends one message from a phone number id and returns its wamid. Raises Transient, Rejected, Misconfigured."""
        # pywa's client would take a BSUID with letters for a group's id; a number has digits only.
        by_number = chat.isdigit()
        answer = await self.send_message(
            sender=sender,
            to=chat if by_number else None,
            recipient=None if by_number else chat,
            recipient_type="individual",
            typ=kind,
            msg=content,
            reply_to_message_id=reply_to,
        )
        match answer:
            case {"messages": [{"id": str(message_id)}, *_]}:
                return message_id
            case _:
                raise Transient("WhatsApp took the message and gave no id for it")

    async def find_media(self, media_id: str) -> dict[str, object]:
        """`url`, `file_size` and more. Raises Transient, Rejected (gone), Misconfigured."""
        return cast("dict[str, object]", await self.get_media_url(media_id=media_id))

    async def add_media(self, sender: str, data: bytes, *, mime: str, filename: str) -> str:
        """Uploads and returns the media id. Raises Transient, Rejected, Misconfigured."""
        answer = await self.upload_media(phone_id=sender, media=data, mime_type=mime, filename=filename)
        match answer:
            case {"id": str(media_id)}:
                return media_id
            case _:
                raise Transient("WhatsApp took the file and gave no id for it")

    async def show_typing(self, sender: str, message_id: str) -> None:
        """Marks a received message as read and shows that an answer is coming. Raises as `post` does."""
        await self.set_indicator(phone_id=sender, message_id=message_id, typ="text")

    async def find_number(self, phone_number_id: str) -> dict[str, object]:
        """`display_phone_number`, `verified_name` and more. Raises as `post` does."""
        fields = ("display_phone_number", "verified_name")
        return cast("dict[str, object]", await self.get_business_phone_number(phone_number_id, fields))

    async def point_webhook(self, phone_number_id: str, url: str, verify_token: str) -> None:
        """Has this number's webhooks sent to an address of its own. Raises as `post` does."""
        await self.set_phone_alternate_callback_url(url, verify_token, phone_number_id)

    async def _request(self, method: str, endpoint: str, **kwargs: Any) -> dict[str, Any]:
        """Raises Transient, Rejected, Misconfigured."""
        data: bytes | aiohttp.FormData | None = None
        headers = self._headers
        if "json" in kwargs:
            data, headers = orjson.dumps(kwargs["json"]), self._json_headers
        elif "files" in kwargs:
            data = _form(kwargs["files"])
        url = f"{self.base_url}/{endpoint.lstrip('/')}"
        try:
            async with self._http.request(
                method, url, data=data, headers=headers, params=kwargs.get("params"), allow_redirects=False
            ) as response:
                body = await response.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Transient(f"WhatsApp cannot be reached ({type(error).__name__})") from error
        if response.status >= 300:
            retry_after = response.headers.get("Retry-After")
            raise read_refusal(response.status, body, retry_after=retry_after, reading=method == "GET")
        return _answer(body)


def _answer(body: bytes) -> dict[str, Any]:
    try:
        answer = orjson.loads(body)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise Transient("WhatsApp's answer is not JSON of the Graph API")
    return cast("dict[str, Any]", answer)


def _form(files: Mapping[str, FormFile]) -> aiohttp.FormData:
    """From httpx's notation, which pywa uses: name -> (file name or None, content[, type])."""
    form = aiohttp.FormData(default_to_multipart=True, quote_fields=False)  # Meta takes names as they are
    for name, (filename, content, *mime) in files.items():
        # aiohttp wants large bytes as a file, so that it can send them in pieces.
        value = io.BytesIO(content) if isinstance(content, bytes) else content
        form.add_field(name, value, filename=filename, content_type=mime[0] if mime else None)
    return form
