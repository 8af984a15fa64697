"""Multipart bodies, read whole: fields as text, files as bytes."""

from dataclasses import dataclass

from aiohttp import BodyPartReader, web


class BadForm(Exception):
    """The body is not multipart as its type says, or too large."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    name: str
    mime: str
    body: bytes


async def read_form(request: web.Request, most: int) -> tuple[dict[str, str], dict[str, Upload]]:
    """Fields and files by name. Raises: BadForm when it is malformed or holds more than `most` bytes."""
    fields: dict[str, str] = {}
    uploads: dict[str, Upload] = {}
    total = 0
    try:
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader) or part.name is None:
                raise BadForm("nested or nameless part")
            body = bytearray()
            while chunk := await part.read_chunk(1 << 16):
                total += len(chunk)
                if total > most:
                    raise BadForm("too large")
                body += chunk
            content = bytes(part.decode(bytes(body)))
            if part.filename is None:
                fields[part.name] = content.decode("utf-8", "replace")
            else:
                mime = part.headers.get("Content-Type", "application/octet-stream")
                uploads[part.name] = Upload(name=part.filename, mime=mime, body=content)
    except (ValueError, AssertionError, RuntimeError, web.HTTPException) as error:
        raise BadForm("malformed") from error
    return fields, uploads
