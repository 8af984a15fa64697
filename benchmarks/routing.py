"""What the router and the ledger add to a model's call, and what they make of slow and of failing vendors.

The CPU is that of this process, of PostgreSQL and of Redis, beside the floor of the same run: the vendor's client asked
directly for the same prompt. A tenant with a limit on each of four counters, six models to choose from.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import asyncpg

import routing.asking
import routing.models
from benchmarks.budgets import SCOPES
from benchmarks.ground import MILLI, Ground, Meter, print_table, print_verdict, stand
from benchmarks.parts import REST, Stopwatch
from benchmarks.routing_ladder import measure_answers
from benchmarks.vendors import NAMES, Vendors
from core.clock import SystemClock
from core.ids import StreamId, TenantId
from core.models import ChatMessage, ModelRequest
from core.spending import Spending
from db.breakers import BreakerStore
from db.cache import open_redis
from db.database import APP_ROLE, ENGINE_ROLE, Database, open_pool, url_for_role
from db.migrations import migrate
from routing.asking import Asker
from routing.breakers import Breakers
from routing.catalogue import Catalogue
from routing.clients import Clients
from routing.keys import Access, Keyring
from routing.ledger import Ledger
from routing.models import Models
from routing.outcomes import Outcomes
from routing.prices import Prices
from routing.prompts import cache_key
from routing.provider import Prompt
from tenants.models import ModelPolicy, ProviderName

PASSWORD = "00"
TENANT = TenantId(2)
LIMIT = 10**12
NOTES = """[1-visit.md]
We open at 7:00 from Tuesday to Friday and close at 18:00. On Saturday we are open from 7:30 to 16:00, on Sunday from
8:00 to 13:00. Monday is our day of rest: the ovens are cold and the shop is closed. The first loaves are out a few
minutes before we unlock the door, and the tea counter stops serving half an hour before closing time."""
REQUEST = ModelRequest(
    messages=(
        ChatMessage(role="system", content="You answer a customer of a bakery in a chat, from the notes alone. " * 8),
        ChatMessage(role="system", content="Write in English, warmly, in at most five sentences."),
        ChatMessage(role="user", content=f"<notes>\n{NOTES * 3}\n</notes>\n\n<customer>\nOpen on Sunday?\n</customer>"),
    ),
    max_output_tokens=500,
    deadline=timedelta(seconds=20),
    question="Are you open on Sunday?",
)
Step = Callable[[int], Awaitable[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mind:
    models: Models
    keyring: Keyring
    ledger: Ledger
    breakers: Breakers
    outcomes: Outcomes

    async def ask(self, number: int, policy: ModelPolicy) -> str:
        """As a turn of one of 50 conversations does; who answered."""
        spending = Spending(
            tenant_id=TENANT, stream_id=StreamId(UUID(int=number % 50)), stream_kind="conversation", seq=number,
            agent="general", workflow="conversation", channel="telegram", time_zone="Europe/Dublin", currency="USD",
        )  # fmt: skip
        turn = await self.models.for_turn(spending, policy)
        return (await turn.reply(REQUEST)).model


@asynccontextmanager
async def open_mind(ground: Ground, url: str, vendors: Vendors) -> AsyncGenerator[Mind]:
    access: dict[ProviderName, Access] = {
        name: Access(provider=name, key="k", base_url=vendors.urls[name]) for name in NAMES
    }
    clock = SystemClock()

    async def none_of_their_own(_: TenantId) -> dict[ProviderName, Access]:
        return {}

    async with AsyncExitStack() as stack:
        database = Database(await stack.enter_async_context(open_pool(url, size=8)))
        redis = await stack.enter_async_context(open_redis(ground.redis_url))
        clients = await stack.enter_async_context(Clients())
        keyring = Keyring(access, own=none_of_their_own, open_provider=clients.open, clock=clock)
        stack.push_async_callback(keyring.aclose)
        ledger, breakers = Ledger(database, clock), Breakers(BreakerStore(redis), clock)
        outcomes, prices = Outcomes(database, clock), Prices()
        prices.load()
        models = Models(
            catalogue=Catalogue(access), keyring=keyring, prices=prices, breakers=breakers,
            outcomes=outcomes, clock=clock,
            asker=Asker(ledger=ledger, breakers=breakers, keyring=keyring, clock=clock),
        )  # fmt: skip
        yield Mind(models=models, keyring=keyring, ledger=ledger, breakers=breakers, outcomes=outcomes)


async def spread(step: Step, calls: int, width: int) -> None:
    numbers = iter(range(calls))

    async def work() -> None:
        for number in numbers:
            await step(number)

    await asyncio.gather(*(work() for _ in range(width)))


async def metered(ground: Ground, step: Step, calls: int, width: int) -> dict[str, float]:
    """CPU ms a call by where it went."""
    meter = Meter({"process": time.process_time, "postgres": ground.postgres_cpu, "redis": ground.redis_cpu})
    meter.start()
    await spread(step, calls, width)
    spent = {name: seconds * MILLI / calls for name, seconds in meter.stop().items()}
    return {**spent, "all": sum(spent.values())}


def prompt_for(model: str) -> Prompt:
    """The same as the router makes of it."""
    card = next(card for card in Catalogue(NAMES).cards(ModelPolicy(), ()) if card.name == model)
    return Prompt(
        model=card.model, messages=REQUEST.messages, deadline=REQUEST.deadline,
        max_output_tokens=REQUEST.max_output_tokens + card.thinking_tokens, cache_key=cache_key(f"{TENANT}", REQUEST),
    )  # fmt: skip


async def compare(
    ground: Ground, mind: Mind, policy: ModelPolicy, *, calls: int, rounds: int, widths: Sequence[int]
) -> tuple[list[list[object]], float]:
    """A line for each width, of the least disturbed round of either side. And the most that is added at any width."""
    answered: set[str] = set()

    async def ours(number: int) -> None:
        answered.add(await mind.ask(number, policy))

    await spread(ours, calls // 10, 1)
    model = max(answered)
    provider = mind.keyring.client(mind.keyring.operator[model.partition("/")[0]])
    prompt = prompt_for(model)
    await spread(lambda _: provider.complete(prompt), calls // 10, 1)
    lines: list[list[object]] = []
    added: list[float] = []
    for width in widths:
        pairs = [
            (await metered(ground, lambda _: provider.complete(prompt), calls, width),
             await metered(ground, ours, calls, width))
            for _ in range(rounds)
        ]  # fmt: skip
        base, full = (min((pair[side] for pair in pairs), key=lambda spent: spent["all"]) for side in (0, 1))
        more = {name: full[name] - base[name] for name in full}
        added.append(more["all"])
        worst = max(pair[1]["all"] for pair in pairs) - base["all"]
        lines.append([
            model, width, f"{base['all']:.2f}", f"{full['all']:.2f}", f"{full['all'] / base['all']:.1f}",
            *(f"{more[name]:.2f}" for name in ("process", "postgres", "redis", "all")), f"{worst:.2f}",
        ])  # fmt: skip
    if answered != {model}:
        print(f"  (not only {model} answered: {', '.join(sorted(answered))})")
    return lines, max(added)


async def show_parts(mind: Mind, calls: int) -> None:
    policy = ModelPolicy()
    watch = Stopwatch()
    model = await mind.ask(0, policy)
    client = mind.keyring.client(mind.keyring.operator[model.partition("/")[0]])
    with watch.watch(
        (mind.models, "_read_need", "router: classifier, size of the prompt"),
        (mind.models, "_find_targets", "router: whom there is to ask"),
        (mind.models, "_judge", "router: six candidates and their prices"),
        (routing.models, "choose", "router: the choice"),
        (mind.outcomes, "of", "router: outcomes so far"),
        (mind.breakers, "look", "breakers: look (Redis)"),
        (mind.ledger, "reserve", "ledger: reserve"),
        (mind.ledger, "settle", "ledger: settle"),
        (routing.asking, "input_tokens", "worst case: size of the prompt"),
        (routing.asking, "cache_key", "asker: cache key"),
        (client, "complete", "the vendor's client (the floor)"),
    ):
        watch.start()
        await spread(lambda number: mind.ask(number, policy), calls, 1)
        watch.stop()
    rows = [[name, f"{seconds * MILLI / calls:.3f}"] for name, seconds in watch.seconds.most_common() if name != REST]
    rows.append(["the rest: attempts, bill, deadline", f"{watch.seconds[REST] * MILLI / calls:.3f}"])
    print_table("Where this process's CPU goes, ms a call, one after the other", ("", "ms"), rows)


async def measure_cpu(ground: Ground, vendors: Vendors, *, short: bool) -> bool:
    await migrate(ground.database_url, {APP_ROLE: PASSWORD, ENGINE_ROLE: PASSWORD})
    owner = await asyncpg.connect(ground.database_url)
    await owner.executemany(
        "INSERT INTO budgets (tenant_id, scope, limit_micros, currency, set_by) VALUES ($1, $2, $3, 'USD', 1)",
        [(TENANT, scope, LIMIT) for scope in SCOPES],
    )
    await owner.close()
    calls, rounds = (300, 2) if short else (1500, 3)
    heads = ("", "at once", "floor", "routed", "x", "process", "PostgreSQL", "Redis", "added", "worst round")
    lines: list[list[object]] = []
    async with open_mind(ground, url_for_role(ground.database_url, APP_ROLE, PASSWORD), vendors) as mind:
        first, added = await compare(ground, mind, ModelPolicy(), calls=calls, rounds=rounds, widths=(1, 20))
        lines += first
        for name in NAMES[1:]:
            policy = ModelPolicy(allowed=(f"{name}/*",))
            more, also = await compare(ground, mind, policy, calls=calls // 2, rounds=rounds, widths=(20,))
            lines += more
            added = max(added, also)
        print_table(f"CPU ms a call; the least disturbed of {rounds} rounds of up to {calls} calls", heads, lines)
        met = print_verdict("router and ledger add", added, 3, " ms")
        await show_parts(mind, calls)
    return met


async def run(*, short: bool) -> bool:
    with Vendors() as vendors:
        async with stand() as ground:
            met = await measure_cpu(ground, vendors, short=short)
        async with stand() as ground:
            return await measure_answers(ground, vendors, short=short) and met
