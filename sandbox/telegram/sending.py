"""Methods that send: text, files, places and people."""

from sandbox.files import BadFile, kind_of, mime_of
from sandbox.forms import Upload
from sandbox.records import File, Json
from sandbox.telegram import wire
from sandbox.telegram.desk import Desk
from sandbox.telegram.errors import bad_request
from sandbox.telegram.parameters import Parameters

MAX_PHOTO = 10 << 20
MIMES = {"voice": "audio/ogg", "audio": "audio/mpeg", "video": "video/mp4"}


def send_message(desk: Desk, parameters: Parameters) -> Json:
    text, entities = desk.text(parameters)
    chat = desk.chat(parameters)
    return desk.send(chat, parameters, "text", text, entities)


async def send_photo(desk: Desk, parameters: Parameters) -> Json:
    return await _send_file(desk, parameters, "photo")


async def send_document(desk: Desk, parameters: Parameters) -> Json:
    return await _send_file(desk, parameters, "document")


async def send_voice(desk: Desk, parameters: Parameters) -> Json:
    return await _send_file(desk, parameters, "voice")


async def send_audio(desk: Desk, parameters: Parameters) -> Json:
    return await _send_file(desk, parameters, "audio")


async def send_video(desk: Desk, parameters: Parameters) -> Json:
    return await _send_file(desk, parameters, "video")


async def _send_file(desk: Desk, parameters: Parameters, kind: str) -> Json:
    text, entities = desk.caption(parameters)
    chat = desk.chat(parameters)
    file = await _file(desk, parameters, kind, parameters.text(kind), parameters.integer("duration"))
    return desk.send(chat, parameters, file.kind, text, entities, file=file.id)


async def _file(desk: Desk, parameters: Parameters, kind: str, given: str, duration: int) -> File:
    """The file that a parameter names: an upload, `attach://`, or a file id of an earlier message. Raises: ApiError."""
    upload = parameters.uploads.get(given.removeprefix("attach://") if given.startswith("attach://") else kind)
    if upload is None:
        if not given:
            raise bad_request(f"there is no {kind} in the request")
        if "://" in given:
            raise bad_request("wrong type of the web page content")
        return wire.find_file(desk.world, given)
    if not upload.body:
        raise bad_request("file must be non-empty")
    if kind == "photo":
        return await _photo(desk, upload)
    mime = mime_of(upload.name, upload.mime)
    mime = MIMES.get(kind, mime) if kind == "voice" or kind_of(mime) != kind else mime
    return await desk.files.add(upload.body, name=upload.name, mime=mime, kind=kind, duration=duration)


async def _photo(desk: Desk, upload: Upload) -> File:
    if len(upload.body) > MAX_PHOTO:
        raise bad_request("file is too big")
    try:
        return await desk.files.add_photo(upload.body, name=upload.name)
    except BadFile:
        raise bad_request("IMAGE_PROCESS_FAILED") from None


async def send_media_group(desk: Desk, parameters: Parameters) -> list[Json]:
    chat = desk.chat(parameters)
    media = parameters.sequence("media") or []
    if not 2 <= len(media) <= 10:
        raise bad_request("there must be 2-10 items in the media group")
    group = str(desk.world.count("group") + 13_000_000_000_000_000)
    sent: list[Json] = []
    for item in media:
        kind = str(item.get("type"))
        if kind not in ("photo", "document", "audio", "video"):
            raise bad_request("can't parse InputMedia: type must be one of photo, document, audio, video")
        one = Parameters({**item, "reply_parameters": parameters.values.get("reply_parameters")}, parameters.uploads)
        text, entities = desk.caption(one)
        file = await _file(desk, one, kind, one.text("media"), one.integer("duration"))
        extra = {"media_group_id": group}
        sent.append(desk.send(chat, one, file.kind, text, entities, file=file.id, extra=extra))
    return sent


def send_location(desk: Desk, parameters: Parameters) -> Json:
    latitude, longitude = parameters.number("latitude"), parameters.number("longitude")
    if latitude is None or not -90 <= latitude <= 90:
        raise bad_request("latitude is empty" if latitude is None else "latitude is out of range")
    if longitude is None or not -180 <= longitude <= 180:
        raise bad_request("longitude is empty" if longitude is None else "longitude is out of range")
    chat = desk.chat(parameters)
    extra = {"location": {"latitude": latitude, "longitude": longitude}}
    return desk.send(chat, parameters, "location", "", [], extra=extra)


def send_contact(desk: Desk, parameters: Parameters) -> Json:
    phone, first = parameters.text("phone_number"), parameters.text("first_name")
    if not phone:
        raise bad_request("phone number is empty")
    if not first:
        raise bad_request("first name is empty")
    contact = {"phone_number": phone, "first_name": first}
    if last := parameters.text("last_name"):
        contact["last_name"] = last
    return desk.send(desk.chat(parameters), parameters, "contact", "", [], extra={"contact": contact})
