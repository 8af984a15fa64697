"""Files of a number: fetched by media id, or uploaded to get one.

Source: Meta, WhatsApp Cloud API media reference, November 2026: ids of received files last 7 days, of uploaded ones 30,
a download address 5 minutes.
"""

import re
from collections.abc import Collection
from urllib.parse import urljoin, urlsplit

import aiohttp

from bots.whatsapp.graph import Graph
from bots.whatsapp.refusals import read_refusal
from core.errors import Rejected, Transient

MEDIA_HOSTS = frozenset({"lookaside.fbsbx.com"})
"""Where Meta keeps the files, besides the Graph API's own host. The token goes nowhere else."""
GONE = "WhatsApp no longer has this file"
_MOST_REDIRECTS = 3
_MEDIA_ID = re.compile(r"[A-Za-z0-9_.-]{1,200}")
_EXTENSIONS = {"image/jpeg": "jpg", "image/png": "png", "video/mp4": "mp4", "audio/ogg": "ogg", "audio/mpeg": "mp3"}


async def fetch_file(graph: Graph, media_id: str, *, limit_bytes: int, hosts: Collection[str]) -> bytes:
    """Raises Transient, Rejected (gone, larger than the limit, or at a place we do not trust), Misconfigured."""
    if not _MEDIA_ID.fullmatch(media_id) or not media_id.strip("."):
        raise Rejected("This is not a media id of WhatsApp")
    info = await graph.find_media(media_id)
    url, size = info.get("url"), info.get("file_size")
    if not isinstance(url, str):
        raise Transient("WhatsApp gave no address for the file")
    if isinstance(size, int) and size > limit_bytes:
        raise _too_large(limit_bytes)
    try:
        return await _download(graph, url, limit_bytes, hosts)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise Transient(f"WhatsApp's files cannot be reached ({type(error).__name__})") from error


async def upload_file(graph: Graph, phone_number_id: str, data: bytes, *, mime: str, name: str) -> str:
    """The new media id. Raises Transient, Rejected, Misconfigured."""
    # Plain audio/ogg is refused: Meta wants to hear that Opus is inside.
    declared = "audio/ogg; codecs=opus" if mime == "audio/ogg" else mime
    safe_name = "".join(sign for sign in name if sign.isprintable())[-200:]
    filename = safe_name or f"file.{_EXTENSIONS.get(mime, 'bin')}"
    return await graph.add_media(phone_number_id, data, mime=declared, filename=filename)


async def _download(graph: Graph, url: str, limit_bytes: int, hosts: Collection[str]) -> bytes:
    for _ in range(_MOST_REDIRECTS + 1):
        if not _is_trusted(url, graph.base_url, hosts):
            raise Rejected("WhatsApp gave an address for the file that is none of its own")
        async with graph.open(url) as response:
            if response.status in (301, 302, 303, 307, 308):
                url = urljoin(url, response.headers.get("Location", ""))
                continue
            if response.status in (404, 410):
                raise Rejected(GONE)
            if response.status != 200:
                raise read_refusal(response.status, (await response.content.read(65536)), reading=True)
            return await _read_up_to(response, limit_bytes)
    raise Transient("WhatsApp sends this file around in circles")


async def _read_up_to(response: aiohttp.ClientResponse, limit_bytes: int) -> bytes:
    data = bytearray()
    async for chunk in response.content.iter_any():
        data += chunk
        if len(data) > limit_bytes:
            raise _too_large(limit_bytes)
    return bytes(data)


def _is_trusted(url: str, base_url: str, hosts: Collection[str]) -> bool:
    """The Graph API's own origin, or one of Meta's file hosts over TLS."""
    try:
        place, base = urlsplit(url), urlsplit(base_url)
        port, base_port = place.port, base.port
    except ValueError:
        return False
    if (place.scheme, place.hostname, port) == (base.scheme, base.hostname, base_port):
        return True
    return place.scheme == "https" and place.hostname in hosts and port in (None, 443)


def _too_large(limit_bytes: int) -> Rejected:
    return Rejected(f"The file is larger than {limit_bytes / 1_000_000:.0f} MB")
