"""What the section remembers: a watch that is being added, and a price that waits for *Watch it, too*."""

from pydantic import BaseModel, ConfigDict, ValidationError

from admin.session import DeskTurn
from agents.actions.desks.watching import AgreedItem

SECTION = "wat"


class Draft(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    serial: int = 0
    """Grows with each step: a button or a result of an older one does nothing."""
    url: str = ""
    name: str = ""
    every_minutes: int = 0
    items: tuple[AgreedItem, ...] = ()
    """As the list said at the look that is shown."""
    watch_id: int = 0
    """Of the watch that gets `items`; 0: a new one."""


def read_draft(desk: DeskTurn) -> Draft:
    """What cannot be read is forgotten."""
    try:
        return Draft.model_validate(desk.kept(SECTION) or {})
    except ValidationError:
        return Draft()


def write_draft(desk: DeskTurn, draft: Draft) -> Draft:
    desk.keep(SECTION, draft.model_dump(mode="json"))
    return draft


def end_draft(desk: DeskTurn, draft: Draft) -> None:
    write_draft(desk, Draft(serial=draft.serial + 1))
