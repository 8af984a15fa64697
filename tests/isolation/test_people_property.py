"""Whatever is told, joined, parted and forgotten by anybody, in any order: nobody reads of another person or tenant."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID

import asyncpg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import Stale
from core.events import Channel
from core.ids import AccountId, ContactId, StreamId, TenantId, contact_id
from core.person_changes import (
    CountHabits,
    ForgetPerson,
    LearnFact,
    OpenLinkCode,
    PersonChange,
    RedeemLink,
    SaveSummary,
    SetPreference,
    Unlink,
)
from db.database import Database, open_pool
from db.engine.changes import apply_change
from db.engine.streams import Lease
from db.people import find_link, list_facts, list_said, read_person, read_summary
from tests.support.databases import Urls

TENANTS = (TenantId(2), TenantId(3))
PEOPLE: tuple[tuple[Channel, str], ...] = (("telegram", "1"), ("telegram", "2"), ("whatsapp", "1"), ("whatsapp", "2"))
NOW = datetime(2026, 11, 27, tzinfo=UTC)
Who = tuple[TenantId, int]
"""A tenant and a place in PEOPLE: the same people write to both tenants."""
_WHO = st.tuples(st.sampled_from(TENANTS), st.integers(0, len(PEOPLE) - 1))
_STEPS = st.lists(
    st.tuples(st.sampled_from(["tell", "wish", "count", "sum", "link", "steal", "unlink", "forget"]), _WHO, _WHO),
    min_size=4, max_size=25,
)  # fmt: skip
_TABLES = "contact_links, link_codes, link_tries, profiles, preferences, habits, facts, summaries"


def contact(who: Who) -> ContactId:
    return contact_id(who[0], *PEOPLE[who[1]])


def stream(who: Who) -> StreamId:
    return StreamId(UUID(int=int(who[0]) * 100 + who[1]))


def mark(who: Who) -> str:
    return f"of {who[0]} {who[1]}"


def everybody() -> Iterator[Who]:
    yield from product(TENANTS, range(len(PEOPLE)))


class Expected:
    """Who is joined with whom, as the rules have it."""

    def __init__(self) -> None:
        self.groups: dict[Who, set[Who]] = {who: {who} for who in everybody()}

    def join(self, one: Who, other: Who) -> None:
        joined = self.groups[one] | self.groups[other]
        for who in joined:
            self.groups[who] = joined

    def part(self, who: Who) -> None:
        self.groups[who].discard(who)
        self.groups[who] = {who}


async def apply(engine: asyncpg.Connection, who: Who, change: PersonChange) -> bool:
    lease = Lease(who[0], stream(who), "conversation", AccountId(1), "c", 1, 0, 1, 0, "bot", None, None, None)
    try:
        async with engine.transaction():
            await apply_change(engine, lease, PEOPLE[who[1]][0], change)
    except Stale:
        return False
    return True


def told(step: str, who: Who, at: datetime, number: int) -> PersonChange:
    me, text = contact(who), f"{mark(who)} no {number}"
    match step:
        case "tell":
            return LearnFact(
                contact_id=me, slot="other", text=text, key=text, confidence=1, source_seq=1, since=at, single=False
            )
        case "wish":
            return SetPreference(contact_id=me, name=f"wish {mark(who)}", value=text, since=at)
        case "count":
            return CountHabits(contact_id=me, counts={f"topic:{mark(who)}": 1}, since=at)
        case "sum":
            return SaveSummary(contact_id=me, stream_id=stream(who), upto_seq=number, text=text, asked_at=at)
        case "unlink":
            return Unlink(contact_id=me)
        case _:
            return ForgetPerson(contact_id=me, at=at)


async def link(engine: asyncpg.Connection, database: Database, one: Who, other: Who, *, steal: bool) -> bool:
    """`steal`: `other` has guessed the code, and claims it as its own tenant's."""
    channel: Channel = PEOPLE[one[1]][0]
    code = f"{one[0]}{one[1]}000000"
    opening = OpenLinkCode(
        contact_id=contact(one), channel=channel, code=code, expires_at=datetime.now(UTC) + timedelta(1)
    )
    await apply(engine, one, opening)
    async with database.tenant(other[0], readonly=True) as tx:
        found = await find_link(tx, other[0], contact(other), PEOPLE[other[1]][0], code)
        assert found is None or (one[0] == other[0] and channel != PEOPLE[other[1]][0])
        if one[0] != other[0]:  # told the other tenant's id: its rows are not there
            assert await find_link(tx, one[0], contact(other), PEOPLE[other[1]][0], code) is None
    if found is None and not steal:
        return False
    return await apply(engine, other, RedeemLink(contact_id=contact(other), code=code, opened_by=contact(one)))


async def check(database: Database, expected: Expected) -> None:
    for who in everybody():
        others = [mark(other) for other in everybody() if other not in expected.groups[who]]
        async with database.tenant(who[0], readonly=True) as tx:
            person = await read_person(tx, who[0], contact(who))
            seen = [person, await list_facts(tx, who[0], contact(who))]
            assert set(person.contact_ids) == {contact(each) for each in expected.groups[who]}
            assert not [other for other in others if other in repr(seen)]
            summary = await read_summary(tx, who[0], stream(who))
            assert summary is None or summary.text.startswith(mark(who))
            for stranger in everybody():  # another tenant's ids, as one's own and as theirs
                if stranger[0] != who[0]:
                    for tenant in TENANTS:
                        alien = await read_person(tx, tenant, contact(stranger))
                        assert (alien.contact_ids, alien.facts, dict(alien.preferences), dict(alien.habits)) == (
                            (contact(stranger),), (), {}, {},
                        )  # fmt: skip
                        assert await list_facts(tx, tenant, contact(stranger)) == ()
                        assert await read_summary(tx, tenant, stream(stranger)) is None
                        said = await list_said(
                            tx, tenant, stream(stranger), after_seq=0, upto_seq=9, limit=9, longest_text=9
                        )
                        assert said == ()


async def run(urls: Urls, steps: list[tuple[str, Who, Who]]) -> None:
    owner, engine = await asyncpg.connect(urls.owner), await asyncpg.connect(urls.engine)
    expected = Expected()
    try:
        await owner.execute(f"TRUNCATE {_TABLES}")
        await owner.execute("DELETE FROM messages")
        for who in everybody():
            await owner.execute("INSERT INTO messages VALUES ($1, $2, 1, 0, 'customer', $3, $4)", who[0], stream(who),
                                mark(who), NOW)  # fmt: skip
        async with open_pool(urls.app, size=1) as pool:
            database = Database(pool)
            for number, (step, who, other) in enumerate(steps, 1):
                if step in ("link", "steal"):
                    if await link(engine, database, who, other, steal=step == "steal"):
                        assert who[0] == other[0]
                        expected.join(who, other)
                else:
                    await apply(engine, who, told(step, who, NOW + timedelta(minutes=number), number))
                    if step == "unlink":
                        expected.part(who)
                    elif step == "forget":
                        async with database.tenant(who[0]) as tx:
                            known = await read_person(tx, who[0], contact(who))
                        assert (known.facts, dict(known.preferences), dict(known.habits)) == ((), {}, {})
            await check(database, expected)
    finally:
        await engine.close()
        await owner.close()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=_STEPS)
def test_nobody_reads_of_another(urls: Urls, steps: list[tuple[str, Who, Who]]) -> None:
    asyncio.run(run(urls, steps))
