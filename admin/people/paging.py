"""A list in pages, for channels that hold ten buttons."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from core.messages import Button

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Item]):
    items: tuple[Item, ...]
    first: int
    """Place of the first one, from 1."""
    arrows: tuple[Button, ...]
    """To the page before and to the next, where there are any."""


def turn_page(items: Sequence[Item], page: int, size: int, button_id: str) -> Page[Item]:
    """`page` from 0; one that is not there is the nearest. `button_id` is what stands before the page's number."""
    last = max(0, (len(items) - 1) // size)
    page = min(max(page, 0), last)
    arrows = [Button(id=f"{button_id}:{page - 1}", label="←")] if page else []
    if page < last:
        arrows.append(Button(id=f"{button_id}:{page + 1}", label="→"))
    first = page * size
    return Page(items=tuple(items[first : first + size]), first=first + 1, arrows=tuple(arrows))
