"""Cards with more buttons than fit beside each other, and lists longer than a channel shows at once."""

from collections.abc import Sequence
from typing import TypeVar

from admin.session import DeskTurn
from admin.texts import shorten
from core.messages import Button, EditCard

T = TypeVar("T")
LABEL = 20
"""Characters of a button, on WhatsApp."""


def cut_page(items: Sequence[T], page: int, size: int) -> tuple[Sequence[T], int, int]:
    """The items of a page, its number as it is (they begin at 0), and how many pages there are."""
    pages = max(1, -(-len(items) // size))
    page = min(max(page, 0), pages - 1)
    return items[page * size : (page + 1) * size], page, pages


def turn_pages(desk: DeskTurn, prefix: str, page: int, pages: int) -> tuple[tuple[Button, ...], ...]:
    """One button, in a row of its own: on, and from the last page back to the first."""
    if pages < 2:
        return ()
    label = desk.write("agt_button_page", page=(page + 1) % pages + 1, pages=pages)
    return ((Button(id=f"{prefix}{(page + 1) % pages}", label=shorten(label, LABEL)),),)


def label(button_id: str, words: str) -> Button:
    return Button(id=button_id, label=shorten(words, LABEL))


def pair(buttons: Sequence[Button]) -> tuple[tuple[Button, ...], ...]:
    """Two beside each other."""
    return tuple(tuple(buttons[at : at + 2]) for at in range(0, len(buttons), 2))


def show_card(desk: DeskTurn, card: str, text: str, rows: Sequence[tuple[Button, ...]], *, edit: bool = False) -> None:
    """`edit`: in the place where it was shown last, as far as the channel can."""
    if edit:
        desk.send(EditCard(card=card, text=text, buttons=tuple(rows)))
    else:
        desk.send_rows(text, rows, card)
