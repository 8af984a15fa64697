"""A price watch: a case that lasts as long as the watch. Each tick checks the supplier's list; what changed, or breaks
the agreed price, goes to the owner once.

    idle --tick--> checking --result--> idle
                             (alerts to the desks; `note_prices` for what was told)

The list's prices are noted as seen only after the turn that told the owner is committed, so a crash anywhere between
looking and telling finds the same change again; `alerted` keeps what was told from being told twice.
"""

from collections.abc import Sequence
from decimal import Decimal
from hashlib import blake2b
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from agents.actions import NotePricesArguments, WatchArguments, propose
from agents.transitions import CaseKind, State, Transition, advance_all
from core.actions import ProposedAction
from core.events import ActionResult, Event, OwnerNotice, TimerFired
from core.money import MICROS
from core.turns import DeskEvent, TurnInput, TurnOutcome, TurnTools

CHECK, NOTE = "check_price_list", "note_prices"
TIMER = "price_list"
ALERTS_AT_ONCE = 20
"""Of one check; the rest stays unseen and comes with the next one, so that a new list does not flood the owner."""
PATIENCE = 3
"""Ticks that wait for a check under way before another one is asked for."""
_NAMED = 5


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class PriceChange(_Value):
    item: str
    old: Decimal | None = None
    """What the list said last; None the first time."""
    new: Decimal
    agreed: Decimal
    currency: str
    change_percent: Decimal | None = None
    """Of the new price against the agreed one; None when the agreed price is nothing."""


class BadRow(_Value):
    line: int
    reason: str


class PricesChecked(_Value):
    """What `check_price_list` returns. With an `error` the list could not be read and the rest is empty."""

    supplier: str
    error: str = ""
    alerts: tuple[PriceChange, ...] = ()
    """What changed since it was last noted, then what is above the agreed price, told before or not."""
    missing: tuple[str, ...] = ()
    """Watched items that are not in the list, or not readable there."""
    bad_rows: tuple[BadRow, ...] = ()
    """The first of them."""
    bad_row_count: int = 0


class _PriceWatch(_Value):
    step: Literal["idle", "checking"] = "idle"
    watch_id: int = 0
    supplier: str = ""
    waited: int = 0
    failing: bool = False
    missing: tuple[str, ...] = ()
    """Items that the owner was told are not in the list."""
    alerted: dict[str, str] = Field(default_factory=dict[str, str])
    """By item, the price and agreed price of the latest alert, while the list still says so."""


def advance(state: State, event: Event) -> Transition:
    watch = _PriceWatch.model_validate(dict(state))
    match event:
        case TimerFired(name=name, payload={"watch_id": int(watch_id)}) if name == TIMER and watch_id > 0:
            return _start_check(watch, watch_id)
        case ActionResult(action=action) if action == CHECK:
            return _take_result(watch, event)
        case _:
            return _moved(watch)


async def handle_price_watch(turn: TurnInput, tools: TurnTools) -> TurnOutcome:
    del tools  # a price watch decides from its events alone
    return advance_all(turn, advance)


def _is_ours(event: Event) -> bool:
    match event:
        case TimerFired(name=name):
            return name == TIMER
        case ActionResult(action=action):
            return action in (CHECK, NOTE)
        case _:
            return False


PRICE_WATCH = CaseKind(name="price_watch", takes=_is_ours, handle=handle_price_watch)


def _moved(
    watch: _PriceWatch,
    *,
    actions: tuple[ProposedAction, ...] = (),
    to_desks: tuple[DeskEvent, ...] = (),
    **changes: object,
) -> Transition:
    state: dict[str, JsonValue] = watch.model_copy(update=changes).model_dump(mode="json")
    return Transition(state=state, actions=actions, to_desks=to_desks)


def _start_check(watch: _PriceWatch, watch_id: int) -> Transition:
    if watch.step == "checking" and watch.waited < PATIENCE:
        return _moved(watch, waited=watch.waited + 1)
    check = propose(CHECK, WatchArguments(watch_id=watch_id))
    return _moved(watch, actions=(check,), step="checking", waited=0, watch_id=watch_id)


def _take_result(watch: _PriceWatch, event: ActionResult) -> Transition:
    if not event.ok:
        return _fail(watch, event.key, watch.supplier or f"#{watch.watch_id}", event.error)
    try:
        checked = PricesChecked.model_validate(event.result)
    except ValidationError:
        return _fail(watch, event.key, watch.supplier or f"#{watch.watch_id}", "The check's result cannot be read")
    if checked.error:
        return _fail(watch, event.key, checked.supplier, checked.error)
    return _report(watch, event.key, checked)


def _fail(watch: _PriceWatch, check: str, supplier: str, error: str) -> Transition:
    notices = () if watch.failing else (_trouble(watch, check, supplier, error),)
    return _moved(watch, to_desks=notices, step="idle", waited=0, failing=True, supplier=supplier)


def _report(watch: _PriceWatch, check: str, checked: PricesChecked) -> Transition:
    untold = [change for change in checked.alerts if watch.alerted.get(change.item) != _signature(change)]
    now, later = untold[:ALERTS_AT_ONCE], {change.item for change in untold[ALERTS_AT_ONCE:]}
    told = [change for change in checked.alerts if change.item not in later]
    notices = [_alert(watch, check, checked.supplier, change) for change in now]
    if gone := [item for item in checked.missing if item not in watch.missing]:
        notices.append(_trouble(watch, check, checked.supplier, _name_missing(gone)))
    return _moved(
        watch,
        actions=_note(watch, told),
        to_desks=tuple(notices),
        step="idle",
        waited=0,
        failing=False,
        supplier=checked.supplier,
        missing=checked.missing,
        alerted={change.item: _signature(change) for change in told},
    )


def _note(watch: _PriceWatch, told: Sequence[PriceChange]) -> tuple[ProposedAction, ...]:
    prices = {change.item: int(change.new * MICROS) for change in told if change.new != change.old}
    if not prices:
        return ()
    return (propose(NOTE, NotePricesArguments(watch_id=watch.watch_id, prices_micros=prices)),)


def _signature(change: PriceChange) -> str:
    return f"{change.new} {change.agreed}"


def _alert(watch: _PriceWatch, check: str, supplier: str, change: PriceChange) -> DeskEvent:
    fields: dict[str, JsonValue] = {"supplier": supplier, **change.model_dump(mode="json", exclude_none=True)}
    item = blake2b(change.item.encode(), digest_size=8).hexdigest()  # an inbox key has to stay short
    return DeskEvent(
        event=OwnerNotice(notice="price_alert", fields=fields),
        key=f"price:{watch.watch_id}:{item}:{change.new}:{check}",
    )


def _trouble(watch: _PriceWatch, check: str, supplier: str, error: str) -> DeskEvent:
    notice = OwnerNotice(notice="watch_failed", fields={"name": supplier, "error": error})
    return DeskEvent(event=notice, key=f"watch_failed:{watch.watch_id}:{check}")


def _name_missing(items: list[str]) -> str:
    named = ", ".join(f"“{item}”" for item in items[:_NAMED])
    more = f" and {len(items) - _NAMED} more" if len(items) > _NAMED else ""
    return f"Not in the list: {named}{more}. The other items were read."
