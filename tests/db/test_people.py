"""What a turn writes about a person under the engine role, and what memory reads back under the app's."""

import dataclasses
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from core.changes import Change, KeepExample, SaveCase
from core.errors import Stale
from core.ids import AccountId, ContactId, StreamId, TenantId, contact_id, conversation_id
from core.people import Person
from core.person_changes import (
    CountHabits,
    CountLinkTry,
    EndFacts,
    ForgetFacts,
    ForgetPerson,
    LearnFact,
    OpenLinkCode,
    RedeemLink,
    SaveSummary,
    SetConsent,
    SetOptOut,
    SetPreference,
    Unlink,
)
from db.database import Database
from db.engine.changes import apply_change
from db.engine.streams import Lease
from db.people import LINK_TRIES, find_link, list_facts, list_said, read_person, read_summary
from tests.support.databases import Urls

TENANT = TenantId(2)
NOW = datetime.now(UTC).replace(microsecond=0)
TG, WA = contact_id(TENANT, "telegram", "77"), contact_id(TENANT, "whatsapp", "4917")
CODE = "48219037"


def lease_of(stream: StreamId) -> Lease:
    return Lease(
        TENANT, stream, "conversation", AccountId(1), "77", 1, 0, 1, 0, "bot", None, None, None
    )  # fmt: skip


STREAM = StreamId(UUID(int=1))


@pytest.fixture
async def engine(urls: Urls, owner_connection: asyncpg.Connection) -> AsyncIterator[asyncpg.Connection]:
    await owner_connection.execute(
        """INSERT INTO tenants (tenant_id, slug, name, language, time_zone, currency) OVERRIDING SYSTEM VALUE
           VALUES (2, 'bakery', 'Bakery', 'en', 'UTC', 'EUR');
           INSERT INTO channel_accounts (tenant_id, account_id, channel, role, external_id, path_id, delivery, secrets)
           OVERRIDING SYSTEM VALUE
           VALUES (2, 1, 'telegram', 'customer', 'a', 'a', 'polling', ''),
                  (2, 2, 'whatsapp', 'customer', 'b', 'b', 'webhook', ''),
                  (2, 3, 'whatsapp', 'customer', 'c', 'c', 'webhook', '')"""
    )
    for contact, channel, external, name, account in (
        (TG, "telegram", "77", "Ana", 1), (WA, "whatsapp", "4917", "Ana B.", 2),
    ):  # fmt: skip
        await owner_connection.execute(
            "INSERT INTO contacts (tenant_id, contact_id, channel, external_id, name, language) "
            "VALUES (2, $1, $2, $3, $4, $5)",
            contact, channel, external, name, "fr" if channel == "whatsapp" else None,
        )  # fmt: skip
        await owner_connection.execute(
            "INSERT INTO streams (tenant_id, stream_id, kind, account_id, chat, last_seq, dirty, lease_token) "
            "VALUES (2, $1, 'conversation', $2, $3, 1, false, 1)",
            conversation_id(TENANT, AccountId(account), external), account, external,
        )  # fmt: skip
    connection = await asyncpg.connect(urls.engine)
    yield connection
    await connection.close()


async def apply(engine: asyncpg.Connection, *changes: Change) -> None:
    for change in changes:
        async with engine.transaction():
            await apply_change(engine, lease_of(STREAM), "telegram", change)


def fact(text: str, contact: ContactId = TG, *, slot: str = "home", hours: float = 0, **more: Any) -> LearnFact:
    values = {"single": slot in ("home", "name"), "confidence": 0.9, "source_seq": 3} | more
    return LearnFact(
        contact_id=contact, slot=slot, text=text, key=text.lower(), since=NOW + timedelta(hours=hours), **values
    )


def example(of: ContactId) -> KeepExample:
    return KeepExample(contact=of, question="what?", draft="this", correction="that", reason="owner")


async def person(database: Database, contact: ContactId = TG) -> Person:
    async with database.tenant(TENANT, readonly=True) as tx:
        return await read_person(tx, TENANT, contact)


async def texts(database: Database, contact: ContactId = TG) -> set[str]:
    return {each.text for each in (await person(database, contact)).facts}


async def link(engine: asyncpg.Connection, *, one: ContactId = TG, other: ContactId = WA) -> None:
    await apply(
        engine,
        OpenLinkCode(contact_id=one, channel="telegram", code=CODE, expires_at=NOW + timedelta(days=1)),
        RedeemLink(contact_id=other, code="4821 9037", opened_by=one),
    )


async def test_of_somebody_unknown_only_the_id_is_known(engine: asyncpg.Connection, database: Database) -> None:
    nobody = contact_id(TENANT, "telegram", "nobody")
    assert await person(database, nobody) == Person(contact_ids=(nobody,))


async def test_a_new_value_ends_the_old_one_and_both_are_kept(engine: asyncpg.Connection, database: Database) -> None:
    await apply(engine, fact("Paris"), fact("paris", hours=1), fact("Lyon", hours=2))
    assert await texts(database) == {"Lyon"}
    async with database.tenant(TENANT) as tx:
        new, old = await list_facts(tx, TENANT, TG)
    assert (new.text, new.until) == ("Lyon", None)
    assert (old.text, old.since, old.until) == ("Paris", NOW, NOW + timedelta(hours=2))
    assert (old.source, old.source_seq, old.slot) == (STREAM, 3, "home")


async def test_who_ended_it_is_written_down(engine: asyncpg.Connection, owner_connection: asyncpg.Connection) -> None:
    await apply(engine, fact("Paris"), fact("Lyon", hours=1))
    assert await owner_connection.fetchval(
        "SELECT o.ended_by = n.fact_id FROM facts o, facts n WHERE o.text = 'Paris' AND n.text = 'Lyon'"
    )


async def test_what_was_said_before_something_newer_does_not_overtake_it(
    engine: asyncpg.Connection, database: Database
) -> None:
    await apply(engine, fact("Lyon", hours=2), fact("Paris", hours=1))
    assert await texts(database) == {"Lyon"}


async def test_a_slot_of_many_ends_only_what_it_is_told(engine: asyncpg.Connection, database: Database) -> None:
    await apply(
        engine,
        fact("vegetarian", slot="diet"),
        fact("halal", slot="diet"),
        fact("vegan", slot="diet", hours=1, ends=("vegetarian",)),
    )
    assert await texts(database) == {"halal", "vegan"}
    await apply(
        engine,
        EndFacts(contact_id=TG, slot="diet", keys=("vegan",), until=NOW + timedelta(hours=2), source_seq=4),
        fact("vegan", slot="diet", hours=1),  # a slow model tells of the same message
    )
    assert await texts(database) == {"halal"}
    await apply(engine, EndFacts(contact_id=TG, slot="diet", keys=(), until=NOW + timedelta(hours=3), source_seq=5))
    assert await texts(database) == set()


async def test_some_facts_are_deleted_those_that_ended_too(
    engine: asyncpg.Connection, owner_connection: asyncpg.Connection
) -> None:
    await link(engine)
    await apply(engine, fact("Paris"), fact("Lyon", hours=1), fact("Paris", WA, slot="likes"))
    await apply(engine, ForgetFacts(contact_id=WA, facts=(("home", "paris"),)))
    assert {row[0] for row in await owner_connection.fetch("SELECT slot || text FROM facts")} == {
        "homeLyon", "likesParis",
    }  # fmt: skip


async def test_nobody_fills_the_table_by_talking(
    engine: asyncpg.Connection, owner_connection: asyncpg.Connection
) -> None:
    await apply(engine, *(fact(f"thing {n}", slot="other") for n in range(160)))
    assert await owner_connection.fetchval("SELECT count(*) FROM facts") == 150


async def test_linked_contacts_are_one_person(engine: asyncpg.Connection, database: Database) -> None:
    await apply(
        engine,
        fact("Paris"),
        fact("nuts", slot="allergy"),
        SetPreference(contact_id=TG, name="channel", value="telegram", since=NOW),
        SetPreference(contact_id=WA, name="channel", value="whatsapp", since=NOW + timedelta(hours=1)),
        CountHabits(contact_id=TG, counts={"channel:telegram": 3, "hour:9": 3, "topic:Bread": 1}, since=NOW),
        CountHabits(contact_id=WA, counts={"channel:whatsapp": 1, "hour:20": 1}, since=NOW),
        CountHabits(contact_id=WA, counts={"channel:whatsapp": 1, "hour:9": 1}, since=NOW),
    )
    assert await texts(database, WA) == set()
    await link(engine)
    of_wa, of_tg = await person(database, WA), await person(database, TG)
    assert of_wa.contact_ids == (WA, TG) and of_tg.contact_ids == (TG, WA)
    assert {each.text for each in of_wa.facts} == {"Paris", "nuts"}
    assert (of_wa.name, of_wa.language) == ("Ana B.", "fr") and (of_tg.name, of_tg.language) == ("Ana", "fr")
    assert of_wa.preferences == {"channel": "whatsapp"}
    assert of_wa.habits == {
        "hours": "9, 20", "channel": "telegram", "topics": "Bread", "messages": "5",
    }  # fmt: skip
    assert {(each.channel, each.stream_id) for each in of_wa.conversations} == {
        ("telegram", conversation_id(TENANT, AccountId(1), "77")),
        ("whatsapp", conversation_id(TENANT, AccountId(2), "4917")),
    }
    await apply(engine, fact("Lyon", WA, hours=1))
    assert await texts(database, TG) == {"Lyon", "nuts"}
    await apply(engine, Unlink(contact_id=WA))
    assert await texts(database, WA) == {"Lyon"} and await texts(database, TG) == {"nuts"}
    assert (await person(database, TG)).contact_ids == (TG,)


async def test_a_code_is_used_once_by_another_channel_in_time(engine: asyncpg.Connection, database: Database) -> None:
    opening = OpenLinkCode(contact_id=TG, channel="telegram", code=CODE, expires_at=NOW + timedelta(days=1))
    redeeming = RedeemLink(contact_id=WA, code=CODE, opened_by=TG)

    async def found(contact: ContactId, channel: Any, code: str = CODE) -> bool:
        async with database.tenant(TENANT, readonly=True) as tx:
            return await find_link(tx, TENANT, contact, channel, code) is not None

    with pytest.raises(Stale):
        await apply(engine, redeeming)
    await apply(engine, OpenLinkCode(contact_id=TG, channel="telegram", code="11111111", expires_at=NOW), opening)
    assert await found(WA, "whatsapp") and await found(WA, "whatsapp", " 4821-9037")
    assert not await found(WA, "whatsapp", "11111111")  # replaced
    assert not await found(TG, "telegram") and not await found(contact_id(TENANT, "telegram", "8"), "telegram")
    with pytest.raises(Stale):  # one's own
        await apply(engine, RedeemLink(contact_id=TG, code=CODE, opened_by=TG))
    await apply(engine, redeeming)
    assert not await found(contact_id(TENANT, "whatsapp", "9"), "whatsapp")
    with pytest.raises(Stale):  # used
        await apply(engine, redeeming)
    await apply(engine, OpenLinkCode(contact_id=TG, channel="telegram", code=CODE, expires_at=NOW - timedelta(1)))
    assert not await found(WA, "whatsapp")
    with pytest.raises(Stale):  # expired
        await apply(engine, redeeming)


async def test_after_some_wrong_codes_even_the_right_one_is_refused_for_an_hour(
    engine: asyncpg.Connection, database: Database, owner_connection: asyncpg.Connection
) -> None:
    await apply(
        engine,
        OpenLinkCode(contact_id=TG, channel="telegram", code=CODE, expires_at=NOW + timedelta(days=1)),
        *(CountLinkTry(contact_id=WA) for _ in range(LINK_TRIES)),
    )
    async with database.tenant(TENANT, readonly=True) as tx:
        assert await find_link(tx, TENANT, WA, "whatsapp", CODE) is None
    with pytest.raises(Stale):
        await apply(engine, RedeemLink(contact_id=WA, code=CODE, opened_by=TG))
    await owner_connection.execute("UPDATE link_tries SET since = since - interval '61 minutes'")
    await apply(engine, CountLinkTry(contact_id=WA))
    assert await owner_connection.fetchval("SELECT tries FROM link_tries") == 1
    await apply(engine, RedeemLink(contact_id=WA, code=CODE, opened_by=TG))


async def test_to_forget_is_to_delete_on_every_linked_channel(
    engine: asyncpg.Connection, database: Database, owner_connection: asyncpg.Connection
) -> None:
    await link(engine)
    stranger = contact_id(TENANT, "telegram", "8")
    summary = SaveSummary(contact_id=TG, stream_id=STREAM, upto_seq=40, text="About bread.", asked_at=NOW)
    await apply(
        engine,
        fact("Paris"),
        fact("Bonn", stranger),
        SetPreference(contact_id=TG, name="tone", value="short", since=NOW),
        CountHabits(contact_id=TG, counts={"hour:9": 1}, since=NOW),
        summary,
        ForgetPerson(contact_id=WA, at=NOW + timedelta(hours=1)),
        fact("Paris"),  # what a model found in what was said before
        summary,
        SetPreference(contact_id=TG, name="tone", value="short", since=NOW),
        CountHabits(contact_id=WA, counts={"hour:9": 1}, since=NOW),
    )
    known = await person(database)
    assert (known.facts, known.preferences, known.habits) == ((), {}, {})
    assert known.forgotten_at == NOW + timedelta(hours=1)
    assert await texts(database, stranger) == {"Bonn"}
    for table in ("summaries", "preferences", "habits"):
        assert await owner_connection.fetchval(f"SELECT count(*) FROM {table}") == 0
    assert known.contact_ids == (TG, WA)
    await apply(engine, fact("Rome", hours=2))
    assert await texts(database) == {"Rome"}


async def test_to_forget_takes_examples_and_the_titles_of_what_is_closed(
    engine: asyncpg.Connection, owner_connection: asyncpg.Connection
) -> None:
    await link(engine)
    stranger = contact_id(TENANT, "telegram", "8")

    async def open_case(number: int, of: ContactId, *, closed: bool) -> None:
        lease = dataclasses.replace(lease_of(StreamId(UUID(int=number))), kind="case")
        case = SaveCase(
            kind="ticket", reference=f"T-{number}", title=f"words {number}", step="open", contact=of, closed=closed
        )
        async with engine.transaction():
            await apply_change(engine, lease, "telegram", case)

    for number, of, closed in ((11, TG, True), (12, WA, True), (13, TG, False), (14, stranger, True)):
        await open_case(number, of, closed=closed)
    await apply(engine, example(TG), example(WA), example(stranger))
    await apply(engine, ForgetPerson(contact_id=WA, at=NOW))
    titles = await owner_connection.fetch("SELECT reference, title FROM cases ORDER BY 1")
    assert [tuple(row) for row in titles] == [("T-11", ""), ("T-12", ""), ("T-13", "words 13"), ("T-14", "words 14")]
    assert await owner_connection.fetchval("SELECT array_agg(contact_id) FROM training_examples") == [stranger]
    await apply(engine, example(TG))  # forgotten, not silenced
    await apply(engine, SetConsent(contact_id=TG, consent="withdrawn", at=NOW), example(TG), example(WA))
    assert await owner_connection.fetchval("SELECT array_agg(contact_id) FROM training_examples") == [stranger]


async def test_who_withdraws_consent_is_forgotten_and_nothing_is_learnt(
    engine: asyncpg.Connection, database: Database
) -> None:
    await apply(engine, fact("Paris"), SetConsent(contact_id=TG, consent="withdrawn", at=NOW + timedelta(hours=1)))
    later = (
        fact("Lyon", hours=2),
        SetPreference(contact_id=TG, name="tone", value="short", since=NOW + timedelta(hours=2)),
        CountHabits(contact_id=TG, counts={"hour:9": 1}, since=NOW),
        SaveSummary(contact_id=TG, stream_id=STREAM, upto_seq=40, text="Bread.", asked_at=NOW + timedelta(hours=2)),
    )
    await apply(engine, *later)
    known = await person(database)
    assert (known.consent, known.facts, known.preferences, known.habits) == ("withdrawn", (), {}, {})
    async with database.tenant(TENANT) as tx:
        assert await read_summary(tx, TENANT, STREAM) is None
    await link(engine)  # also on a channel that is joined later
    await apply(engine, fact("Lyon", WA, hours=3))
    assert (await person(database, WA)).facts == ()
    await apply(engine, SetConsent(contact_id=WA, consent="given", at=NOW), fact("Lyon", hours=4))
    assert await texts(database) == {"Lyon"} and (await person(database)).consent == "given"


async def test_opting_out_holds_on_every_channel(engine: asyncpg.Connection, database: Database) -> None:
    await apply(engine, SetOptOut(contact_id=TG, kinds=frozenset({"marketing"}), out=True))
    await link(engine)
    assert (await person(database, WA)).opted_out == {"marketing"}
    both = frozenset({"marketing", "reminders"})
    await apply(engine, SetOptOut(contact_id=WA, kinds=both, out=True), Unlink(contact_id=WA))
    assert (await person(database)).opted_out == both
    await apply(engine, SetOptOut(contact_id=TG, kinds=frozenset({"marketing"}), out=False))
    assert (await person(database)).opted_out == {"reminders"}
    assert (await person(database, WA)).opted_out == both


async def test_a_preference_is_replaced_and_taken_back(engine: asyncpg.Connection, database: Database) -> None:
    wish = SetPreference(contact_id=TG, name="tone", value="short", since=NOW)
    await apply(engine, wish, SetPreference(contact_id=TG, name="tone", value="formal", since=NOW))
    assert (await person(database)).preferences == {"tone": "formal"}
    await apply(engine, SetPreference(contact_id=TG, name="tone", value="", since=NOW))
    assert (await person(database)).preferences == {}


async def test_a_summary_is_replaced_only_by_one_that_reaches_further(
    engine: asyncpg.Connection, database: Database
) -> None:
    async def saved(upto: int, text: str) -> tuple[int, str]:
        await apply(
            engine, SaveSummary(contact_id=TG, stream_id=STREAM, upto_seq=upto, text=text, asked_at=NOW)
        )  # fmt: skip
        async with database.tenant(TENANT) as tx:
            found = await read_summary(tx, TENANT, STREAM)
        assert found is not None and found.stream_id == STREAM
        return found.upto_seq, found.text

    assert await saved(40, "one") == (40, "one")
    assert await saved(30, "older") == (40, "one")
    assert await saved(40, "same") == (40, "one")
    assert await saved(80, "two") == (80, "two")


async def test_what_was_said_after_a_place(
    engine: asyncpg.Connection, database: Database, owner_connection: asyncpg.Connection
) -> None:
    for seq in range(1, 6):
        await owner_connection.execute(
            "INSERT INTO messages (tenant_id, stream_id, seq, n, author, text, at) "
            "VALUES (2, $1, $2, 0, 'customer', $3, $4)",
            STREAM, seq, f"words {seq}", NOW + timedelta(hours=seq),
        )  # fmt: skip
    async with database.tenant(TENANT, readonly=True) as tx:
        found = await list_said(tx, TENANT, STREAM, after_seq=1, upto_seq=4, limit=2, longest_text=5)
        assert [(each.seq, each.message.text) for each in found] == [(2, "words"), (3, "words")]
        later = NOW + timedelta(hours=3)
        found = await list_said(tx, TENANT, STREAM, after_seq=0, upto_seq=9, limit=9, longest_text=99, since=later)
        assert [each.seq for each in found] == [4, 5]
