"""A price watch: a case that lasts as long as the watch. Each tick checks the supplier's list; what changed, or breaks
the agreed price, goes to the owner once.

    idle --tick--> checking --result--> idle
                   |      ^  (alerts to the desks; `note_prices` for what was told)
                   +again-+  after a failure that passes by itself

The list's prices are noted as seen only after the turn that told the owner is committed, so a crash anywhere between
looking and telling finds the same change again; `alerted` keeps what was told from being told twice.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import blake2b
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from agents.actions.platform import NotePricesArguments, WatchArguments, propose
from agents.cases.machine import CaseState, Effect, Machine, TellOwners, Transition
from agents.cases.registry import CaseKind, register
from agents.cases.timing import Retry, cancel_timers
from core.actions import ProposedAction
from core.changes import SaveCase, SetTimer
from core.events import ActionResult, Event, OwnerNotice, TimerFired
from core.money import MICROS

KIND = "price_watch"
CHECK, NOTE = "check_price_list", "note_prices"
TIMER, AGAIN = "price_list", "again"
RETRY = Retry(most=4, first=timedelta(minutes=2))
"""Of checks that a disturbance of our own cut short; what is wrong with the list itself is told at once."""
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


class PriceWatch(CaseState):
    step: Literal["idle", "checking"] = "idle"
    watch_id: int = 0
    supplier: str = ""
    waited: int = 0
    attempts: int = 0
    """Of the check under way that were cut short."""
    failing: bool = False
    missing: tuple[str, ...] = ()
    """Items that the owner was told are not in the list."""
    alerted: dict[str, str] = Field(default_factory=dict[str, str])
    """By item, the price and agreed price of the latest alert, while the list still says so."""


def advance(watch: PriceWatch, event: Event, now: datetime) -> Transition[PriceWatch]:
    match event:
        case TimerFired(name=name, payload={"watch_id": int(watch_id)}) if name == TIMER and watch_id > 0:
            return _start_check(watch, watch_id)
        case TimerFired(name=name) if name == AGAIN and watch.step == "checking" and watch.attempts:
            return _moved(watch, effects=(_check(watch.watch_id),), waited=0)
        case ActionResult(action=action) if action == CHECK:
            return _take_result(watch, event, now)
        case _:
            return Transition(state=watch)


def describe(watch: PriceWatch) -> SaveCase | None:
    if not watch.watch_id:
        return None
    pending = CHECK if watch.step == "checking" else ""
    return SaveCase(
        kind=KIND, reference=str(watch.watch_id), title=watch.supplier, step=watch.step, pending_action=pending,
        attempts=watch.attempts,
    )  # fmt: skip


def _is_ours(event: Event) -> bool:
    match event:
        case TimerFired(name=name):
            return name == TIMER
        case ActionResult(action=action):
            return action in (CHECK, NOTE)
        case _:
            return False


PRICE_WATCH = register(
    CaseKind(
        name=KIND,
        takes=_is_ours,
        handle=Machine(kind=KIND, empty=PriceWatch(), advance=advance, describe=describe).handle,
        noun="case_price_watch",
        views={"idle": "case_price_watch_idle", "checking": "case_price_watch_checking"},
    )
)


def _moved(
    watch: PriceWatch, *, effects: tuple[Effect, ...] = (), timers: tuple[SetTimer, ...] = (), **changes: object
) -> Transition[PriceWatch]:
    return Transition(state=watch.model_copy(update=changes), effects=effects, timers=timers)


def _check(watch_id: int) -> ProposedAction:
    return propose(CHECK, WatchArguments(watch_id=watch_id))


def _start_check(watch: PriceWatch, watch_id: int) -> Transition[PriceWatch]:
    if watch.step == "checking" and watch.waited < PATIENCE:
        return _moved(watch, waited=watch.waited + 1)
    return _moved(
        watch,
        effects=(_check(watch_id),),
        timers=_settle(watch),
        step="checking",
        waited=0,
        attempts=0,
        watch_id=watch_id,
    )


def _settle(watch: PriceWatch) -> tuple[SetTimer, ...]:
    """Nothing is left to be tried again."""
    return cancel_timers(AGAIN) if watch.attempts else ()


def _take_result(watch: PriceWatch, event: ActionResult, now: datetime) -> Transition[PriceWatch]:
    if not event.ok and event.result.get("error_kind") == "Transient" and watch.watch_id:
        again = RETRY.after_failure(f"{KIND}:{watch.watch_id}", watch.attempts, now, AGAIN)
        if again.timer is not None:
            return _moved(watch, timers=(again.timer,), step="checking", waited=0, attempts=again.attempts)
    if not event.ok:
        return _fail(watch, event.key, watch.supplier or f"#{watch.watch_id}", event.error)
    try:
        checked = PricesChecked.model_validate(event.result)
    except ValidationError:
        return _fail(watch, event.key, watch.supplier or f"#{watch.watch_id}", "The check's result cannot be read")
    if checked.error:
        return _fail(watch, event.key, checked.supplier, checked.error)
    return _report(watch, event.key, checked)


def _fail(watch: PriceWatch, check: str, supplier: str, error: str) -> Transition[PriceWatch]:
    notices = () if watch.failing else (_trouble(watch, check, supplier, error),)
    return _moved(
        watch,
        effects=notices,
        timers=_settle(watch),
        step="idle",
        waited=0,
        attempts=0,
        failing=True,
        supplier=supplier,
    )


def _report(watch: PriceWatch, check: str, checked: PricesChecked) -> Transition[PriceWatch]:
    untold = [change for change in checked.alerts if watch.alerted.get(change.item) != _signature(change)]
    now, later = untold[:ALERTS_AT_ONCE], {change.item for change in untold[ALERTS_AT_ONCE:]}
    told = [change for change in checked.alerts if change.item not in later]
    notices = [_alert(watch, check, checked.supplier, change) for change in now]
    if gone := [item for item in checked.missing if item not in watch.missing]:
        notices.append(_trouble(watch, check, checked.supplier, _name_missing(gone)))
    return _moved(
        watch,
        effects=(*_note(watch, told), *notices),
        timers=_settle(watch),
        step="idle",
        waited=0,
        attempts=0,
        failing=False,
        supplier=checked.supplier,
        missing=checked.missing,
        alerted={change.item: _signature(change) for change in told},
    )


def _note(watch: PriceWatch, told: Sequence[PriceChange]) -> tuple[ProposedAction, ...]:
    prices = {change.item: int(change.new * MICROS) for change in told if change.new != change.old}
    if not prices:
        return ()
    return (propose(NOTE, NotePricesArguments(watch_id=watch.watch_id, prices_micros=prices)),)


def _signature(change: PriceChange) -> str:
    return f"{change.new} {change.agreed}"


def _alert(watch: PriceWatch, check: str, supplier: str, change: PriceChange) -> TellOwners:
    fields: dict[str, JsonValue] = {"supplier": supplier, **change.model_dump(mode="json", exclude_none=True)}
    item = blake2b(change.item.encode(), digest_size=8).hexdigest()  # an inbox key has to stay short
    return TellOwners(
        notice=OwnerNotice(notice="price_alert", fields=fields),
        key=f"price:{watch.watch_id}:{item}:{change.new}:{check}",
    )


def _trouble(watch: PriceWatch, check: str, supplier: str, error: str) -> TellOwners:
    notice = OwnerNotice(notice="watch_failed", fields={"name": supplier, "error": error})
    return TellOwners(notice=notice, key=f"watch_failed:{watch.watch_id}:{check}")


def _name_missing(items: list[str]) -> str:
    named = ", ".join(f"“{item}”" for item in items[:_NAMED])
    more = f" and {len(items) - _NAMED} more" if len(items) > _NAMED else ""
    return f"Not in the list: {named}{more}. The other items were read."
