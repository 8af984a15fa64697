"""A price watch from its tick to the owner's desk, on the real engine."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

import asyncpg
import pytest
import stamina
from pydantic import JsonValue

from connectors.fetching import Fetcher
from connectors.price_lists import CheckPrices, NotePrices
from core.actions import ActionCall, Executor
from core.errors import Rejected
from core.ids import INTERNAL, TenantId, case_id
from db.database import Database
from db.tenants import save_agreed_price, save_watch
from steward.engine import Engine
from tests.connectors.conftest import House, PriceList
from tests.support.engines import TENANT, until


@dataclass
class Watch:
    number: int
    house: House
    site: PriceList
    executors: Mapping[str, Executor]
    rows: asyncpg.Connection

    async def look(self, engine: Engine) -> None:
        """One tick, and everything that follows from it."""
        await self.rows.execute("UPDATE watches SET next_due_at = clock_timestamp() - interval '1 s'")
        await engine.ticks.fire_watches()
        deadline = asyncio.get_running_loop().time() + 10
        while not await self.rows.fetchval(
            "SELECT bool_and(last_seq = done_seq) "
            "AND NOT EXISTS (SELECT FROM outbox WHERE status IN ('queued', 'sending')) FROM streams"
        ):
            assert asyncio.get_running_loop().time() < deadline, "the engine did not come to rest"
            await asyncio.sleep(0.005)

    async def seen(self) -> dict[str, int | None]:
        rows = await self.rows.fetch("SELECT item, seen_micros FROM agreed_prices")
        return {row["item"]: row["seen_micros"] for row in rows}

    def call(self, name: str, **arguments: JsonValue) -> ActionCall:
        return ActionCall(
            tenant_id=TENANT, stream_id=case_id(TENANT, "price_list", str(self.number)), account_id=INTERNAL,
            seq=1, key="k:1:1", name=name, arguments={"watch_id": self.number, **arguments},
        )  # fmt: skip


@pytest.fixture
async def watch(
    house: House, price_list: PriceList, database: Database, owner_connection: asyncpg.Connection
) -> AsyncIterator[Watch]:
    number = await save_watch(
        owner_connection,
        TENANT,
        kind="price_list",
        name="Sierra Baja",
        settings={"url": price_list.url},
        every_seconds=300,
    )
    for item, agreed in (("oil", 34_900_000), ("flour", 16_800_000)):
        await save_agreed_price(owner_connection, TENANT, number, item=item, agreed_micros=agreed, currency="EUR")
    async with Fetcher(allowed=[price_list.place]) as fetcher:
        executors: dict[str, Executor] = {
            "check_price_list": CheckPrices(database, fetcher),
            "note_prices": NotePrices(database),
        }
        with stamina.set_testing(True, attempts=2):
            yield Watch(number, house, price_list, executors, owner_connection)


async def test_a_price_above_the_agreed_one_reaches_the_owner_once(watch: Watch) -> None:
    watch.site.set(oil="38,40", flour="16,20")
    async with watch.house.run(watch.executors) as engine:
        for _ in range(3):
            await watch.look(engine)
        assert watch.house.told("price_alert") == [
            {
                "supplier": "Sierra Baja", "item": "oil", "new": "38.4", "agreed": "34.9", "currency": "EUR",
                "change_percent": "10.0",
            }
        ]  # fmt: skip
        watch.site.set(oil="39,00", flour="16,20")
        await watch.look(engine)
        await watch.look(engine)
        told = watch.house.told("price_alert")
        assert [(each.get("old"), each["new"]) for each in told] == [(None, "38.4"), ("38.4", "39")]
    assert watch.site.looks == 5
    assert await watch.seen() == {"oil": 39_000_000, "flour": 16_200_000}
    assert await watch.rows.fetchval("SELECT last_ok_at IS NOT NULL AND last_error = '' FROM watches")


async def test_any_change_is_told_and_so_is_the_way_back(watch: Watch) -> None:
    async with watch.house.run(watch.executors) as engine:
        for price in ("16,80", "15,00", "15,00", "16,80", "17,00", "16,80", "17,00"):
            watch.site.set(oil="34,90", flour=price)
            await watch.look(engine)
    told = [(each["old"], each["new"]) for each in watch.house.told("price_alert")]
    assert told == [("16.8", "15"), ("15", "16.8"), ("16.8", "17"), ("17", "16.8"), ("16.8", "17")]


async def test_a_new_agreement_that_the_price_breaks_is_told(watch: Watch) -> None:
    watch.site.set(oil="34,90", flour="16,80")
    async with watch.house.run(watch.executors) as engine:
        await watch.look(engine)
        await watch.rows.execute("UPDATE agreed_prices SET agreed_micros = 30000000 WHERE item = 'oil'")
        await watch.look(engine)
        await watch.look(engine)
    assert [each["agreed"] for each in watch.house.told("price_alert")] == ["30"]


async def test_a_list_that_cannot_be_read_is_told_once_until_it_can(watch: Watch) -> None:
    async with watch.house.run(watch.executors) as engine:
        for status, text in ((404, ""), (503, ""), (200, "<html>"), (200, "item,price\noil,x\nflour,-\n")):
            watch.site.status, watch.site.text = status, text
            await watch.look(engine)
        (told,) = watch.house.told("watch_failed")
        assert told["name"] == "Sierra Baja" and "404" in str(told["error"])
        assert "None of the watched items" in await watch.rows.fetchval("SELECT last_error FROM watches")
        watch.site.set(oil="34,90", flour="16,80")
        await watch.look(engine)
        watch.site.status = 500
        await watch.look(engine)
    assert len(watch.house.told("watch_failed")) == 2
    assert watch.house.told("price_alert") == []


async def test_an_item_that_leaves_the_list_is_told_once(watch: Watch) -> None:
    watch.site.set(oil="34,90")
    async with watch.house.run(watch.executors) as engine:
        await watch.look(engine)
        await watch.look(engine)
    (told,) = watch.house.told("watch_failed")
    assert "flour" in str(told["error"])


async def test_a_price_in_another_currency_is_not_compared(watch: Watch) -> None:
    watch.site.text = "item;price\noil;$99\nflour;16,80 €\n"
    result = await watch.executors["check_price_list"](watch.call("check_price_list"))
    assert result["missing"] == ["oil"] and result["alerts"] == []


async def test_looking_again_before_the_owner_was_told_finds_the_same_changes(watch: Watch) -> None:
    """As after a crash between the look and its result."""
    check, note = watch.executors["check_price_list"], watch.executors["note_prices"]
    watch.site.set(oil="38,40", flour="16,20")
    first = await check(watch.call("check_price_list"))
    assert await check(watch.call("check_price_list")) == first
    assert [each["item"] for each in first["alerts"]] == ["oil"]  # type: ignore[union-attr,index]
    watch.site.set(oil="38,40", flour="16,00")
    again = await check(watch.call("check_price_list"))
    assert [each["item"] for each in again["alerts"]] == ["flour", "oil"]  # type: ignore[union-attr,index]
    for _ in range(2):
        await note(watch.call("note_prices", prices_micros={"oil": 38_400_000, "flour": 16_000_000}))
    assert await watch.seen() == {"oil": 38_400_000, "flour": 16_000_000}


async def test_a_long_list_of_changes_comes_in_portions_and_whole(watch: Watch) -> None:
    items = [f"item{n:02}" for n in range(45)]
    for item in items:
        await save_agreed_price(watch.rows, TENANT, watch.number, item=item, agreed_micros=1_000_000, currency="EUR")
    watch.site.set(oil="34,90", flour="16,80", **dict.fromkeys(items, "2,50"))
    async with watch.house.run(watch.executors) as engine:
        counts = []
        for _ in range(4):
            await watch.look(engine)
            counts.append(len(watch.house.notices))
    assert counts == [20, 40, 45, 45]
    assert sorted(str(each["item"]) for each in watch.house.told("price_alert")) == items


async def test_a_watch_of_another_tenant_is_no_watch(watch: Watch) -> None:
    call = watch.call("check_price_list")
    stranger = ActionCall(
        tenant_id=TenantId(1), stream_id=call.stream_id, account_id=INTERNAL, seq=call.seq, key=call.key,
        name=call.name,
        arguments=call.arguments,
    )  # fmt: skip
    with pytest.raises(Rejected):
        await watch.executors["check_price_list"](stranger)
    with pytest.raises(Rejected):
        await watch.executors["check_price_list"](watch.call("check_price_list", sudo=True))
    assert watch.site.looks == 0


async def test_the_scheduler_itself_sees_to_a_due_watch(watch: Watch) -> None:
    watch.site.set(oil="38,40", flour="16,20")
    async with watch.house.run(watch.executors, roles=("web", "worker", "scheduler")):
        await until(lambda: bool(watch.house.told("price_alert")))
