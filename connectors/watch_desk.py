"""What members ask for of watches at their desks: a look that notes and tells nothing, another list, other prices."""

import asyncio
from typing import TypeVar, cast

import orjson
from pydantic import BaseModel, JsonValue, ValidationError

from agents.actions.desks.watching import (
    ITEM_CHARACTERS,
    MOST_ITEMS,
    AddWatchArguments,
    ChangeWatchArguments,
    SeenItem,
    Trouble,
    TryWatchArguments,
    WatchChanged,
    WatchTested,
)
from connectors.amounts import Price
from connectors.fetching import Fetcher
from connectors.price_lists import fetch_list, is_same_currency, read_watch_settings
from connectors.price_tables import PriceListSettings, item_key, list_prices, read_price_table
from core.actions import ActionCall
from core.errors import Misconfigured, Rejected, StewardError, Transient
from db.database import Database
from db.office.watches import add_watch, agree_price, list_price_views, remove_watch, set_watch_interval
from db.watches import AgreedPrice, Watch, find_watch, list_agreed_prices

_MISSING_SHOWN = 10
Model = TypeVar("Model", bound=BaseModel)


class TryWatch:
    """Implements `core.actions.Executor` for `test_watch`. What a list has against being read is a result."""

    def __init__(self, database: Database, fetcher: Fetcher, typed: Fetcher) -> None:
        """`typed`: for addresses that members write. What the operator allows for lists of folders is not for them."""
        self._database = database
        self._fetcher = fetcher
        self._typed = typed

    async def __call__(self, call: ActionCall) -> dict[str, JsonValue]:
        asked = _arguments(TryWatchArguments, call)
        if not asked.watch_id:
            return _dump(await self._look(asked))
        async with self._database.tenant(call.tenant_id, readonly=True) as tx:
            watch = await find_watch(tx, call.tenant_id, asked.watch_id)
            agreed = await list_agreed_prices(tx, call.tenant_id, asked.watch_id)
        if watch is None:
            return _dump(WatchTested(watch_id=asked.watch_id, ticket=asked.ticket, trouble="gone"))
        return _dump(await self._look_again(asked, watch, agreed))

    async def _look_again(self, asked: TryWatchArguments, watch: Watch, agreed: list[AgreedPrice]) -> WatchTested:
        tested = WatchTested(watch_id=watch.watch_id, name=watch.name, ticket=asked.ticket)
        try:
            settings = read_watch_settings(watch)
            data = await fetch_list(self._fetcher, settings.url)
        except StewardError as error:
            return tested.model_copy(update={"trouble": _name_trouble(error)})
        try:
            wanted = {item_key(price.item) for price in agreed}
            table = await asyncio.to_thread(read_price_table, data, wanted, settings)
        except Rejected:
            return tested.model_copy(update={"trouble": "unreadable"})
        seen, missing = _compare(agreed, table.prices)
        return tested.model_copy(
            update={
                "items": tuple(seen[:MOST_ITEMS]), "count": len(seen), "missing": tuple(missing[:_MISSING_SHOWN]),
                "bad_rows": len(table.bad_rows), "trouble": "" if seen else "empty",
            }
        )  # fmt: skip

    async def _look(self, asked: TryWatchArguments) -> WatchTested:
        """Into a list that nobody watches yet."""
        tested = WatchTested(ticket=asked.ticket)
        try:
            data = await fetch_list(self._typed, asked.url)
        except StewardError as error:
            return tested.model_copy(update={"trouble": _name_trouble(error)})
        try:
            prices, table = await asyncio.to_thread(list_prices, data, PriceListSettings(url=asked.url))
        except Rejected:
            return tested.model_copy(update={"trouble": "unreadable"})
        keys = {item_key(each): each for each in asked.wanted}
        found = [
            SeenItem(item=name, micros=price.micros, currency=_choose_currency(price, asked.currency))
            for name, price in prices.items()
            if len(name) <= ITEM_CHARACTERS and (not keys or item_key(name) in keys)
        ]
        there = {item_key(each.item) for each in found}
        missing = [each for key, each in keys.items() if key not in there]
        return tested.model_copy(
            update={
                "items": tuple(found[:MOST_ITEMS]), "count": len(found), "missing": tuple(missing[:_MISSING_SHOWN]),
                "bad_rows": len(table.bad_rows), "trouble": "" if found else "empty",
            }
        )  # fmt: skip


class AddWatch:
    """Implements `core.actions.Executor` for `add_watch`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(self, call: ActionCall) -> dict[str, JsonValue]:
        asked, tenant = _arguments(AddWatchArguments, call), call.tenant_id
        async with self._database.tenant(tenant) as tx:
            watch = await add_watch(tx, tenant, name=asked.name, url=asked.url, every_seconds=asked.every_minutes * 60)
            if watch is None:
                return _dump(WatchChanged(ticket=asked.ticket, trouble="name_taken"))
            for price in asked.prices:
                await agree_price(
                    tx, tenant, watch, item=price.item, micros=price.micros, currency=price.currency,
                    seen_micros=price.micros,
                )  # fmt: skip
        return _dump(WatchChanged(watch_id=watch, ticket=asked.ticket))


class ChangeWatch:
    """Implements `core.actions.Executor` for `change_watch`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(self, call: ActionCall) -> dict[str, JsonValue]:
        asked, tenant = _arguments(ChangeWatchArguments, call), call.tenant_id
        item = asked.price.item if asked.price else ""
        there = True
        async with self._database.tenant(tenant) as tx:
            if asked.remove:
                await remove_watch(tx, tenant, asked.watch_id)
            elif asked.every_minutes is not None:
                there = await set_watch_interval(tx, tenant, asked.watch_id, asked.every_minutes * 60)
            elif asked.price is not None:
                known = await list_price_views(tx, tenant, asked.watch_id)
                item = next((each.item for each in known if item_key(each.item) == item_key(item)), item)
                there = await agree_price(
                    tx, tenant, asked.watch_id, item=item, micros=asked.price.micros,
                    currency=asked.price.currency, seen_micros=None,
                )  # fmt: skip
        trouble: Trouble = "" if there else "gone"
        return _dump(WatchChanged(watch_id=asked.watch_id, trouble=trouble, removed=asked.remove, price=item))


def _compare(agreed: list[AgreedPrice], prices: dict[str, Price]) -> tuple[list[SeenItem], list[str]]:
    """What is in the list now, those above what is agreed first; and what is not in it."""
    seen: list[SeenItem] = []
    missing: list[str] = []
    for price in agreed:
        found = prices.get(item_key(price.item))
        if found is None or not is_same_currency(found, price):
            missing.append(price.item[:ITEM_CHARACTERS])
            continue
        seen.append(
            SeenItem(
                item=price.item[:ITEM_CHARACTERS], micros=found.micros, agreed_micros=price.agreed_micros,
                currency=price.currency,
            )
        )  # fmt: skip
    return sorted(seen, key=lambda each: each.micros <= (each.agreed_micros or 0)), missing


def _choose_currency(price: Price, own: str) -> str:
    if not price.currencies or own in price.currencies:
        return own
    return "USD" if "USD" in price.currencies else min(price.currencies)


def _name_trouble(error: StewardError) -> Trouble:
    match error:
        case Transient():
            return "unreachable"
        case Misconfigured():
            return "refused"
        case _:
            return "unreadable"


def _dump(result: WatchTested | WatchChanged) -> dict[str, JsonValue]:
    return cast("dict[str, JsonValue]", result.model_dump(mode="json"))


def _arguments(model: type[Model], call: ActionCall) -> Model:
    try:
        # Strict models take a list for a tuple only from JSON.
        return model.model_validate_json(orjson.dumps(call.arguments))
    except ValidationError:
        raise Rejected(f"The arguments of {call.name} are not right") from None
