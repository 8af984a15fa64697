"""What is recalled of a person: from every linked channel, nothing that was forgotten, nothing of anybody else."""

import asyncio
import string
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.ids import TenantId
from core.turns import HistoryMessage, Recalled
from memory.histories import PersonHistory
from memory.indexes import Indexes
from memory.people import Asked
from tests.memory.conftest import Store
from tests.memory.people_world import NOW, People, older

SHOP, OTHER = TenantId(2), TenantId(3)
QUESTION = "Which cake did I order for the wedding?"


@pytest.fixture
def people(store: Store) -> People:
    return People(store)


async def test_what_was_said_long_ago_is_found_by_what_is_asked(people: People) -> None:
    ana = await people.add(SHOP, "telegram", "ana")
    await people.say(ana, "I would like to order a lemon cake for my wedding.", days_ago=80)
    await people.say(ana, "Do you have parking?", "My dog is Bruno.", days_ago=50)
    recalled = await people.ask(ana, QUESTION)
    assert older(recalled) == ["I would like to order a lemon cake for my wedding."]
    chosen = recalled.why["history"]["chosen"]  # type: ignore[index, call-overload]
    assert chosen[0]["shares"]["words"] > 0
    assert "cake" not in str(recalled.why)


async def test_the_same_person_on_the_other_channel_once_it_is_linked(people: People) -> None:
    here, there = [await people.add(SHOP, channel, "ana") for channel in ("telegram", "whatsapp")]
    await people.say(here, "I order a lemon cake for my wedding.")
    await people.learn(here, "diet", "eats no nuts")
    assert older(await people.ask(there, QUESTION)) == []
    await people.link(here, there)
    recalled = await people.ask(there, QUESTION)
    assert older(recalled) == ["I order a lemon cake for my wedding."]
    assert recalled.person is not None
    assert [fact.text for fact in recalled.person.facts] == ["eats no nuts"]
    await people.say(here, "Make it two wedding cakes, please, it is a large order.", days_ago=2)
    assert len(older(await people.ask(there, QUESTION))) == 2, "what the other conversation said meanwhile"
    await people.store.owner.execute("DELETE FROM contact_links")
    assert older(await people.ask(there, QUESTION)) == []


async def test_older_messages_stand_in_the_order_of_time_and_not_twice(people: People) -> None:
    ana = await people.add(SHOP, "telegram", "ana")
    said = ["The cake for the wedding: lemon.", "Wedding cake for forty people.", "the cake for the wedding: lemon"]
    await people.say(ana, *said)
    assert older(await people.ask(ana, QUESTION)) == said[:2]
    window = Recalled(recent=(HistoryMessage(author="customer", text=said[1], at=NOW),))
    assert older(await people.ask(ana, QUESTION, window)) == said[:1], "the window shows the last of them"


async def test_what_is_in_the_window_is_not_recalled_again(people: People) -> None:
    ana = await people.add(SHOP, "telegram", "ana")
    await people.say(ana, *(f"Cake number {n} for the wedding." for n in range(30)))
    recent = tuple(HistoryMessage(author="customer", text=f"Cake number {n} for the wedding.", at=NOW)
                   for n in range(10, 30))  # fmt: skip
    found = older(await people.ask(ana, QUESTION, Recalled(recent=recent)))
    assert found == [f"Cake number {n} for the wedding." for n in range(10)]


async def test_small_talk_fades_unless_it_answers(people: People) -> None:
    ana = await people.add(SHOP, "telegram", "ana")
    await people.say(ana, "thanks", days_ago=60)
    await people.say(ana, "Shall the wedding cake be with nuts?", author="bot")
    await people.say(ana, "no")
    assert older(await people.ask(ana, "Did I say thanks or no nuts in the wedding cake?")) == [
        "Shall the wedding cake be with nuts?", "no",
    ]  # fmt: skip


async def test_forgetting_hides_what_was_said_before_at_once(people: People) -> None:
    ana = await people.add(SHOP, "telegram", "ana")
    await people.say(ana, "I order a lemon cake for my wedding.")
    assert older(await people.ask(ana, QUESTION))
    await people.profile(ana, forgotten_at=NOW - timedelta(days=1))
    await people.say(ana, "The wedding cake again: now with pear.", days_ago=0.5)
    window = Recalled(recent=(HistoryMessage(author="customer", text="lemon", at=NOW - timedelta(days=2)),))
    recalled = await people.ask(ana, QUESTION, window)
    assert older(recalled) == ["The wedding cake again: now with pear."]
    assert recalled.recent == ()


async def test_who_does_not_want_to_be_remembered_is_not(people: People) -> None:
    ana = await people.add(SHOP, "telegram", "ana")
    await people.say(ana, "I order a lemon cake for my wedding.")
    await people.profile(ana, consent="withdrawn")
    recalled = await people.ask(ana, QUESTION)
    assert (recalled.older, recalled.summary, recalled.why["consent"]) == ((), "", "withdrawn")


async def test_deleted_messages_are_gone_from_every_process(people: People) -> None:
    ana = await people.add(SHOP, "telegram", "ana")
    await people.say(ana, "I order a lemon cake for my wedding.", "And a pear cake for the wedding of my sister.")
    assert len(older(await people.ask(ana, QUESTION))) == 2
    await people.store.owner.execute("DELETE FROM messages WHERE seq = 1")
    assert older(await people.ask(ana, QUESTION)) == ["And a pear cake for the wedding of my sister."]
    assert len(people.indexes) == 0, "made anew next time"


async def test_a_history_with_gaps_and_a_clock_that_went_back(people: People) -> None:
    ana = await people.add(SHOP, "telegram", "ana")
    await people.say(ana, "A lemon cake for the wedding.", days_ago=-400)  # a clock that was a year ahead
    ana.seq = 90
    await people.say(ana, "Wedding cake: make that two.", days_ago=3000)
    assert set(older(await people.ask(ana, QUESTION))) == {
        "A lemon cake for the wedding.",
        "Wedding cake: make that two.",
    }


ODD = ["", "🥐🥐🥐", "word " * 20_000, "متى يصل كعك الزفاف؟ wedding", "свадебный cake торт 婚礼", "\u202ewedding",
       "we\u200bdd\u200bing ca\u200bke", "x" * 100_000, "?" * 500]  # fmt: skip


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
async def test_odd_words_are_remembered_and_asked_for(people: People, odd: str) -> None:
    ana = await people.add(SHOP, "telegram", "ana")
    await people.say(ana, "A lemon cake for the wedding.", odd)
    assert "A lemon cake for the wedding." in older(await people.ask(ana, QUESTION))
    await people.ask(ana, odd)


async def test_under_a_cap_of_nothing_every_question_reads_anew(store: Store) -> None:
    people = People(store, Indexes[PersonHistory](most_bytes=0))
    ana = await people.add(SHOP, "telegram", "ana")
    await people.say(ana, "A lemon cake for the wedding.")
    for _ in range(2):
        assert older(await people.ask(ana, QUESTION)) == ["A lemon cake for the wedding."]
    assert len(people.indexes) == 0


async def test_the_loop_goes_on_while_a_long_history_is_read(people: People) -> None:
    ana = await people.add(SHOP, "telegram", "ana")
    await people.store.owner.execute(
        "INSERT INTO messages SELECT $1, $2, n, 0, 'customer', 'My note number ' || n || ' about the cake', "
        "$3::timestamptz + n * interval '1 minute' FROM generate_series(1, 3000) n",
        *(SHOP, ana.stream, NOW - timedelta(days=300)),
    )
    ana.seq = 3000
    steps = 0

    async def count() -> None:
        nonlocal steps
        while True:
            steps += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    found = await people.ask(ana, "What was in note number 17?")
    counting.cancel()
    assert "My note number 17 about the cake" in older(found)
    assert steps > 3000 // 128


WORDS = st.lists(st.sampled_from(["cake", "wedding", "order", "lemon", "nuts", "delivery"]), min_size=1, max_size=4)
TALK = st.lists(st.tuples(st.integers(0, 5), WORDS), min_size=6, max_size=14)


@given(talk=TALK, linked=st.sets(st.integers(0, 2)), asker=st.integers(0, 5), question=WORDS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_nothing_is_read_across(
    store: Store, talk: list[tuple[int, list[str]]], linked: set[int], asker: int, question: list[str]
) -> None:
    """Two tenants with three contacts each, of the same names, sharing all words but one: whose canary it is."""
    for table in ("messages", "contacts", "streams", "facts", "contact_links"):
        await store.owner.execute(f"DELETE FROM {table}")
    people = People(store)
    everybody = [
        await people.add(tenant, channel, name)
        for tenant in (SHOP, OTHER)
        for channel, name in (("telegram", "ana"), ("whatsapp", "ana"), ("telegram", "bo"))
    ]
    canaries = [f"canary{letter}" for letter in string.ascii_lowercase[: len(everybody)]]
    for who, words in talk:
        await people.say(everybody[who], f"{' '.join(words)} {canaries[who]}")
    for at, who in enumerate(everybody):
        await people.learn(who, "other", f"fact {canaries[at]}")
    if len(linked) > 1:
        await people.link(*(everybody[at] for at in sorted(linked)))
    own = linked if asker in linked and len(linked) > 1 else {asker}
    for _ in range(2):  # with a cold index and with a warm one
        for at, who in enumerate(everybody):
            recalled = await people.ask(who, " ".join([*question, *canaries]))
            seen = f"{older(recalled)} {recalled.person} {recalled.summary}"
            allowed = {canaries[each] for each in (own if at == asker else linked if at in linked else {at})}
            if len(linked) < 2:
                allowed = {canaries[at]}
            assert {canary for canary in canaries if canary in seen} <= allowed, at
            assert canaries[at] in seen


async def test_a_stream_of_another_tenant_gives_nothing(people: People) -> None:
    """Row-level security stands behind every word, whatever ids one comes with."""
    ana, eve = await people.add(SHOP, "telegram", "ana"), await people.add(OTHER, "telegram", "eve")
    await people.say(ana, "A lemon cake for the wedding.")
    asked = Asked(
        tenant=OTHER, contact=eve.contact, stream=ana.stream, question=QUESTION, before_seq=9, now=NOW, language="en"
    )
    assert (await people.recall.recall(asked, Recalled())).older == ()
