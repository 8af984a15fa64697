"""The executors of a price watch: look at the list, and note what was told.

"Old" is what `NotePrices` wrote, and that is asked for only by the turn that told the owner; so looking twice, whether
after a crash or by the next tick, returns the same changes until they were told. `CheckPrices` itself notes only what
nobody has to be told: the first price seen of an item when it is within what was agreed.
"""

import asyncio
from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TypeVar, cast

import stamina
from pydantic import BaseModel, JsonValue, ValidationError

from agents.actions.platform import NotePricesArguments, WatchArguments
from agents.cases.kinds.price_watch import BadRow, PriceChange, PricesChecked
from connectors.amounts import Price
from connectors.fetching import Fetcher
from connectors.price_tables import PriceListSettings, PriceTable, item_key, read_price_table
from core.actions import ActionCall
from core.errors import Misconfigured, Rejected, StewardError, Transient
from core.money import MICROS
from db.database import Database
from db.desk import list_members
from db.watches import AgreedPrice, Watch, find_watch, list_agreed_prices, note_price, note_watch_run

_BAD_ROWS_SHOWN = 10
_ITEM_CHARACTERS = 200
_TRIES = 3
Model = TypeVar("Model", bound=BaseModel)


class CheckPrices:
    """Implements `core.actions.Executor` for `check_price_list`."""

    def __init__(self, database: Database, fetcher: Fetcher) -> None:
        self._database = database
        self._fetcher = fetcher

    async def __call__(self, call: ActionCall) -> dict[str, JsonValue]:
        """Returns `PricesChecked`. A list that cannot be read is a result, with its `error`, and not an exception."""
        number = _arguments(WatchArguments, call).watch_id
        async with self._database.tenant(call.tenant_id, readonly=True) as tx:
            watch = await find_watch(tx, call.tenant_id, number)
            agreed = await list_agreed_prices(tx, call.tenant_id, number)
            heard = bool(await list_members(tx, call.tenant_id))
        if watch is None or watch.kind != "price_list":
            raise Rejected("There is no such price watch any more")
        if not heard:  # nothing may count as told before somebody is there to tell
            return cast("dict[str, JsonValue]", PricesChecked(supplier=watch.name).model_dump(mode="json"))
        first_seen: dict[str, int] = {}
        try:
            table = await self._read(watch, agreed)
            checked = compare_prices(watch.name, agreed, table)
            first_seen = _find_first_seen(agreed, table)
        except StewardError as error:
            checked = PricesChecked(supplier=watch.name, error=str(error))
        async with self._database.tenant(call.tenant_id) as tx:
            for item, micros in first_seen.items():
                await note_price(tx, call.tenant_id, number, item, micros)
            await note_watch_run(tx, call.tenant_id, number, checked.error)
        return cast("dict[str, JsonValue]", checked.model_dump(mode="json"))

    async def _read(self, watch: Watch, agreed: Sequence[AgreedPrice]) -> PriceTable:
        settings = read_watch_settings(watch)
        data = await fetch_list(self._fetcher, settings.url)
        wanted = {item_key(price.item) for price in agreed}
        # A list of two megabytes keeps a core busy for a good part of a second.
        return await asyncio.to_thread(read_price_table, data, wanted, settings)


class NotePrices:
    """Implements `core.actions.Executor` for `note_prices`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(self, call: ActionCall) -> dict[str, JsonValue]:
        arguments = _arguments(NotePricesArguments, call)
        async with self._database.tenant(call.tenant_id) as tx:
            for item, micros in sorted(arguments.prices_micros.items()):
                await note_price(tx, call.tenant_id, arguments.watch_id, item, micros)
        return {"noted": len(arguments.prices_micros)}


def read_watch_settings(watch: Watch) -> PriceListSettings:
    """Raises Misconfigured, naming the settings."""
    try:
        return PriceListSettings.model_validate(watch.settings)
    except ValidationError as error:
        names = ", ".join(sorted({str(problem["loc"][0]) for problem in error.errors() if problem["loc"]}))
        raise Misconfigured(f"The settings of the watch are not right: {names}") from None


async def fetch_list(fetcher: Fetcher, url: str) -> bytes:
    """A short disturbance is waited out here; a longer one is told, and the next tick looks again."""
    async for attempt in stamina.retry_context(on=Transient, attempts=_TRIES, wait_initial=0.5, wait_max=5):
        with attempt:
            return await fetcher.fetch(url)
    raise AssertionError("the last attempt returns or raises")


def compare_prices(supplier: str, agreed: Sequence[AgreedPrice], table: PriceTable) -> PricesChecked:
    """What changed since it was noted last comes first, then what is above the agreed price as before."""
    changed: list[PriceChange] = []
    breaking: list[PriceChange] = []
    missing: list[str] = []
    bad_rows = [BadRow(line=line, reason=reason) for line, reason in table.bad_rows[:_BAD_ROWS_SHOWN]]
    for price in agreed:
        found = table.prices.get(item_key(price.item))
        if found is None or not is_same_currency(found, price):
            missing.append(price.item[:_ITEM_CHARACTERS])
            if found is not None:
                bad_rows.append(BadRow(line=0, reason=f"{price.item[:_ITEM_CHARACTERS]}: not in {price.currency}"))
        elif price.seen_micros is not None and found.micros != price.seen_micros:
            changed.append(_change(price, found.micros))
        elif found.micros > price.agreed_micros:
            breaking.append(_change(price, found.micros))
    if agreed and len(missing) == len(agreed):
        return PricesChecked(supplier=supplier, error="None of the watched items is in the list with a price")
    return PricesChecked(
        supplier=supplier,
        alerts=(*changed, *breaking),
        missing=tuple(missing),
        bad_rows=tuple(bad_rows),
        bad_row_count=len(table.bad_rows),
    )


def _find_first_seen(agreed: Sequence[AgreedPrice], table: PriceTable) -> dict[str, int]:
    found = [(price, table.prices.get(item_key(price.item))) for price in agreed if price.seen_micros is None]
    return {
        price.item: now.micros
        for price, now in found
        if now is not None and is_same_currency(now, price) and now.micros <= price.agreed_micros
    }


def is_same_currency(found: Price, agreed: AgreedPrice) -> bool:
    return not found.currencies or agreed.currency in found.currencies


def _change(price: AgreedPrice, new_micros: int) -> PriceChange:
    new, agreed = _decimal(new_micros), _decimal(price.agreed_micros)
    percent = ((new / agreed - 1) * 100).quantize(Decimal("0.1"), ROUND_HALF_EVEN) if agreed else None
    return PriceChange(
        item=price.item,
        old=None if price.seen_micros is None else _decimal(price.seen_micros),
        new=new,
        agreed=agreed,
        currency=price.currency,
        change_percent=percent,
    )


def _decimal(micros: int) -> Decimal:
    return Decimal(micros) / MICROS


def _arguments(model: type[Model], call: ActionCall) -> Model:
    try:
        return model.model_validate(call.arguments)
    except ValidationError:
        raise Rejected(f"The arguments of {call.name} are not right") from None
