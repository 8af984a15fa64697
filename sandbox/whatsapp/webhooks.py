"""Webhooks as Meta posts them: the challenge first, then signed envelopes with one or many items."""

import asyncio
import hmac
import random
import secrets
from urllib.parse import urlencode

import orjson
import structlog

from sandbox.courier import Courier, Delivery
from sandbox.faults import DeliveryFaults
from sandbox.post import DeliveryError, Poster
from sandbox.records import Json, Number
from sandbox.whatsapp.line import Line

log = structlog.get_logger(__name__)

CONNECTIONS = 20
BATCH = 50
"""Most items in one body; the original's bodies go up to 3 MB."""
LONGEST_PAUSE = 2.0
FIELDS = {"message_echoes": "smb_message_echoes"}
"""The field of a change by the kind of its items; all others come under `messages`."""


async def why_not(url: str, verify_token: str, poster: Poster) -> str:
    """What is wrong with the webhook's answer to the subscription's GET; empty when it gave back the challenge."""
    word = str(secrets.randbelow(10**10))
    query = urlencode({"hub.mode": "subscribe", "hub.challenge": word, "hub.verify_token": verify_token})
    joint = "&" if "?" in url else "?"
    try:
        answer = await poster.request(f"{url}{joint}{query}", method="GET", timeout=5)
    except DeliveryError as error:
        return f"Nobody answers at that address ({error}). Check the address, and that Steward is running."
    if answer.status == 404:
        return "That address answers 404: there is no webhook there. Copy the whole address again."
    if answer.status != 200:
        return f"The webhook answered {answer.status}. Check the verify token: copy it again, without spaces."
    if answer.body.decode("utf-8", "replace").strip() != word:
        return "The webhook answered, but not with the challenge it was given. Check the address."
    return ""


async def challenge(number: Number, poster: Poster) -> bool:
    return not await why_not(number.webhook_url, number.verify_token, poster)


async def subscribe(number: Number, poster: Poster) -> None:
    """Returns when the challenge passed; asks again as long as it takes."""
    pause = 0.1
    while not await challenge(number, poster):
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)
    log.info("whatsapp_webhook_verified", phone_number_id=number.id)


def start(line: Line, poster: Poster, faults: DeliveryFaults) -> None:
    """Begins to deliver everything that waits, and all that follows."""
    number = line.number
    secret = number.app_secret.encode()

    async def send(deliveries: list[Delivery]) -> float | None:
        body = envelope(number, deliveries)
        headers = (
            b"Content-Type: application/json\r\nConnection: keep-alive\r\nX-Hub-Signature-256: sha256=%s\r\n"
            % hmac.digest(secret, body, "sha256").hex().encode()
        )
        try:
            answer = await poster.request(number.webhook_url, headers=headers, body=body, timeout=20)
        except DeliveryError:
            return 0.0
        return None if answer.status == 200 else 0.0

    line.courier = Courier(send, line.done, faults, connections=CONNECTIONS, batch=BATCH)
    for delivery in line.pending.values():
        line.courier.add(delivery)


def envelope(number: Number, deliveries: list[Delivery]) -> bytes:
    """One body: many items share a change or have one each, as it happens at Meta's."""
    together = len(deliveries) == 1 or random.random() < 0.5
    groups = _by_field(deliveries) if together else [[delivery] for delivery in deliveries]
    changes = [{"value": _value(number, group), "field": FIELDS.get(group[0].kind, "messages")} for group in groups]
    return orjson.dumps({"object": "whatsapp_business_account", "entry": [{"id": number.waba_id, "changes": changes}]})


def _by_field(deliveries: list[Delivery]) -> list[list[Delivery]]:
    echoes = [each for each in deliveries if each.kind in FIELDS]
    return [group for group in ([each for each in deliveries if each.kind not in FIELDS], echoes) if group]


def _value(number: Number, group: list[Delivery]) -> Json:
    value: Json = {
        "messaging_product": "whatsapp",
        "metadata": {
            "display_phone_number": number.display_phone_number,
            "phone_number_id": number.id,
        },
        "contacts": list({each.contact["user_id"]: each.contact for each in group if each.contact}.values()),
    }
    for kind in ("messages", "statuses", *FIELDS):
        items = [orjson.Fragment(each.body) for each in group if each.kind == kind]
        if items:
            value[kind] = items
    return value
