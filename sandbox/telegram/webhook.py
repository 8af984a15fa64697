"""Updates pushed to the bot: `setWebhook` and what follows from it."""

import ipaddress
import re
import time
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from sandbox.courier import Courier, Delivery
from sandbox.post import DeliveryError, Poster
from sandbox.records import Json, Webhook
from sandbox.telegram.desk import Desk
from sandbox.telegram.errors import bad_request
from sandbox.telegram.line import Line
from sandbox.telegram.parameters import Parameters

SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
Reply = Callable[[Line, str, bytes], Awaitable[None]]
"""Carries out a method that the webhook put into its answer: content type and body."""


def is_local(url: str) -> bool:
    """Whether a URL points at this machine: the sandbox calls nobody else."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        return parts.port != 0 and (host == "localhost" or ipaddress.ip_address(host).is_loopback)
    except ValueError:
        return False


async def set_webhook(desk: Desk, parameters: Parameters, poster: Poster, reply: Reply) -> bool:
    url = parameters.text("url")
    if not url:
        return await delete_webhook(desk, parameters)
    secret = parameters.text("secret_token")
    if secret and not SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    if not url.startswith(("http://", "https://")):
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if not is_local(url):
        raise bad_request("bad webhook: the sandbox delivers to this machine only, use http://127.0.0.1:PORT/…")
    allowed = parameters.json("allowed_updates")
    line = desk.line
    before = line.bot.webhook.allowed_updates if line.bot.webhook else line.bot.allowed_updates
    line.bot.webhook = Webhook(
        url=url,
        secret=secret,
        max_connections=min(max(parameters.integer("max_connections", 40), 1), 100),
        allowed_updates=[str(kind) for kind in allowed] if isinstance(allowed, list) else before,  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    )
    if parameters.flag("drop_pending_updates"):
        line.drop_pending()
    line.last_error, line.last_error_at = "", 0
    await start(line, poster, reply)
    _changed(desk)
    return True


async def delete_webhook(desk: Desk, parameters: Parameters) -> bool:
    line = desk.line
    if line.bot.webhook is not None:
        line.bot.allowed_updates = line.bot.webhook.allowed_updates
    line.bot.webhook = None
    await line.close()
    if parameters.flag("drop_pending_updates"):
        line.drop_pending()
    _changed(desk)
    return True


def get_webhook_info(desk: Desk, parameters: Parameters) -> Json:
    del parameters
    line, webhook = desk.line, desk.bot.webhook
    info: Json = {
        "url": webhook.url if webhook else "",
        "has_custom_certificate": False,
        "pending_update_count": len(line.pending),
    }
    if webhook is not None:
        info |= {"max_connections": webhook.max_connections, "ip_address": "127.0.0.1"}
        if webhook.allowed_updates:
            info["allowed_updates"] = webhook.allowed_updates
        if line.last_error:
            info |= {"last_error_date": line.last_error_at, "last_error_message": line.last_error}
    return info


def _changed(desk: Desk) -> None:
    desk.world.journal.put("bot", desk.bot.token, desk.bot)
    desk.events.tell({"type": "world"})


async def start(line: Line, poster: Poster, reply: Reply) -> None:
    """Begins to deliver everything that waits, and all that follows, to the bot's webhook."""
    await line.close()
    webhook = line.bot.webhook
    if webhook is None:
        return
    headers = b"Content-Type: application/json\r\nConnection: keep-alive\r\n"
    if webhook.secret:
        headers += b"X-Telegram-Bot-Api-Secret-Token: %s\r\n" % webhook.secret.encode()

    async def send(deliveries: list[Delivery]) -> float | None:
        try:
            answer = await poster.request(webhook.url, headers=headers, body=deliveries[0].body, timeout=60)
        except DeliveryError as error:
            return _failed(line, f"Connection failed: {error}", 0.0)
        if not 200 <= answer.status < 300:
            pause = answer.headers.get("retry-after", "")
            seconds = float(pause) if answer.status == 429 and pause.isdigit() else 0.0
            return _failed(line, f"Wrong response from the webhook: {answer.status}", seconds)
        if len(answer.body) > 2 and b"method" in answer.body:
            await reply(line, answer.headers.get("content-type", ""), answer.body)
        return None

    line.courier = Courier(send, line.done, line.faults.deliveries("telegram"), connections=webhook.max_connections)
    for delivery in line.pending.values():
        line.courier.add(delivery)


def _failed(line: Line, error: str, pause: float) -> float:
    line.last_error, line.last_error_at = error, int(time.time())
    return pause
