"""One chat with several businesses: which it speaks for."""

from dataclasses import replace

from core.desk_changes import SwitchDesk
from core.events import DeskOpened
from core.ids import desk_id
from db.engine.directory import switch_desk
from tests.admin.desk_world import ADMIN_BOT, World, texts
from tests.admin.people_world import labels, press, speaks_for

# Several businesses in one chat


async def test_an_owner_who_joins_another_business_has_both_and_switches(world: World) -> None:
    bakery, cafe = await world.open_tenant("Bakery"), await world.open_tenant("Café")
    omar = await bakery.join("Omar")
    there = replace(omar, tenant=cafe, desk=desk_id(cafe.id, ADMIN_BOT, omar.chat), state={}, seq=0, seen=[])
    cafe.seats.append(there)
    await there.write(f"/start inv_{await cafe.invite('manager')}")
    assert "You also belong to Bakery" in there.last
    assert await speaks_for(world, omar) == cafe.id
    listed = await there.write("/switch")
    assert "✓ **Café**: manager (now)" in there.last and "• Bakery: owner" in there.last
    assert set(labels(listed)) == {"Bakery"}
    outcome = await press(there, listed, "Bakery")
    assert await speaks_for(world, omar) == bakery.id
    assert not outcome.messages
    (opened,) = outcome.events
    assert (opened.tenant_id, opened.stream_id) == (bakery.id, omar.desk)
    assert opened.event == DeskOpened(why="switched")
    greeting = texts(await omar.take(opened.event))
    assert "Bakery" in greeting[0]


async def test_a_business_without_a_seat_cannot_be_switched_to(world: World) -> None:
    other = await world.open_tenant("Elsewhere")
    await other.join("Eve")
    omar = await (await world.open_tenant()).join("Omar")
    outcome = await omar.tap(f"ppl:go:{other.id}")
    assert not outcome.changes and not outcome.events
    assert "Elsewhere" not in omar.last
    await omar.write("/switch")
    assert "Elsewhere" not in omar.last and "only" in omar.last
    assert not await omar.finish(replace(outcome, changes=(SwitchDesk(tenant_id=other.id),)))


async def test_who_leaves_one_of_two_goes_on_in_the_other(world: World) -> None:
    bakery, cafe = await world.open_tenant("Bakery"), await world.open_tenant("Café")
    await bakery.join("Olga")
    omar = await bakery.join("Omar")
    there = replace(omar, tenant=cafe, desk=desk_id(cafe.id, ADMIN_BOT, omar.chat), state={}, seq=0, seen=[])
    await there.write(f"/start inv_{await cafe.invite('owner')}")
    await there.tap(f"ppl:go:{bakery.id}")
    await omar.tap("ppl:yes:leave")
    assert "This chat now speaks for **Café**" in omar.last
    assert await speaks_for(world, omar) == cafe.id


async def test_whose_business_is_deleted_goes_on_in_the_other(world: World) -> None:
    bakery, cafe = await world.open_tenant("Bakery"), await world.open_tenant("Café")
    omar = await bakery.join("Omar")
    there = replace(omar, tenant=cafe, desk=desk_id(cafe.id, ADMIN_BOT, omar.chat), state={}, seq=0, seen=[])
    await there.write(f"/start inv_{await cafe.invite('owner')}")
    for table in ("desk_bindings", "members"):  # as `erase_tenant` does
        await world.superuser.execute(f"DELETE FROM {table} WHERE tenant_id = $1", cafe.id)
    assert await speaks_for(world, omar) == bakery.id
    async with world.link.use() as tx:
        assert await switch_desk(tx, ADMIN_BOT, omar.chat, cafe.id) is None
        assert await switch_desk(tx, ADMIN_BOT, omar.chat, bakery.id) is False
    bound = await world.superuser.fetchval("SELECT tenant_id FROM desk_bindings WHERE chat = $1", omar.chat)
    assert bound == bakery.id
