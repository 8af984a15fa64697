"""A business of a stranger's own: who may, what is asked, and what is made of the answer."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from admin.onboarding.words import MOST_NAME
from agents.actions.desks.opening import OPEN_BUSINESS
from core.actions import ActionCall
from core.channels import Account
from core.errors import Rejected
from core.events import ActionResult, NewEvent
from core.ids import OPERATOR, AccountId, TenantId, desk_id
from core.money import MICROS
from core.recording import DeliveryReceipt
from db.engine.directory import find_desk_tenant
from jobs.businesses import OpenBusiness, SignUp
from tests.admin.desk_world import ADMIN_BOT, NOW, World, buttons, texts
from tests.admin.newcomers import ids, names, stranger

CUSTOMER_BOT = AccountId(901)


@dataclass(kw_only=True)
class Kept:
    """What would be recorded."""

    events: list[NewEvent] = field(default_factory=list[NewEvent])

    async def record(self, events: Sequence[NewEvent]) -> None:
        self.events += events

    async def record_receipts(self, receipts: Sequence[DeliveryReceipt]) -> None:
        raise AssertionError(receipts)

    async def desk_tenant(self, *_: object, **__: object) -> TenantId:
        raise AssertionError


async def test_where_sign_up_is_closed_a_stranger_learns_nothing_of_it(world: World) -> None:
    seat = stranger(world, signup_open=False)
    said = [texts(await seat.write(text)) for text in ("hello", "/new", "Café Nora")]
    said.append(texts(await seat.tap("new:begin")))
    assert len({*map(tuple, said)}) == 1 and not seat.state
    assert "/new" not in said[0][0] and buttons(await seat.write("/new")) == []


async def test_a_stranger_is_asked_for_the_name_and_gets_a_business(world: World) -> None:
    seat = stranger(world)
    assert ids(await seat.write("hello")) == ["new:begin"]
    assert "Schritt 1 von 8" in texts(await seat.tap("new:begin"))[0]
    outcome = await seat.write("  Café\nNora ")
    (action,) = outcome.actions
    assert action.name == "open_business" and action.agent == "" and action.contact is None
    assert action.arguments == {
        "name": "Café Nora", "language": "de", "time_zone": "Europe/Berlin", "currency": "EUR", "member_name": "Nora",
        "member_language": "de", "chat": seat.chat,
    }  # fmt: skip
    again = await seat.write("Café Nora")
    assert names(again) == [] and "Moment" in texts(again)[0]


@pytest.mark.parametrize("name", ["", "   ", "🙂🎉", "...", "\u200b\u200b", "\0"])
async def test_a_name_that_is_none_is_asked_for_again(world: World, name: str) -> None:
    seat = stranger(world, language="en")
    await seat.write("/new")
    outcome = await seat.write(name)
    assert names(outcome) == [] and "at least one letter" in texts(outcome)[0]
    assert names(await seat.write("x" * (MOST_NAME + 1))) == []
    assert names(await seat.write("x" * MOST_NAME)) == ["open_business"]


async def test_a_stranger_may_stop_and_begin_again_and_twice_new_is_one_question(world: World) -> None:
    seat = stranger(world, language="en")
    outcome = await seat.take(seat.message("/new"), seat.message("/new"))
    assert len(texts(outcome)) == 1
    assert ids(await seat.write("/cancel")) == ["new:begin"]
    assert names(await seat.write("Café Nora")) == []
    await seat.write("/new")
    both = await seat.take(seat.message("Café Nora"), seat.message("Café Nora"))
    assert names(both) == ["open_business"]


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (ActionResult(action="open_business", key="k", ok=True, result={"refused": "often"}), "morgen"),
        (ActionResult(action="open_business", key="k", ok=True, result={"refused": "full"}), "morgen"),
        (ActionResult(action="open_business", key="k", ok=False, result={}), "schiefgegangen"),
    ],
)  # fmt: skip
async def test_a_stranger_hears_in_their_language_why_not(world: World, result: ActionResult, said: str) -> None:
    seat = stranger(world)
    await seat.write("/new")
    await seat.write("Café Nora")
    assert said in texts(await seat.take(result))[0].lower()
    assert names(await seat.write("Café Nora")) == []


async def test_what_a_stranger_once_was_at_the_operators_desk_is_not_theirs_any_more(world: World) -> None:
    seat = stranger(world, language="en")
    seat.state = {
        "kept": {"new": {"step": "try"}},
        "asking": {"section": "bot", "what": "token", "since": NOW.isoformat()},
    }
    assert ids(await seat.write("123:abc")) == ["new:begin"]


def opener(
    world: World, kept: Kept, *, sign_up: SignUp = "open", a_day: int = 1_000, starter: int = 10
) -> OpenBusiness:
    def account(account_id: AccountId) -> Account:
        role = "admin" if account_id == ADMIN_BOT else "customer"
        return Account(
            account_id=account_id, tenant_id=OPERATOR, channel="telegram", role=role, external_id="1", path_id="p",
            delivery="polling",
        )  # fmt: skip

    return OpenBusiness(
        world.database, world.link, kept, account, sign_up=sign_up, starter=starter, ceiling=100, a_day=a_day
    )


def calling(chat: str, key: str, *, account: AccountId = ADMIN_BOT, desk_chat: str | None = None) -> ActionCall:
    arguments = {
        "name": "Café Nora", "language": "de", "time_zone": "Europe/Berlin", "currency": "EUR", "member_name": "Nora",
        "member_language": "de", "chat": chat,
    }  # fmt: skip
    return ActionCall(
        tenant_id=OPERATOR, stream_id=desk_id(OPERATOR, account, desk_chat or chat), account_id=account, seq=1,
        key=f"{chat}:{key}", name="open_business", arguments=dict(arguments),
    )  # fmt: skip


async def test_a_business_is_made_once_for_a_key_with_its_owner_and_first_budget(world: World) -> None:
    kept = Kept()
    open_business = opener(world, kept)
    first, again = await open_business(calling("c1", "1")), await open_business(calling("c1", "1"))
    assert first == again
    tenant = TenantId(int(str(first["tenant"])))
    row = await world.superuser.fetchrow("SELECT * FROM tenants WHERE tenant_id = $1", tenant)
    assert row is not None and row["slug"].startswith("cafe-nora-") and row["settings"] == '{"set_up": false}'
    async with world.database.tenant(tenant, readonly=True) as tx:
        members = await tx.fetch("SELECT * FROM members WHERE tenant_id = $1", tenant)
        budgets = await tx.fetch("SELECT limit_micros, currency FROM budgets WHERE tenant_id = $1", tenant)
    (owner,) = members
    assert (owner["role"], owner["name"], owner["chat"]) == ("owner", "Nora", "c1")
    assert owner["desk"] == desk_id(tenant, ADMIN_BOT, "c1")
    assert [tuple(each) for each in budgets] == [(10 * MICROS, "EUR")]
    async with world.link.use() as tx:
        assert await find_desk_tenant(tx, ADMIN_BOT, "c1", None) == tenant
    assert {event.external_id for event in kept.events} == {"opened:c1:1"}
    opened = kept.events[0]
    assert (opened.stream_id, opened.account_id, opened.chat) == (owner["desk"], ADMIN_BOT, "c1")


async def test_a_chat_makes_three_a_day_and_the_installation_as_many_as_it_likes(world: World) -> None:
    kept = Kept()
    made = [await opener(world, kept)(calling("c2", str(n))) for n in range(4)]
    assert ["refused" in each for each in made] == [False, False, False, True] and made[3] == {"refused": "often"}
    assert await opener(world, kept, a_day=0)(calling("c3", "1")) == {"refused": "full"}
    assert await opener(world, kept, sign_up="members")(calling("c3", "1")) == {"refused": "closed"}
    assert "tenant" in await opener(world, kept, sign_up="members", starter=0)(calling("c1", "2"))  # an owner by now


async def test_a_business_is_made_for_the_chat_that_asks_and_at_a_desk_only(world: World) -> None:
    open_business = opener(world, Kept())
    with pytest.raises(Rejected):
        await open_business(calling("c4", "1", desk_chat="c5"))
    with pytest.raises(Rejected):
        await open_business(calling("c4", "1", account=CUSTOMER_BOT))
    with pytest.raises(Rejected):
        bad = calling("c4", "1")
        await open_business(replace(bad, arguments={**bad.arguments, "time_zone": "Mars/Olympus"}))
    assert OPEN_BUSINESS.by == "platform" and not OPEN_BUSINESS.agents
