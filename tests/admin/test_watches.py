"""What is watched: listed, paused, tested without a trace, agreed anew, and added in chat; by managers and owners."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import given
from hypothesis import strategies as st

from admin.session import TEXT_WITH_BUTTONS
from agents.actions.desks.watching import MOST_ITEMS
from connectors.fetching import Fetcher
from connectors.price_tables import PriceListSettings, list_prices
from connectors.watch_desk import AddWatch, ChangeWatch, TryWatch
from core.actions import ActionCall, Executor
from core.changes import SaveCase
from core.desk_changes import PauseWatch
from core.errors import Rejected
from core.events import ActionResult
from core.ids import INTERNAL
from core.messages import BUTTON_ID_BYTES, EditCard, SendText
from core.turns import TurnOutcome
from tests.admin.desk_world import NOW, Seat, World, buttons, texts

LANGUAGES = ["en", "es", "ru", "de", "fr", "pt"]
LIST = "item,price,currency\nFlour type 550,1.10,EUR\nSugar,0.95,EUR\nButter 5 kg,38.40,EUR\nSalt,free,EUR\n"


@dataclass
class Supplier:
    """A supplier's address, and the section's real executors."""

    world: World
    address: str
    fetcher: Fetcher
    typed: Fetcher
    """For addresses that members write."""
    answer: str = LIST
    status: int = 200
    ran: list[str] = field(default_factory=list[str])

    async def settle(self, seat: Seat, outcome: TurnOutcome) -> TurnOutcome:
        """What the outcome asked for is done, and its results are the desk's next turn."""
        database = self.world.database
        executors: dict[str, Executor] = {
            "test_watch": TryWatch(database, self.fetcher, self.typed), "add_watch": AddWatch(database),
            "change_watch": ChangeWatch(database),
        }  # fmt: skip
        results: list[ActionResult] = []
        for n, action in enumerate(outcome.actions):
            call = ActionCall(
                tenant_id=seat.tenant.id, stream_id=seat.desk, account_id=INTERNAL, seq=seat.seq, key=f"{seat.seq}:{n}",
                name=action.name, arguments=action.arguments,
            )  # fmt: skip
            result = await executors[action.name](call)
            assert result == await executors[action.name](call), "twice is as good as once"
            self.ran.append(action.name)
            results.append(ActionResult(action=action.name, key=call.key, ok=True, result=result))
        assert results
        return await seat.take(*results)


@pytest.fixture
async def supplier(world: World) -> AsyncIterator[Supplier]:
    async def serve(request: web.Request) -> web.Response:
        del request
        return web.Response(text=found.answer, status=found.status, content_type="text/csv")

    app = web.Application()
    app.router.add_get("/prices.csv", serve)
    async with TestServer(app) as server, Fetcher(allowed=[server.make_url("/").authority]) as fetcher:
        found = Supplier(world, str(server.make_url("/prices.csv")), fetcher, fetcher)
        yield found


async def sit(world: World, role: Any = "manager", language: str = "en") -> Seat:
    return await (await world.open_tenant(language=language)).join("Ana", role=role, language=language)


async def add_watch(seat: Seat, supplier: Supplier, name: str = "Mill") -> int:
    world, tenant = seat.tenant.world, seat.tenant.id
    watch = await world.superuser.fetchval(
        "INSERT INTO watches (tenant_id, kind, name, settings, every_seconds, next_due_at) VALUES ($1, 'price_list', "
        "$2, jsonb_build_object('url', $3::text), 21600, clock_timestamp() + interval '1 hour') RETURNING watch_id",
        tenant, name, supplier.address,
    )  # fmt: skip
    for item, micros in (("Flour type 550", 1_000_000), ("Sugar", 950_000), ("Yeast", 500_000)):
        await world.superuser.execute(
            "INSERT INTO agreed_prices (tenant_id, watch_id, item, agreed_micros, currency) "
            "VALUES ($1, $2, $3, $4, 'EUR')",
            tenant, watch, item, micros,
        )  # fmt: skip
    return watch


async def rows(world: World, table: str, seat: Seat) -> list[dict[str, Any]]:
    found = await world.superuser.fetch(f"SELECT * FROM {table} WHERE tenant_id = $1 ORDER BY 1, 2, 3", seat.tenant.id)
    return [dict(row) for row in found]


def find(outcome: TurnOutcome, label: str) -> str:
    return next(button.id for button in buttons(outcome) if button.label == label)


def labels(outcome: TurnOutcome) -> list[str]:
    return [button.label for button in buttons(outcome)]


async def test_the_list_shows_watches_and_shipments(world: World, supplier: Supplier) -> None:
    ana = await sit(world, "viewer")
    assert "No price list is watched yet" in texts(await ana.write("/watches"))[0]
    await add_watch(ana, supplier)
    for reference in ("S-1", "S-2", "S-3"):
        await world.superuser.execute(
            "INSERT INTO shipments (tenant_id, reference, promised_at, language) VALUES ($1, $2, now(), 'en')",
            ana.tenant.id, reference,
        )  # fmt: skip
    await ana.tenant.open_case(SaveCase(kind="shipment", reference="S-1", title="", step="late"))
    await ana.tenant.open_case(SaveCase(kind="shipment", reference="S-2", title="", step="closed", closed=True))
    shown = await ana.write("/watches")
    assert "Shipments under way: 2, late: 1" in texts(shown)[0]
    assert "✅ **Mill** · every 6 hours, last look: not yet" in texts(shown)[0]
    card = await ana.tap(find(shown, "Mill"))
    assert "Items: 3, above the agreed price: 0" in texts(card)[0]
    assert labels(card) == ["Agreed prices", "All watches"]


async def test_pause_and_resume_once_for_a_double_tap(world: World, supplier: Supplier) -> None:
    ana = await sit(world)
    watch = await add_watch(ana, supplier)
    card = await ana.tap(f"wat:c:{watch}")
    pause = ana.tapping(find(card, "Pause"))
    outcome = await ana.take(pause)
    (edited,) = outcome.messages
    assert isinstance(edited, EditCard)
    assert "Paused" in edited.text
    again = await ana.take(pause)
    assert [each for each in again.changes if isinstance(each, PauseWatch)] == []
    assert (await rows(world, "watches", ana))[0]["paused"]
    assert "⏸ **Mill**" in texts(await ana.write("/watches"))[0]
    await ana.tap(find(again, "Resume"))
    assert not (await rows(world, "watches", ana))[0]["paused"]


async def test_a_test_looks_for_real_and_leaves_no_trace(world: World, supplier: Supplier) -> None:
    ana = await sit(world)
    watch = await add_watch(ana, supplier)
    before = [await rows(world, table, ana) for table in ("watches", "agreed_prices")]
    asked = await ana.tap(find(await ana.tap(f"wat:c:{watch}"), "Test now"))
    assert texts(asked) == ["I am looking into the list…"]
    (said,) = texts(await supplier.settle(ana, asked))
    assert "⚠️ Flour type 550: €1.10, agreed €1.00: €0.10 above" in said
    assert "✅ Sugar: €0.95, as agreed" in said
    assert "Not in the list: Yeast" in said
    assert "could not read: 1" in said
    assert [await rows(world, table, ana) for table in ("watches", "agreed_prices")] == before


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [("<html>", 200, "no price list"), ("", 404, "the link is wrong"),
        ("item,price\nNuts,3\n", 200, "none of the items")],
)  # fmt: skip
async def test_what_is_wrong_with_a_list_is_said(
    world: World, supplier: Supplier, answer: str, status: int, said: str
) -> None:
    ana = await sit(world)
    watch = await add_watch(ana, supplier)
    supplier.answer, supplier.status = answer, status
    assert said in texts(await supplier.settle(ana, await ana.tap(f"wat:t:{watch}")))[0]


async def test_agreed_prices_are_listed_and_changed_by_words(world: World, supplier: Supplier) -> None:
    ana = await sit(world)
    watch = await add_watch(ana, supplier)
    listed = await ana.tap(f"wat:a:{watch}")
    assert "- Sugar: €0.95" in texts(listed)[0]
    await ana.tap(find(listed, "Change a price"))
    assert "could not read" in texts(await ana.write("flour"))[0]
    shown = await supplier.settle(ana, await ana.write("FLOUR type 550 1,25 €"))
    assert "Flour type 550: €1.25" in texts(shown)[1]
    prices = {row["item"]: row["agreed_micros"] for row in await rows(world, "agreed_prices", ana)}
    assert prices == {"Flour type 550": 1_250_000, "Sugar": 950_000, "Yeast": 500_000}


async def test_a_new_item_is_watched_only_on_a_yes(world: World, supplier: Supplier) -> None:
    ana = await sit(world)
    watch = await add_watch(ana, supplier)
    await ana.tap(f"wat:ap:{watch}")
    asked = await ana.write("Butter 5 kg 38.40")
    assert "“Butter 5 kg” is not watched yet" in texts(asked)[0]
    assert asked.actions == ()
    yes = find(asked, "Watch it, too")
    await supplier.settle(ana, await ana.tap(yes))
    assert "That step is over" in texts(await ana.tap(yes))[0]
    (butter,) = [row for row in await rows(world, "agreed_prices", ana) if row["item"] == "Butter 5 kg"]
    assert (butter["agreed_micros"], butter["seen_micros"]) == (38_400_000, None)


async def test_how_often_is_chosen_and_the_card_is_edited(world: World, supplier: Supplier) -> None:
    ana = await sit(world)
    watch = await add_watch(ana, supplier)
    shown = await ana.tap(f"wat:e:{watch}")
    assert labels(shown) == ["60 minutes", "24 hours", "7 days", "Back"]
    outcome = await supplier.settle(ana, await ana.tap(find(shown, "60 minutes")))
    assert isinstance(outcome.messages[0], EditCard)
    assert "every 60 minutes" in texts(outcome)[0]
    assert (await rows(world, "watches", ana))[0]["every_seconds"] == 3_600


async def test_a_watch_is_removed_after_a_yes_and_its_cards_are_stale(world: World, supplier: Supplier) -> None:
    ana = await sit(world)
    watch = await add_watch(ana, supplier)
    asked = await ana.tap(find(await ana.tap(f"wat:c:{watch}"), "Stop watching"))
    assert len(await rows(world, "watches", ana)) == 1
    outcome = await supplier.settle(ana, await ana.tap(find(asked, "Yes, stop")))
    assert "no longer watch" in texts(outcome)[0]
    assert await rows(world, "watches", ana) == await rows(world, "agreed_prices", ana) == []
    for data in ("c", "p", "t", "e", "a", "ap", "r", "rr"):
        stale = await ana.tap(f"wat:{data}:{watch}{':1' if data == 'p' else ''}")
        assert "not there any more" in texts(stale)[0]
        assert stale.actions == stale.changes == ()


async def begin(ana: Seat, supplier: Supplier, name: str = "Mill") -> TurnOutcome:
    await ana.write("/watches new")
    await ana.write(supplier.address)
    return await ana.write(name)


async def test_a_list_is_added_looked_at_and_its_prices_accepted(world: World, supplier: Supplier) -> None:
    ana = await sit(world)
    often = await begin(ana, supplier, "The mill")
    look = await supplier.settle(ana, await ana.tap(find(often, "24 hours")))
    assert "**The mill**: items with a price: 3" in texts(look)[0]
    assert "- Butter 5 kg: €38.40" in texts(look)[0]
    assert await rows(world, "watches", ana) == []
    accept = find(look, "Accept these prices")
    added = await supplier.settle(ana, await ana.tap(accept))
    assert "From now on I watch **The mill**" in texts(added)[0]
    assert "every 24 hours" in texts(added)[1]
    (watch,) = await rows(world, "watches", ana)
    assert (watch["name"], watch["every_seconds"], watch["paused"]) == ("The mill", 86_400, False)
    prices = {
        row["item"]: (row["agreed_micros"], row["seen_micros"]) for row in await rows(world, "agreed_prices", ana)
    }
    assert prices["Sugar"] == (950_000, 950_000)
    assert len(prices) == 3
    again = await ana.tap(accept)
    assert again.actions == ()
    assert "That step is over" in texts(again)[0]


async def test_chosen_items_only(world: World, supplier: Supplier) -> None:
    ana = await sit(world)
    supplier.answer = "item,price\n" + "".join(f"Item {n},{n + 1}\n" for n in range(MOST_ITEMS + 1))
    look = await supplier.settle(ana, await ana.tap(find(await begin(ana, supplier), "7 days")))
    assert "more than I watch at once" in texts(look)[0]
    assert "Accept these prices" not in labels(look)
    forged = await ana.tap(find(look, "Choose items").replace("pick", "ok"))
    assert forged.actions == ()
    await ana.tap(find(look, "Choose items"))
    assert "names" in texts(await ana.write(" , ; "))[0]
    chosen = await supplier.settle(ana, await ana.write("item 3, Item  5, Nuts"))
    assert "items with a price: 2" in texts(chosen)[0]
    assert "Not in the list: Nuts" in texts(chosen)[0]
    await supplier.settle(ana, await ana.tap(find(chosen, "Accept these prices")))
    assert [row["item"] for row in await rows(world, "agreed_prices", ana)] == ["Item 3", "Item 5"]


async def test_a_link_that_does_not_work_may_be_tried_again_or_another_one(world: World, supplier: Supplier) -> None:
    ana = await sit(world)
    supplier.answer = "<html>nothing here</html>"
    failed = await supplier.settle(ana, await ana.tap(find(await begin(ana, supplier), "60 minutes")))
    assert "no price list" in texts(failed)[0]
    supplier.answer = LIST
    look = await supplier.settle(ana, await ana.tap(find(failed, "Try again")))
    assert "items with a price: 3" in texts(look)[0]
    given_up = await ana.tap(find(look, "Leave it"))
    assert "nothing was changed" in texts(given_up)[0]
    assert (await ana.tap(find(look, "Accept these prices"))).actions == ()
    assert "link" in texts(await ana.tap(find(failed, "Another link")))[0]


async def test_bad_links_and_names_are_asked_for_again(world: World, supplier: Supplier) -> None:
    ana = await sit(world)
    await add_watch(ana, supplier, "Mill")
    await ana.write("/watches new")
    for link in (
        "prices",
        "ftp://x.example/a.csv",
        "http://",
        "http://[::1",
        "https://a b.example",
        f"https://{'x' * 500}",
    ):
        assert "That is no link" in texts(await ana.write(link))[0]
    await ana.write(supplier.address)
    assert "already" in texts(await ana.write("Mill"))[0]
    assert "too long" in texts(await ana.write("x" * 61))[0]
    assert "How often" in texts(await ana.write("Mill 2"))[0]


async def test_a_name_taken_meanwhile_by_a_colleague(world: World, supplier: Supplier) -> None:
    ana = await sit(world)
    look = await supplier.settle(ana, await ana.tap(find(await begin(ana, supplier), "60 minutes")))
    await add_watch(ana, supplier, "Mill")
    outcome = await supplier.settle(ana, await ana.tap(find(look, "Accept these prices")))
    assert "has that name already" in texts(outcome)[0]
    assert len(await rows(world, "watches", ana)) == 1


async def test_a_look_that_nobody_waits_for_any_more_says_nothing(world: World, supplier: Supplier) -> None:
    ana = await sit(world)
    asked = await ana.tap(find(await begin(ana, supplier), "60 minutes"))
    await ana.write("/watches new")
    assert (await supplier.settle(ana, asked)).messages == ()


@pytest.mark.parametrize("ok", [True, False])
async def test_what_went_wrong_or_cannot_be_read_is_said(world: World, supplier: Supplier, ok: bool) -> None:
    ana = await sit(world)
    for action in ("test_watch", "add_watch", "change_watch"):
        result = ActionResult(action=action, key="k", ok=ok, result={"watch_id": "what?"}, error="Secret detail")
        assert texts(await ana.take(result)) == [
            "That did not work, and nothing changed. Please try again in a moment."
        ]


async def test_viewers_look_and_change_nothing(world: World, supplier: Supplier) -> None:
    ana = await sit(world, "viewer")
    watch = await add_watch(ana, supplier)
    shown = await ana.tap(f"wat:a:{watch}")
    assert labels(shown) == ["Back"]
    for data in (f"wat:p:{watch}:1", f"wat:t:{watch}", f"wat:e:{watch}:60", f"wat:rr:{watch}", "wat:new", "wat:ok:1"):
        outcome = await ana.tap(data)
        assert outcome.actions == outcome.changes == ()
        assert "for managers and owners" in texts(outcome)[0]
    assert "for managers and owners" in texts(await ana.write("/watches new"))[0]


async def test_a_manager_who_was_made_a_viewer_meanwhile_is_not_heard(world: World, supplier: Supplier) -> None:
    ana = await sit(world)
    watch = await add_watch(ana, supplier)
    await ana.tap(f"wat:ap:{watch}")
    await world.superuser.execute("UPDATE members SET role = 'viewer' WHERE tenant_id = $1", ana.tenant.id)
    outcome = await ana.write("sugar 0.01")
    assert outcome.actions == ()
    assert "for managers and owners" in texts(outcome)[0]


async def test_the_watch_of_another_business_is_none(world: World, supplier: Supplier) -> None:
    ana, ben = await sit(world), await sit(world)
    watch = await add_watch(ben, supplier)
    for data in ("c", "t", "rr"):
        outcome = await ana.tap(f"wat:{data}:{watch}")
        assert outcome.actions == ()
        assert "not there any more" in texts(outcome)[0]


@pytest.mark.parametrize(
    "data",
    [
        "wat:", "wat:x", "wat:c:x", "wat:c:-1", f"wat:c:{10**30}", "wat:c:٣x", "wat:p:1", "wat:ok:x", "wat:n:1",
        "wat:l:x",
        "wat:zz:1", "wat:a:1:x",
    ],
)  # fmt: skip
async def test_forged_buttons_do_nothing(world: World, supplier: Supplier, data: str) -> None:
    ana = await sit(world)
    await add_watch(ana, supplier)
    outcome = await ana.tap(data)
    assert outcome.actions == outcome.changes == ()
    assert any(said in texts(outcome)[0] for said in ("no longer valid", "not there any more", "step is over"))


async def test_forged_intervals_do_nothing(world: World, supplier: Supplier) -> None:
    ana = await sit(world)
    watch = await add_watch(ana, supplier)
    often = await begin(ana, supplier, "Other")
    for data in (f"wat:e:{watch}:1", f"wat:p:{watch}:2", find(often, "60 minutes").replace(":60", ":1")):
        outcome = await ana.tap(data)
        assert outcome.actions == outcome.changes == ()
        assert "no longer valid" in texts(outcome)[0]


async def test_words_that_come_too_late_or_are_no_words(world: World, supplier: Supplier) -> None:
    ana = await sit(world)
    watch = await add_watch(ana, supplier)
    await ana.tap(f"wat:ap:{watch}")
    assert "as text" in texts(await ana.take(ana.message("")))[0]
    late = await ana.take(ana.message("sugar 0.10"), at=NOW.replace(hour=NOW.hour + 3))
    assert late.actions == ()
    assert "more than an hour ago" in texts(late)[0]
    ana.state["kept"] = {"wat": {"serial": "nonsense"}}
    assert "step is over" in texts(await ana.tap("wat:ok:1"))[0]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_card_fits_both_channels(world: World, supplier: Supplier, language: str) -> None:
    ana = await sit(world, language=language)
    for number in range(9):
        await add_watch(ana, supplier, f"{'_*' * 40}{number}")
    watch = (await rows(world, "watches", ana))[-1]["watch_id"]
    supplier.answer = "item,price\n" + "".join(f"{'*_' * 50}{n},{n + 1}\n" for n in range(MOST_ITEMS))
    await ana.write("/watches")
    await ana.tap("wat:l:1")
    for data in ("c", "a", "e", "r"):
        await ana.tap(f"wat:{data}:{watch}")
    await ana.tap(f"wat:ap:{watch}")
    await ana.write(f"{'*' * 100} 1")
    await supplier.settle(ana, await ana.tap(f"wat:t:{watch}"))
    often = await begin(ana, supplier, "*" * 60)
    look = await supplier.settle(ana, await ana.tap(buttons(often)[0].id))
    await supplier.settle(ana, await ana.tap(buttons(look)[0].id))
    cards = [message for message in ana.seen if isinstance(message, SendText | EditCard) and message.buttons]
    assert len(cards) > 8
    for card in cards:
        shown = [button for row in card.buttons for button in row]
        assert len(shown) <= 10
        assert len(card.text) <= (TEXT_WITH_BUTTONS if len(shown) <= 3 else 4_000)
        for button in shown:
            assert 0 < len(button.label) <= 20
            assert len(button.id) < 40
            assert len(button.id.encode()) <= BUTTON_ID_BYTES


NAMES = st.text(alphabet="abc é", min_size=1, max_size=8).filter(lambda name: name.strip())


@given(st.dictionaries(NAMES, st.integers(min_value=1, max_value=9_999), min_size=1, max_size=20))
def test_a_whole_list_is_read_by_the_names_in_it(prices: dict[str, int]) -> None:
    data = "item,price\n" + "".join(f"{name},{cents / 100:.2f}\n" for name, cents in prices.items())
    found, table = list_prices(data.encode(), PriceListSettings(url="http://x"))
    known = {" ".join(name.split()): cents * 10_000 for name, cents in reversed(prices.items())}
    assert found.keys() == known.keys()
    assert len(found) + len(table.bad_rows) >= len(prices)


async def test_what_the_operator_allows_for_folders_is_not_open_to_who_types_an_address(
    world: World, supplier: Supplier
) -> None:
    ana = await sit(world)
    watch = await add_watch(ana, supplier, "Of the folder")
    async with Fetcher() as typed:
        supplier.typed = typed
        failed = await supplier.settle(ana, await ana.tap(find(await begin(ana, supplier), "60 minutes")))
        assert "wrong, private or not open" in texts(failed)[0]
        await supplier.settle(ana, await ana.tap(f"wat:t:{watch}"))
        assert "Flour" in ana.last


@pytest.mark.parametrize("executor", [TryWatch, AddWatch, ChangeWatch])
async def test_arguments_that_are_not_right_are_refused(
    world: World, supplier: Supplier, executor: Callable[..., Callable[[ActionCall], Awaitable[Any]]]
) -> None:
    ana = await sit(world)
    fetchers = (supplier.fetcher, supplier.typed) if executor is TryWatch else ()
    made = executor(world.database, *fetchers)
    call = ActionCall(
        tenant_id=ana.tenant.id, stream_id=ana.desk, account_id=INTERNAL, seq=1, key="k", name="x",
        arguments={"watch_id": "1; DROP TABLE watches"},
    )  # fmt: skip
    with pytest.raises(Rejected, match="arguments"):
        await made(call)
