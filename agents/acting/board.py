"""What all conversations of one person share: the wishes that wait for an owner, whatever channel they came by.

Each turn writes the version after the one that it read; of two at the same moment one is Stale, and decides again over
what the other wrote.
"""

from dataclasses import asdict
from typing import Any

from pydantic import TypeAdapter, ValidationError

from agents.acting.state import Waiting
from agents.draft import Draft

_WAITING: TypeAdapter[tuple[Waiting, ...]] = TypeAdapter(tuple[Waiting, ...])
MOST_WAITING = 10


async def _key(draft: Draft) -> str:
    return f"person:{min(await draft.contacts(), key=lambda each: each.bytes).hex}"


async def list_waiting(draft: Draft) -> tuple[Waiting, ...]:
    """Those whose time is not over, the latest last. Raises Transient."""
    shared = await draft.read_shared(await _key(draft))
    try:
        found = _WAITING.validate_python(shared.get("waiting", ()))
    except ValidationError:
        found = ()
    return tuple(each for each in found if each.until > draft.now)


async def add_waiting(draft: Draft, waiting: Waiting) -> None:
    await _write(draft, (*await list_waiting(draft), waiting)[-MOST_WAITING:])


async def drop_waiting(draft: Draft, approval: str) -> None:
    before = await list_waiting(draft)
    after = tuple(each for each in before if each.approval != approval)
    if after != before:
        await _write(draft, after)


async def _write(draft: Draft, waiting: tuple[Waiting, ...]) -> None:
    listed: list[Any] = [asdict(each) for each in waiting]
    draft.share(await _key(draft), {"waiting": listed})
