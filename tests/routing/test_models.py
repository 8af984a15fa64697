"""A call from the turn to the vendors and back: who is asked, what it costs, and what happens when things go wrong."""

import asyncio
from dataclasses import replace
from itertools import pairwise

import pytest
from aiohttp import web
from pydantic import BaseModel

from core.errors import Exhausted, LimitReached, Misconfigured, Rejected, StewardError, Transient
from core.models import ChatMessage, Picture
from db.cache import Redis
from db.database import Database, Transaction
from routing.asking import MOST_REQUESTS
from routing.breakers import OPENS_AFTER
from routing.keys import Access
from tenants.models import ModelCard, ModelPolicy, ProviderName
from tests.routing.brains import (
    HAIKU,
    LLAMA,
    LUNA,
    OTHER,
    SMALL,
    SONNET,
    TENANT,
    TERRA,
    Brains,
    ask,
    everywhere,
    open_brains,
    serve,
    spending,
)
from tests.support.aimock import AiMock
from tests.support.clocks import HandClock

ALL = (LLAMA, SMALL, HAIKU, SONNET, LUNA, TERRA)
GROQ_ONLY = ModelPolicy(allowed=("groq/llama-3.3-70b-versatile",))
TWO = ModelPolicy(allowed=("groq/llama-3.3-70b-versatile", "anthropic/claude-haiku-5-5"))


class Hours(BaseModel):
    opens: str


async def asked(aimock: AiMock) -> list[str]:
    return [request.model for request in await aimock.requests()]


async def test_an_answer_is_paid_by_the_providers_own_count_and_its_reasons_are_kept(
    brains: Brains, aimock: AiMock
) -> None:
    await aimock.says("At eight.", input_tokens=1_000_000, output_tokens=1_000_000, model=LLAMA)
    reply = await brains.ask(policy=GROQ_ONLY)
    assert (reply.text, reply.model) == ("At eight.", f"groq/{LLAMA}")
    assert reply.cost.micros == 590_000 + 790_000
    (row,) = await brains.rows()
    assert (row["status"], row["cost_micros"], row["input_tokens"]) == ("settled", 1_380_000, 1_000_000)
    assert row["decision"]["order"][0]["model"] == f"groq/{LLAMA}"
    assert row["decision"]["difficulty"] == reply.difficulty
    assert await brains.sums() == (0, 1_380_000)


async def test_an_easy_question_goes_to_a_cheap_model(brains: Brains, aimock: AiMock) -> None:
    await aimock.says("At eight.")
    reply = await brains.ask()
    assert reply.model in {f"groq/{LLAMA}", f"groq/{SMALL}", f"anthropic/{HAIKU}", f"openai/{LUNA}"}
    assert len(await asked(aimock)) == 1


async def test_pictures_go_to_who_can_see_them(brains: Brains, aimock: AiMock) -> None:
    await aimock.says("A cat.")
    dot = Picture(mime="image/png", data=b"\x89PNG\r\n\x1a\n")
    message = ChatMessage(role="user", content="What is this?", pictures=(dot,))
    reply = await brains.ask(ask().__class__(messages=(message,), max_output_tokens=50, deadline=ask().deadline))
    assert not reply.model.startswith("groq/")
    (row,) = await brains.rows()
    assert row["kind"] == "vision"
    assert row["decision"]["left_out"][f"groq/{LLAMA}"] == "sees no pictures"


async def test_when_one_provider_is_down_another_answers_and_each_is_visited_once(
    brains: Brains, aimock: AiMock
) -> None:
    await aimock.fails(500, model=HAIKU)
    await aimock.says("At eight.", model=LLAMA)
    reply = await brains.ask(policy=TWO)
    assert reply.model == f"groq/{LLAMA}"
    models = await asked(aimock)
    assert models[-1] == LLAMA and len(models) <= MOST_REQUESTS
    assert models == sorted(models, key=[HAIKU, LLAMA].index), "nobody is gone back to"
    assert {row["status"] for row in await brains.rows()} == {"released", "settled"}


async def test_at_most_four_requests_leave_for_one_call(brains: Brains, aimock: AiMock) -> None:
    for model in ALL:
        await aimock.fails(503, model=model)
    with pytest.raises(Transient, match="in time"):
        await brains.ask()
    assert len(await asked(aimock)) <= MOST_REQUESTS
    assert await brains.sums() == (0, 0)


async def test_a_lone_model_is_asked_again_after_a_pause(brains: Brains, aimock: AiMock) -> None:
    await aimock.add({"error": {"message": "busy", "type": "e"}, "status": 500}, model=LLAMA, nth=0)
    await aimock.says("At eight.", model=LLAMA)
    before = brains.clock.monotonic()
    reply = await brains.ask(policy=GROQ_ONLY)
    assert reply.text == "At eight."
    assert 0 < brains.clock.monotonic() - before < 10


async def test_an_asked_pause_is_kept_by_the_next_call_too(brains: Brains, aimock: AiMock) -> None:
    await aimock.fails(429, model=HAIKU, retry_after=30)
    await aimock.says("At eight.", model=LLAMA)
    for _ in range(2):
        assert (await brains.ask(policy=TWO)).model == f"groq/{LLAMA}"
    assert (await asked(aimock)).count(HAIKU) == 1


async def test_the_breaker_opens_and_one_probe_closes_it(brains: Brains, aimock: AiMock, redis: Redis) -> None:
    await aimock.fails(500, model=LLAMA, retry_after=0)
    while True:
        with pytest.raises(Transient):
            await brains.ask(policy=GROQ_ONLY)
        sent = len(await asked(aimock))
        if sent >= OPENS_AFTER:
            break
    with pytest.raises(Transient):
        await brains.ask(policy=GROQ_ONLY)
    assert len(await asked(aimock)) == sent, "an open breaker lets nothing through"
    await aimock.clear()
    await aimock.says("At eight.", model=LLAMA)
    await aimock.chaos(latency_ms=300)  # the probe is still under way when the others ask
    (key,) = await redis.keys("b:*")
    await redis.hset(key, "open_until", "1")
    brains.clock.advance(600)
    outcomes = await asyncio.gather(*(brains.ask(policy=GROQ_ONLY) for _ in range(10)), return_exceptions=True)
    assert [each.text for each in outcomes if not isinstance(each, BaseException)] == ["At eight."]
    assert all(isinstance(each, StewardError) for each in outcomes if isinstance(each, BaseException))
    assert len(await asked(aimock)) == sent + 1, "one probe"
    assert (await brains.ask(policy=GROQ_ONLY)).text == "At eight."


async def test_a_reply_of_another_shape_is_paid_and_asked_anew(brains: Brains, aimock: AiMock) -> None:
    await aimock.says('{"closes": "18:00"}', model=LLAMA, input_tokens=1000, output_tokens=10, nth=0)
    await aimock.says('{"opens": "08:00"}', model=LLAMA, input_tokens=1000, output_tokens=10)
    reply = await brains.ask(ask(schema=Hours), GROQ_ONLY)
    assert reply.value == Hours(opens="08:00")
    rows = await brains.rows()
    assert [(row["status"], row["error"]) for row in rows] == [("settled", "BadReply"), ("settled", "")]
    assert reply.cost.micros == sum(row["cost_micros"] for row in rows)


async def test_broken_bytes_count_as_spent_in_the_worst_case(brains: Brains, aimock: AiMock) -> None:
    await aimock.says("At eight.", model=LLAMA)
    await aimock.chaos(malformed=1.0)
    with pytest.raises(Transient):
        await brains.ask(policy=GROQ_ONLY)
    rows = await brains.rows()
    assert rows and all(row["cost_micros"] == row["reserved_micros"] > 0 for row in rows)
    assert {row["price_basis"] for row in rows} == {"presumed: the worst case"}


async def test_a_cancelled_turn_leaves_nothing_reserved_and_no_spend_lost(
    database: Database, redis: Redis, owner_connection: Transaction
) -> None:
    arrived = asyncio.Event()

    async def stall(request: web.Request) -> web.Response:
        await request.read()
        arrived.set()
        await asyncio.Event().wait()
        raise AssertionError("nobody ends the wait")

    async with serve(stall) as url, open_brains(database, redis, owner_connection, {"groq": url}) as brains:
        task = asyncio.create_task(brains.ask(policy=GROQ_ONLY))
        await arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await brains.ledger.drain()
        (row,) = await brains.rows()
        assert (row["status"], row["error"]) == ("settled", "CancelledError")
        assert await brains.sums() == (0, row["reserved_micros"])


async def test_who_waits_for_a_model_that_stalls_is_not_kept_waiting_with_it_twice(
    database: Database, redis: Redis, owner_connection: Transaction, aimock: AiMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("routing.asking._LEAST_PATIENCE", 0.1)
    monkeypatch.setattr("routing.asking._USUAL_TIMES", 0.0)
    await aimock.says("At eight.", model=LLAMA)
    clocks: list[HandClock] = []

    async def stall(request: web.Request) -> web.Response:
        await request.read()
        clocks[0].advance(1)
        await asyncio.Event().wait()
        raise AssertionError("nobody ends the wait")

    async with serve(stall) as url:
        vendors: dict[ProviderName, str] = {"anthropic": url, "groq": aimock.groq_url}
        async with open_brains(database, redis, owner_connection, vendors) as brains:
            clocks.append(brains.clock)
            assert (await brains.ask(policy=TWO)).text == "At eight."
            tries = [(row["model"], row["error"]) for row in await brains.rows()]
            assert tries == [(HAIKU, "Interrupted"), (LLAMA, "")]


async def test_chaos_ends_every_call_in_an_answer_or_one_of_our_errors(brains: Brains, aimock: AiMock) -> None:
    await aimock.says("At eight.")
    await aimock.chaos(drop=0.2, malformed=0.15, rate_limited=0.2, disconnect=0.1)
    outcomes = await asyncio.gather(*(brains.ask() for _ in range(60)), return_exceptions=True)
    answers = [each for each in outcomes if not isinstance(each, BaseException)]
    assert all(isinstance(each, StewardError) for each in outcomes if isinstance(each, BaseException))
    assert len(answers) > 20
    attempts = await brains.owner.fetch("SELECT count(*) FROM ledger GROUP BY call_id")
    assert max(row[0] for row in attempts) <= MOST_REQUESTS
    assert await brains.owner.fetchval("SELECT count(*) FROM ledger WHERE status = 'reserved'") == 0
    reserved, spent = await brains.sums()
    assert reserved == 0
    assert spent == await brains.owner.fetchval("SELECT sum(cost_micros) FROM ledger")


async def test_a_limit_steps_down_to_what_it_still_allows(brains: Brains, aimock: AiMock) -> None:
    await aimock.says("At eight.")
    policy = ModelPolicy(quality="best", allowed=("anthropic/claude-sonnet-5-5", "groq/llama-3.1-8b-instant"))
    hard = ask("x " * 4_000)
    assert (await brains.ask(hard, policy)).model == f"anthropic/{SONNET}"
    await brains.limit(2_000)
    assert (await brains.ask(hard, policy)).model == f"groq/{SMALL}"
    assert [row["status"] for row in await brains.rows()] == ["settled", "refused", "settled"]


async def test_at_the_limit_nothing_leaves_and_the_error_says_which(brains: Brains, aimock: AiMock) -> None:
    await brains.limit(10)
    with pytest.raises(LimitReached, match="month's budget"):
        await brains.ask()
    assert await asked(aimock) == []
    assert await brains.sums() == (0, 0)
    await aimock.says("At eight.")
    assert (await brains.ask(tenant=OTHER)).text == "At eight.", "another tenant's money is another's"


async def test_what_must_still_be_said_is_left(brains: Brains, aimock: AiMock) -> None:
    await aimock.says("At eight.")
    await brains.limit(1_000)
    with pytest.raises(LimitReached):
        await brains.ask(policy=GROQ_ONLY, keep_free="0.9")
    assert (await brains.ask(policy=GROQ_ONLY)).text == "At eight."


async def test_a_model_without_a_price_is_refused_and_says_so(brains: Brains, aimock: AiMock) -> None:
    mystery = ModelCard(provider="groq", model="mystery-1")
    with pytest.raises(Misconfigured, match="groq/mystery-1: price unknown"):
        await brains.ask(policy=ModelPolicy(allowed=("groq/mystery-1",), add=(mystery,)))
    assert await asked(aimock) == []
    assert [(row["status"], row["error"]) for row in await brains.rows()] == [("refused", "NoModel")]
    await aimock.says("At eight.", input_tokens=1_000_000, output_tokens=0)
    priced = mystery.model_copy(update={"usd_input": 2, "usd_output": 3})
    reply = await brains.ask(policy=ModelPolicy(allowed=("groq/mystery-1",), add=(priced,)))
    assert reply.cost.micros == 2_000_000


async def test_an_account_without_credit_is_no_budget_of_ours(brains: Brains, aimock: AiMock) -> None:
    await aimock.fails(429, model=LLAMA, code="insufficient_quota")
    with pytest.raises(Exhausted) as caught:
        await brains.ask(policy=GROQ_ONLY)
    assert not isinstance(caught.value, LimitReached)


async def test_what_is_too_long_for_one_is_asked_of_another(brains: Brains, aimock: AiMock) -> None:
    await aimock.fails(400, model=LLAMA, code="context_length_exceeded")
    await aimock.says("At eight.", model=HAIKU)
    assert (await brains.ask(policy=TWO)).model == f"anthropic/{HAIKU}"
    with pytest.raises(Rejected):
        await brains.ask(policy=GROQ_ONLY)


async def test_a_conversation_stays_with_its_model_while_its_prompt_is_cached(brains: Brains, aimock: AiMock) -> None:
    await aimock.says("At eight.")
    long = ask("How? " * 700)
    first = await brains.ask(long)
    second = await brains.ask(long)
    assert second.model == first.model
    decision = (await brains.rows())[1]["decision"]
    assert decision["order"][0]["cached_tokens"] > 0
    brains.clock.advance(400)
    await brains.ask(long)
    assert "cached_tokens" not in (await brains.rows())[2]["decision"]["order"][0]


async def test_outcomes_of_a_tenant_change_its_choice_only(brains: Brains, aimock: AiMock) -> None:
    await aimock.says("At eight.")
    usual = (await brains.ask()).model
    await brains.owner.executemany(
        "INSERT INTO model_outcomes (tenant_id, model, difficulty, good, bad) VALUES (2, $1, $2, 0, 200)",
        [(usual, difficulty) for difficulty in range(5)],
    )
    brains.clock.advance(400)
    assert (await brains.ask()).model != usual
    assert (await brains.ask(tenant=OTHER)).model == usual


async def test_one_tenants_bad_key_is_its_own_affair(
    database: Database, redis: Redis, owner_connection: Transaction, aimock: AiMock
) -> None:
    async def refuse(request: web.Request) -> web.Response:
        return web.json_response({"error": {"message": "Invalid API Key", "type": "invalid_request_error"}}, status=401)

    await aimock.says("At eight.")
    async with serve(refuse) as elsewhere:
        own = {TENANT: {"groq": Access(provider="groq", key="expired", base_url=elsewhere, own=True)}}
        async with open_brains(database, redis, owner_connection, everywhere(aimock), own) as brains:
            for _ in range(OPENS_AFTER + 1):
                with pytest.raises(Misconfigured, match="key for Groq was refused"):
                    await brains.ask(policy=GROQ_ONLY)
                assert (await brains.ask(policy=GROQ_ONLY, tenant=OTHER)).text == "At eight."
            assert [(tenant, provider) for tenant, provider, _ in brains.refused] == [(TENANT, "groq")]
            assert (await brains.ask()).text == "At eight.", "the other providers are the operator's"


async def test_without_any_key_there_is_no_model(
    database: Database, redis: Redis, owner_connection: Transaction
) -> None:
    async with open_brains(database, redis, owner_connection, {}) as brains:
        turn = await brains.models.for_turn(spending(), ModelPolicy())
        assert not turn.available
        with pytest.raises(Misconfigured, match="none is set up"):
            await turn.reply(ask())


async def test_what_costs_more_than_was_refused_does_not_ask_again(brains: Brains, aimock: AiMock) -> None:
    await brains.limit(1)
    with pytest.raises(LimitReached):
        await brains.ask()
    wanted = [row["reserved_micros"] for row in await brains.rows()]
    assert wanted == sorted(set(wanted), reverse=True), "each refusal is of less than the one before"
    assert len(wanted) < len(ALL)


async def test_it_says_how_well_the_prices_are_known(brains: Brains) -> None:
    async def prices(policy: ModelPolicy) -> str:
        return (await brains.models.for_turn(spending(), policy)).prices

    assert await prices(GROQ_ONLY) == "exact"
    relative = ModelCard(provider="groq", model="claude-sonnet-5-5")
    assert await prices(ModelPolicy(allowed=("groq/claude*",), add=(relative,))) == "estimated"
    own = ModelCard(provider="groq", model="own", usd_input=0, usd_output=0)
    assert await prices(ModelPolicy(allowed=("groq/own",), add=(own,))) == "free"


async def test_a_tenants_own_money_trouble_leaves_everybodys_key_alone(brains: Brains, aimock: AiMock) -> None:
    await aimock.says("At eight.")
    rubles = replace(spending(), currency="RUB")
    turn = await brains.models.for_turn(rubles, GROQ_ONLY)
    with pytest.raises(Misconfigured, match="exchange rate of RUB"):
        await turn.reply(ask())
    assert (await brains.ask(policy=GROQ_ONLY, tenant=OTHER)).text == "At eight."
    rows = await brains.rows()
    assert [row["status"] for row in rows] == ["refused", "settled"], "the decision is kept all the same"
    assert rows[0]["decision"]["order"]


async def test_a_model_that_the_key_may_not_use_leaves_the_key_alone(brains: Brains, aimock: AiMock) -> None:
    await aimock.fails(403, model=SMALL, code="model_not_found")
    await aimock.says("At eight.")
    locked = ModelPolicy(allowed=(f"groq/{SMALL}",))
    with pytest.raises(Misconfigured):
        await brains.ask(policy=locked)
    assert (await brains.ask(policy=GROQ_ONLY, tenant=OTHER)).text == "At eight."


async def test_words_that_make_a_model_run_on_do_not_take_it_from_others(brains: Brains, aimock: AiMock) -> None:
    await aimock.says("and so on and on", model=LLAMA, finish="length", when="run on")
    await aimock.says("At eight.", model=LLAMA)
    for _ in range(OPENS_AFTER):
        with pytest.raises(Transient):
            await brains.ask(ask("Please run on"), GROQ_ONLY)
    assert len(await asked(aimock)) == 2 * OPENS_AFTER, "cut off twice is enough"
    assert (await brains.ask(policy=GROQ_ONLY, tenant=OTHER)).text == "At eight."


async def test_after_one_providers_failure_another_provider_is_next(brains: Brains, aimock: AiMock) -> None:
    for model in (SONNET, HAIKU):
        await aimock.fails(500, model=model)
    await aimock.says("At eight.")
    policy = ModelPolicy(quality="best", allowed=("anthropic/*", "openai/*", "groq/*"))
    for text in ("When do you open?", "x " * 4_000):
        assert not (await brains.ask(ask(text), policy)).model.startswith("anthropic/")
    models = await asked(aimock)
    assert max(models.count(model) for model in set(models)) <= 2
    assert not any(one in (SONNET, HAIKU) and two in (SONNET, HAIKU) for one, two in pairwise(models))


async def test_what_was_declined_is_paid(brains: Brains, aimock: AiMock) -> None:
    await aimock.says("I cannot", model=LLAMA, finish="content_filter", input_tokens=1_000_000, output_tokens=0)
    with pytest.raises(Rejected):
        await brains.ask(policy=GROQ_ONLY)
    (row,) = await brains.rows()
    assert (row["status"], row["error"], row["cost_micros"]) == ("settled", "Declined", 590_000)
