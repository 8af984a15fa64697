"""The parameters of a call, however they were sent: query, JSON, form or multipart."""

from email.parser import BytesParser
from email.policy import default
from typing import Any, cast
from urllib.parse import parse_qsl

import orjson
from aiohttp import web

from sandbox.forms import BadForm, Upload, read_form
from sandbox.records import Json
from sandbox.telegram.errors import ApiError, bad_request

MAX_UPLOAD = 50 << 20
"""Bytes in one request. Source: core.telegram.org/bots/api#sending-files, November 2026."""


class Parameters:
    """Values by name. A form can only hold strings, so numbers, flags and JSON are read from either shape."""

    __slots__ = ("uploads", "values")

    def __init__(self, values: Json, uploads: dict[str, Upload]) -> None:
        self.values = values
        self.uploads = uploads

    def text(self, name: str) -> str:
        value = self.values.get(name)
        if value is None:
            return ""
        return value if isinstance(value, str) else orjson.dumps(value).decode()

    def integer(self, name: str, default: int = 0) -> int:
        value = self.values.get(name)
        if value is None or value == "":
            return default
        if isinstance(value, bool):
            return int(value)
        try:
            return int(value)
        except (TypeError, ValueError):
            raise bad_request(f'parameter "{name}" must be an integer') from None

    def number(self, name: str) -> float | None:
        try:
            return float(self.values[name])
        except (KeyError, TypeError, ValueError):
            return None

    def flag(self, name: str) -> bool:
        value = self.values.get(name)
        return value in (True, 1) or (isinstance(value, str) and value.lower() in ("true", "1", "yes", "t", "y"))

    def json(self, name: str) -> Any:
        """The decoded value, or None when it was not given."""
        value = self.values.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            return value
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError:
            raise bad_request(f"can't parse {name.replace('_', ' ')} JSON object") from None

    def mapping(self, name: str) -> Json | None:
        value = self.json(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise bad_request("object expected as " + name.replace("_", " "))
        return cast("Json", value)

    def sequence(self, name: str) -> list[Json] | None:
        value = self.json(name)
        if value is None:
            return None
        if not isinstance(value, list):
            raise bad_request(f"can't parse {name}: Expected an Array")
        items = cast("list[Any]", value)
        if not all(isinstance(item, dict) for item in items):
            raise bad_request(f"can't parse {name}: Expected an Object")
        return cast("list[Json]", items)


async def read(request: web.Request) -> Parameters:
    """Raises: ApiError for a body that is not what its type says."""
    values: Json = dict(request.query)
    uploads: dict[str, Upload] = {}
    kind = request.content_type
    if request.body_exists:
        if kind.startswith("multipart/"):
            try:
                fields, uploads = await read_form(request, MAX_UPLOAD)
            except BadForm as error:
                if str(error) == "too large":
                    raise ApiError(413, "Request Entity Too Large") from error
                raise bad_request("can't parse multipart body") from error
            values.update(fields)
        else:
            values.update(parse_body(kind, await request.read()))
    return Parameters(values, uploads)


def parse_body(kind: str, body: bytes) -> Json:
    """The values of a JSON or form body. Raises: ApiError."""
    if kind == "application/json":
        if not body:
            return {}
        try:
            value = orjson.loads(body)
        except orjson.JSONDecodeError:
            raise bad_request("can't parse JSON object") from None
        if not isinstance(value, dict):
            raise bad_request("object expected as request body")
        return cast("Json", value)
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True))
    except (UnicodeDecodeError, ValueError):
        raise bad_request("strings must be encoded in UTF-8") from None


def parse_reply(content_type: str, body: bytes) -> Json:
    """The values of a webhook's answer, which aiogram writes as multipart. Raises: ApiError."""
    if not content_type.startswith("multipart/"):
        return parse_body(content_type.partition(";")[0].strip(), body)
    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1", "replace")
    values: Json = {}
    for part in BytesParser(policy=default).parsebytes(head + body).iter_parts():
        name = part.get_param("name", header="Content-Disposition")
        payload = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(payload, bytes):
            values[name] = payload.decode("utf-8", "replace")
    return values
