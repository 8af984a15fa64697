"""What members ask for of a watch: to look now, to watch another list, to change what is agreed."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from agents.actions.declaration import Arguments
from agents.actions.desks.declaring import declare

MOST_ITEMS = 40
"""Of one look that are shown, and of a new watch."""
ITEM_CHARACTERS = 120
Trouble = Literal["", "gone", "unreachable", "refused", "unreadable", "empty", "name_taken"]
"""`unreachable`: passes by itself, perhaps. `refused`: the address is wrong, private or closed. `unreadable`: it is no
price list. `empty`: nothing in it that could be watched."""
Item = Annotated[str, Field(min_length=1, max_length=ITEM_CHARACTERS)]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$")]
Micros = Annotated[int, Field(gt=0, le=10**15)]
Minutes = Annotated[int, Field(ge=15, le=31 * 24 * 60)]


class TryWatchArguments(Arguments):
    """A watch that is there, or the address of a list."""

    watch_id: int = Field(default=0, ge=0)
    """0: there is none yet."""
    url: str = Field(default="", max_length=500)
    wanted: tuple[Item, ...] = Field(default=(), max_length=MOST_ITEMS)
    """Of a list that is not watched yet: only these items; empty: all."""
    currency: Currency
    """The business's own: of prices that name none."""
    ticket: int = Field(ge=0)
    """Comes back with the result."""


class AgreedItem(Arguments):
    item: Item
    micros: Micros
    currency: Currency


class AddWatchArguments(Arguments):
    name: str = Field(min_length=1, max_length=60)
    url: str = Field(min_length=1, max_length=500)
    every_minutes: Minutes
    prices: tuple[AgreedItem, ...] = Field(min_length=1, max_length=MOST_ITEMS)
    ticket: int = Field(ge=0)


class ChangeWatchArguments(Arguments):
    """One of these."""

    watch_id: int = Field(ge=1)
    every_minutes: Minutes | None = None
    price: AgreedItem | None = None
    """Set, or agreed anew."""
    remove: bool = False


class SeenItem(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    item: str
    micros: int
    """What the list says now."""
    agreed_micros: int | None = None
    currency: str


class WatchTested(BaseModel):
    """What `test_watch` returns."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    watch_id: int = 0
    name: str = ""
    ticket: int = 0
    trouble: Trouble = ""
    items: tuple[SeenItem, ...] = ()
    """At most `MOST_ITEMS`; those above what is agreed first."""
    count: int = 0
    """Of all that were found."""
    missing: tuple[str, ...] = ()
    bad_rows: int = 0


class WatchChanged(BaseModel):
    """What `add_watch` and `change_watch` return."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    watch_id: int = 0
    ticket: int = 0
    trouble: Trouble = ""
    removed: bool = False
    price: str = ""
    """The item whose price was agreed."""


TEST_WATCH = declare(
    "test_watch", "Look into a price list now, without noting or telling anything", TryWatchArguments,
    "see `WatchTested`", seat="manager", touches="nothing",
)  # fmt: skip
ADD_WATCH = declare("add_watch", "Watch a price list", AddWatchArguments, "see `WatchChanged`", seat="manager")
CHANGE_WATCH = declare(
    "change_watch", "Change how often a list is watched or what is agreed, or stop watching it", ChangeWatchArguments,
    "see `WatchChanged`", seat="manager",
)  # fmt: skip
WATCHING = (TEST_WATCH, ADD_WATCH, CHANGE_WATCH)
