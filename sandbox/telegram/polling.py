"""`getUpdates`: real long polling, one caller at a time."""

import asyncio
import time

from sandbox.courier import Delivery
from sandbox.faults import strikes
from sandbox.telegram.errors import ApiError
from sandbox.telegram.line import Line
from sandbox.telegram.parameters import Parameters

MAX_UPDATES = 100
MAX_WAIT = 50
"""Seconds, whatever the caller asks for."""
ACTIVE_WEBHOOK = (
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)
TAKEN_OVER = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"


async def get_updates(line: Line, parameters: Parameters) -> bytes:
    """The JSON array of updates. Raises: ApiError 409 with an active webhook or when another caller takes over."""
    if line.bot.webhook is not None:
        raise ApiError(409, ACTIVE_WEBHOOK)
    allowed = parameters.json("allowed_updates")
    if isinstance(allowed, list):
        line.bot.allowed_updates = [str(kind) for kind in allowed] or None  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        line.journal.put("bot", line.bot.token, line.bot)
    if line.poll is not None and not line.poll.done():
        line.poll.set_result(False)
    line.polled_at = time.monotonic()
    limit = min(max(parameters.integer("limit", MAX_UPDATES), 1), MAX_UPDATES)
    _confirm(line, parameters.integer("offset"))
    if not line.pending:
        await _wait(line, min(parameters.integer("timeout"), MAX_WAIT))
    faults = line.faults.deliveries("telegram")
    if faults.delay_ms:
        await asyncio.sleep(faults.delay_ms / 1000)
    chosen = [delivery for _, delivery in zip(range(limit), line.pending.values(), strict=False)]
    if chosen and strikes(faults.drop):
        raise ConnectionResetError
    bodies: list[bytes] = []
    for delivery in chosen:
        delivery.started()
        bodies.append(delivery.body)
        if strikes(faults.duplicate):
            bodies.append(delivery.body)
    return b"[" + b",".join(bodies) + b"]"


def _confirm(line: Line, offset: int) -> None:
    """Everything below the offset is done; a negative offset keeps only the newest so many."""
    if offset < 0:
        numbers = list(line.pending)
        offset = numbers[offset] if -offset <= len(numbers) else 0
    done: list[Delivery] = []
    for number, delivery in line.pending.items():
        if number >= offset:
            break
        done.append(delivery)
    for delivery in done:
        delivery.acked()
        line.done(delivery)


async def _wait(line: Line, seconds: int) -> None:
    if seconds <= 0:
        return
    mine = line.poll = asyncio.get_running_loop().create_future()
    try:
        async with asyncio.timeout(seconds):
            if not await mine:
                raise ApiError(409, TAKEN_OVER)
    except TimeoutError:
        return
    finally:
        if line.poll is mine:
            line.poll = None
