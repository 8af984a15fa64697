"""Suspending and deleting businesses from the operator's desk."""

from dataclasses import replace
from datetime import timedelta

import pytest

from admin.texts import write
from core.events import OwnerNotice
from core.ids import OPERATOR
from db.engine.link import Link
from jobs.operating import DeleteTenant
from tests.admin.desk_world import NOW, World, texts
from tests.admin.operator_world import SECRET, Office, audit, call_of, notices, operator, press, proposing, talk


@pytest.fixture
def office(world: World) -> Office:
    return Office(world)


# Suspending


async def test_suspending_is_told_audited_and_taken_back(world: World, office: Office) -> None:
    bakery = await world.open_tenant("Bakery")
    omar, vera = await bakery.join("Omar"), await bakery.join("Vera", "viewer")
    olga = await operator(world).join("Olga")
    told = await office.run(olga, await press(olga, await olga.tap(f"op:show:{bakery.id}"), "Suspend"))
    assert "**Bakery** is suspended" in olga.last
    assert office.forgotten == [bakery.id]
    assert [notice.fields["what"] for seat in (omar, vera) for notice in await notices(world, seat)] == [
        "suspended"
    ] * 2
    assert (await audit(world, bakery.id))[-1] == "tenant.suspended"
    assert (await audit(world, OPERATOR))[-1] == "tenant.suspended"
    await office.run(olga, await press(olga, told, "Resume"))
    assert "**Bakery** is running again" in olga.last
    assert (await audit(world, bakery.id))[-1] == "tenant.resumed"


async def test_two_who_suspend_at_once_do_it_once_and_a_repeated_try_changes_nothing(
    world: World, office: Office
) -> None:
    bakery = await world.open_tenant("Bakery")
    omar = await bakery.join("Omar")
    olga = await operator(world).join("Olga")
    action = proposing("suspend_tenant", tenant_id=bakery.id, suspended=True)
    calls = [call_of(olga, action, "first"), call_of(olga, action, "second"), call_of(olga, action, "first")]
    codes = [(await office.executors["suspend_tenant"](call))["code"] for call in calls]
    assert codes == ["done", "already", "done"]
    assert len(await notices(world, omar)) == 1
    assert (await audit(world, bakery.id)).count("tenant.suspended") == 1


async def test_the_desk_of_a_suspended_business_says_so_and_lets_people_go(world: World) -> None:
    bakery = await world.open_tenant("Bakery")
    await bakery.join("Olga")
    omar = await bakery.join("Omar")
    approval, _ = await bakery.escalate()
    bakery.profile = replace(bakery.profile, suspended=True)
    suspended = write("op_suspended_here", "en", tenant="Bakery")
    for words in ("/start", "/inbox", "hello", "/invite owner", "/budget 5"):
        assert texts(await omar.write(words)) == [suspended]
    for data in (f"esc:answer:{approval}", "ppl:invite", "menu:open"):
        assert texts(await omar.tap(data)) == [suspended]
    await omar.write("/switch")
    assert omar.last != suspended
    await omar.take(OwnerNotice(notice="operator_news", fields={"what": "resumed"}))
    assert "has resumed this business" in omar.last
    outcome = await omar.write("/leave")
    await press(omar, outcome, "Yes")
    assert "You have left" in omar.last


# Deleting


async def test_deleting_takes_a_suspended_business_and_its_slug(world: World, office: Office) -> None:
    bakery, cafe = await world.open_tenant("Bakery"), await world.open_tenant("Café")
    omar = await bakery.join("Omar")
    await cafe.join("Carla")
    await talk(bakery)
    olga = await operator(world).join("Olga")
    slug = bakery.profile.slug
    first = await olga.tap(f"op:delete:{bakery.id}")
    assert "Suspend it first" in olga.last
    told = await office.run(olga, await press(olga, first, "Suspend"))
    await press(olga, told, "Delete")
    assert f"`{slug}`" in olga.last and "cannot be undone" in olga.last
    wrong = await olga.write(slug.upper())
    assert not wrong.actions and "nothing is deleted" in olga.last
    assert not (await olga.write(slug)).actions  # it is not asked for any more
    await press(olga, wrong, "Delete")
    await office.run(olga, await olga.write(f" {slug} "))
    assert "**Bakery** is deleted" in olga.last
    assert office.uncached == [bakery.id] * 2
    for table in ("tenants", "members", "streams", "messages", "approvals", "audit", "inbox", "desk_bindings"):
        count = f"SELECT count(*) FROM {table} WHERE tenant_id = $1"
        assert await world.superuser.fetchval(count, bakery.id) == 0, table
    assert await world.superuser.fetchval("SELECT count(*) FROM members WHERE tenant_id = $1", cafe.id) == 1
    assert (await audit(world, OPERATOR))[-2:] == ["tenant.deleting", "tenant.deleted"]
    row = await world.superuser.fetchval(
        "SELECT details FROM audit WHERE action = 'tenant.deleted' ORDER BY at DESC LIMIT 1"
    )
    assert slug in row and SECRET not in row and omar.sender.name not in row
    await olga.tap(f"op:show:{bakery.id}")
    assert olga.last == write("op_gone", "en")


async def test_deleting_goes_on_where_it_was_cut_off_and_ends_once(world: World, office: Office) -> None:
    bakery = await world.open_tenant("Bakery")
    await bakery.join("Omar")
    await world.superuser.execute("UPDATE tenants SET suspended_at = now() WHERE tenant_id = $1", bakery.id)
    olga = await operator(world).join("Olga")
    call = call_of(olga, proposing("delete_tenant", tenant_id=bakery.id, slug=bakery.profile.slug), f"cut-{bakery.id}")
    delete = office.executors["delete_tenant"]
    assert isinstance(delete, DeleteTenant)
    cut = DeleteTenant(world.database, _Broken(world.link), office.forgotten.append, office.uncache)  # type: ignore[arg-type]
    with pytest.raises(ConnectionError):
        await cut(call)
    assert (await delete(call))["code"] == "done"
    assert (await delete(call))["code"] == "done"  # the answer to the try before was lost
    assert (await audit(world, OPERATOR)).count("tenant.deleted") >= 1
    again = await delete(call_of(olga, proposing("delete_tenant", tenant_id=bakery.id, slug=bakery.profile.slug)))
    assert again["code"] == "gone"


class _Broken:
    """A connection that breaks where rows are deleted."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def transaction(self) -> object:
        raise ConnectionError


@pytest.mark.parametrize(("slug", "suspended", "code"), [("else", True, "other_slug"), ("", False, "not_suspended")])
async def test_the_executor_looks_again_before_it_deletes(
    world: World, office: Office, slug: str, suspended: bool, code: str
) -> None:
    bakery = await world.open_tenant("Bakery")
    if suspended:
        await world.superuser.execute("UPDATE tenants SET suspended_at = now() WHERE tenant_id = $1", bakery.id)
    olga = await operator(world).join("Olga")
    action = proposing("delete_tenant", tenant_id=bakery.id, slug=slug or bakery.profile.slug)
    assert (await office.executors["delete_tenant"](call_of(olga, action)))["code"] == code
    assert await world.superuser.fetchval("SELECT count(*) FROM tenants WHERE tenant_id = $1", bakery.id) == 1


async def test_a_question_of_before_deletes_nothing(world: World) -> None:
    bakery = await world.open_tenant("Bakery")
    await world.superuser.execute("UPDATE tenants SET suspended_at = now() WHERE tenant_id = $1", bakery.id)
    olga = await operator(world).join("Olga")
    await olga.tap(f"op:delete:{bakery.id}")
    outcome = await olga.write(bakery.profile.slug, NOW + timedelta(minutes=11))
    assert not outcome.actions and "too long ago" in olga.last
