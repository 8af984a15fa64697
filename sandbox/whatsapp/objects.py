"""The Graph API's objects other than messages: the number itself, its settings, and media."""

import hmac
import secrets
import time
from typing import cast

import orjson
from aiohttp import web

from sandbox.files import mime_of
from sandbox.forms import BadForm, read_form
from sandbox.post import Poster
from sandbox.records import File, Json, Number
from sandbox.telegram.webhook import is_local
from sandbox.whatsapp.errors import GraphError, bad_parameter, missing, not_an_object
from sandbox.whatsapp.server import WhatsApp
from sandbox.whatsapp.webhooks import challenge

LINK_LIFE = 300
"""Seconds in which a media URL works. Source: Cloud API media reference, November 2026."""
MAX_SIZE = {"image": 5 << 20, "audio": 16 << 20, "video": 16 << 20, "sticker": 500 << 10, "document": 100 << 20}
TYPES = {
    "audio": ("audio/aac", "audio/mp4", "audio/mpeg", "audio/amr", "audio/ogg", "audio/opus"),
    "image": ("image/jpeg", "image/png"),
    "sticker": ("image/webp",),
    "video": ("video/mp4", "video/3gpp", "video/3gp"),
    "document": (
        "text/plain",
        "text/csv",
        "application/pdf",
        "application/msword",
        "application/vnd.ms-excel",
        "application/vnd.ms-powerpoint",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ),
}
KIND_BY_TYPE = {mime: kind for kind, mimes in TYPES.items() for mime in mimes}
KEPT_AS = {"image": "photo", "sticker": "photo"}


class Objects:
    def __init__(self, whatsapp: WhatsApp, poster: Poster) -> None:
        self._whatsapp = whatsapp
        self._poster = poster
        self._key = secrets.token_bytes(32)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """`/{version}/{object}` and `/{version}/{object}/{edge}`."""
        try:
            answer = await self._answer(request)
        except GraphError as error:
            return error.response()
        return web.Response(body=orjson.dumps(answer), content_type="application/json")

    async def _answer(self, request: web.Request) -> Json:
        object_id = request.match_info["object"]
        edge = request.match_info.get("edge", "").strip("/")
        line = self._whatsapp.lines.get(object_id)
        if line is not None:
            number = self._whatsapp.caller(request, object_id).number
            match request.method, edge:
                case "GET", "":
                    return _described(number, request.query.get("fields"))
                case "POST", "":
                    return await self._configure(number, await _json(request))
                case "POST", "media":
                    return await self._upload(number, request)
                case "POST", "conversational_automation" | "whatsapp_business_profile" | "settings":
                    return {"success": True}
                case _:
                    raise not_an_object(f"{object_id}/{edge}", request.method)
        caller = self._whatsapp.caller(request).number
        file = self._whatsapp.world.files.get(object_id)
        if file is None or edge or (file.owner and file.owner != caller.id):
            raise not_an_object(object_id, request.method)
        if request.method == "DELETE":
            await self._whatsapp.files.remove(object_id)
            return {"success": True}
        return self._media(request, file)

    async def _upload(self, number: Number, request: web.Request) -> Json:
        await self._whatsapp.trouble()
        if not request.content_type.startswith("multipart/"):
            raise missing("file")
        try:
            fields, uploads = await read_form(request, MAX_SIZE["document"])
        except BadForm as error:
            raise bad_parameter("The multipart body cannot be read.") from error
        if fields.get("messaging_product") != "whatsapp":
            raise missing("messaging_product")
        upload = uploads.get("file")
        if upload is None:
            raise missing("file")
        name, body = upload.name, upload.body
        mime = mime_of(name, upload.mime or fields.get("type", ""))
        kind = KIND_BY_TYPE.get(mime)
        if kind is None:
            raise bad_parameter(
                "Param file must be a file with one of the following types: "
                f"{', '.join(KIND_BY_TYPE)}. Received file of type '{mime}'."
            )
        if not 0 < len(body) <= MAX_SIZE[kind]:
            raise bad_parameter(f"Param file must be at most {MAX_SIZE[kind]} bytes and not empty.")
        file = await self._whatsapp.files.add(body, name=name, mime=mime, kind=KEPT_AS.get(kind, kind), owner=number.id)
        return {"id": file.id}

    def _media(self, request: web.Request, file: File) -> Json:
        expires = int(time.time()) + LINK_LIFE
        host = own_address(request)
        link = f"http://{host}/whatsapp/attachments/?mid={file.id}&ext={expires}&hash={self._hash(file.id, expires)}"
        return {
            "url": link,
            "mime_type": file.mime,
            "sha256": file.sha256,
            "file_size": file.size,
            "id": file.id,
            "messaging_product": "whatsapp",
        }

    def _hash(self, file_id: str, expires: int) -> str:
        return hmac.digest(self._key, f"{file_id}:{expires}".encode(), "sha256").hex()[:32]

    async def download(self, request: web.Request) -> web.StreamResponse:
        """The URL of a media object: it needs the bearer token too, and works for five minutes."""
        try:
            self._whatsapp.caller(request)
        except GraphError as error:
            return error.response()
        file_id, expires = request.query.get("mid", ""), request.query.get("ext", "")
        fresh = expires.isdecimal() and int(expires) > time.time()
        signed = fresh and hmac.compare_digest(
            request.query.get("hash", "").encode(), self._hash(file_id, int(expires)).encode()
        )
        file = self._whatsapp.world.files.get(file_id)
        body = await self._whatsapp.files.read(file_id) if signed and file else None
        if file is None or body is None:
            return web.Response(status=404, text="URL signature expired or unknown media")
        safe = "".join(sign for sign in file.name if sign.isalnum() or sign in "._- ") or "file"
        disposition = f'attachment; filename="{safe.encode("ascii", "replace").decode()}"'
        return web.Response(body=body, content_type=file.mime, headers={"Content-Disposition": disposition})

    async def _configure(self, number: Number, body: Json) -> Json:
        """Points this number's webhook elsewhere, if that address passes the challenge."""
        given = cast("Json", body.get("webhook_configuration") or {})
        url = str(given.get("override_callback_uri") or "")
        if not url:
            raise bad_parameter("Param webhook_configuration is required.")
        if not (url.startswith(("http://", "https://")) and is_local(url)):
            raise bad_parameter("The sandbox calls this machine only: use http://127.0.0.1:PORT/…")
        before = number.webhook_url, number.verify_token, number.webhook_ok
        number.webhook_url, number.verify_token = url, str(given.get("verify_token") or "")
        number.webhook_ok = await challenge(number, self._poster)
        if not number.webhook_ok:
            number.webhook_url, number.verify_token, number.webhook_ok = before
            raise GraphError(2200, message="(#2200) Callback verification failed: the challenge was not returned.")
        self._whatsapp.world.journal.put("number", number.id, number)
        await self._whatsapp.subscribe(self._whatsapp.lines[number.id])
        return {"success": True}


def own_address(request: web.Request) -> str:
    """Where this server itself listens, whatever host the caller named."""
    if request.transport is not None:
        host, port = request.transport.get_extra_info("sockname")[:2]
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return request.host


def _described(number: Number, fields: str | None) -> Json:
    whole: Json = {
        "verified_name": number.name,
        "code_verification_status": "VERIFIED",
        "display_phone_number": number.display_phone_number,
        "quality_rating": "GREEN",
        "platform_type": "CLOUD_API",
        "throughput": {"level": "STANDARD"},
        "webhook_configuration": {"application": number.webhook_url},
        "status": "CONNECTED",
        "name_status": "APPROVED",
        "account_mode": "SANDBOX",
    }
    wanted = fields.split(",") if fields else list(whole)
    return {**{name: whole[name] for name in wanted if name in whole}, "id": number.id}


async def _json(request: web.Request) -> Json:
    try:
        body = orjson.loads(await request.read())
    except orjson.JSONDecodeError:
        raise bad_parameter("The request body is not valid JSON.") from None
    if not isinstance(body, dict):
        raise bad_parameter("The request body must be an object.")
    return cast("Json", body)
