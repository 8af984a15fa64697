"""A supplier's price list under watch: the tick asks for a look, what the look finds is told to the owner."""

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from agents.actions import WatchArguments, propose
from core.actions import ProposedAction
from core.events import ActionResult, OwnerNotice, TimerFired
from core.turns import DeskEvent

_MOST_ALERTS = 20
"""Of one look; a supplier who changes more has sent a new list, and twenty cards say so well enough."""


class PriceChange(BaseModel):
    """One entry of `alerts` in the result of `check_price_list`. Amounts are decimal text in the currency."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)
    item: str
    old: str | None = None
    new: str
    agreed: str
    currency: str
    change_percent: str | None = None


class PriceLook(BaseModel):
    """The result of `check_price_list`."""

    model_config = ConfigDict(extra="ignore")
    supplier: str
    alerts: list[PriceChange] = Field(default_factory=list[PriceChange])


class PriceState(BaseModel):
    """What the case of a watch keeps."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    supplier: str = ""
    failing: bool = False


def load_prices(state: Mapping[str, JsonValue]) -> PriceState:
    try:
        return PriceState.model_validate(state)
    except ValidationError:
        return PriceState()


def ask_for_look(event: TimerFired) -> ProposedAction | None:
    """None when the tick does not name a watch."""
    try:
        return propose("check_price_list", WatchArguments.model_validate(event.payload))
    except ValidationError:
        return None


def report_look(result: ActionResult, state: PriceState) -> tuple[PriceState, tuple[DeskEvent, ...]]:
    """Every alert is told; that a list cannot be read is told once, until it can be read again."""
    try:
        look = PriceLook.model_validate(result.result) if result.ok else None
    except ValidationError:
        look = None
    if look is None:
        name = state.supplier or str(result.result.get("supplier") or "") or "price list"
        notice = OwnerNotice(notice="watch_failed", fields={"name": name, "error": result.error})
        told = () if state.failing else (DeskEvent(event=notice, key=f"watch_failed:{result.key}"),)
        return PriceState(supplier=state.supplier, failing=True), told
    return PriceState(supplier=look.supplier), tuple(
        DeskEvent(
            event=OwnerNotice(
                notice="price_alert", fields={"supplier": look.supplier, **change.model_dump(exclude_none=True)}
            ),
            key=f"price:{result.key}:{n}",
        )
        for n, change in enumerate(look.alerts[:_MOST_ALERTS])
    )
