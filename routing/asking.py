"""One call, to the end: targets in the router's order, each visited once; the only owner of retries, and of the bill.

At most four requests leave for one call, all within one deadline. Each has a row of the ledger of its own: reserved
before it leaves, settled with the provider's count after. Where the provider's count did not arrive and it may bill all
the same (a broken stream, a time-out, a cancelled turn), what was reserved is presumed spent.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import structlog
from pydantic import BaseModel

from core.clock import Clock
from core.errors import Exhausted, LimitReached, Misconfigured, Rejected, StewardError, Transient
from core.ids import TenantId
from core.models import ModelReply, ModelRequest, TokenUsage
from core.money import Money
from core.spending import Attempt, Cost, PaidUsage, Spending
from core.tokens import family_of
from db.breakers import Admission
from routing.breakers import Breakers
from routing.errors import BadReply, Busy, Declined, Interrupted, NoSuchModel
from routing.health import Health
from routing.keys import Access, Keyring
from routing.ledger import Hold, Ledger
from routing.prices import Price
from routing.prompts import cache_key, input_tokens, read_value
from routing.provider import Completion, Prompt
from routing.router import Choice, Ranked
from tenants.models import ModelCard

MOST_REQUESTS = 4
"""That leave for one call, whatever goes wrong."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.3, 4.0
"""Seconds: full jitter below a bound that doubles."""
_LEAST_SECONDS = 0.5
"""With less time than that left, no request is sent."""
_SHARE = 0.6
"""Of the time that is left, for a model with others in line behind it: a stalled one must leave them theirs."""
_USUAL_TIMES, _LEAST_PATIENCE = 5.0, 4.0
"""And while somebody waits, no longer than that many times what it usually takes, or that many seconds."""
_TIMED_OUT = 0.95
"""Of its deadline: whatever took that long ended by it."""
Sleep = Callable[[float], Awaitable[None]]
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    card: ModelCard
    access: Access
    price: Price | None
    """None: nobody knows it, and the model is not asked."""
    health: Health
    breaker: str
    half_open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    call_id: UUID
    request: ModelRequest
    choice: Choice
    targets: Mapping[str, Target]
    spending: Spending
    keep_free: Decimal = Decimal(0)
    """The share of a limit that this call must leave."""


class _OwnTrouble(Exception):
    """Ours and not a model's: the next model would meet it too."""

    def __init__(self, error: StewardError) -> None:
        super().__init__(str(error))
        self.error = error


@dataclass(slots=True)
class _Progress:
    until: float
    sent: int = 0
    attempts: int = 0
    cost_micros: int = 0
    too_dear: tuple[int, LimitReached] | None = None
    """The cheapest worst case, in micro-dollars, that a limit has refused: what costs more need not ask."""
    errors: list[StewardError] = field(default_factory=list[StewardError])

    def verdict(self) -> StewardError:
        """What the caller should know of a call that got no answer: a limit first, then what a person can mend."""
        for kind in (LimitReached, Exhausted, Transient, Misconfigured, Rejected):
            if (found := next((e for e in self.errors if isinstance(e, kind)), None)) is not None:
                return found if kind is not Transient else Transient("No model answered in time")
        return Transient("No model answered in time")


class Asker:
    def __init__(
        self,
        *,
        ledger: Ledger,
        breakers: Breakers,
        keyring: Keyring,
        clock: Clock,
        sleep: Sleep = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._ledger = ledger
        self._breakers = breakers
        self._keyring = keyring
        self._clock = clock
        self._sleep = sleep
        self._chance = chance
        self._used: dict[TenantId, float] = {}

    def budget_used(self, tenant: TenantId) -> float:
        """The largest share of any limit of the tenant that was spent or reserved at its last call."""
        return self._used.get(tenant, 0.0)

    async def ask(self, call: Call) -> ModelReply:
        """Raises LimitReached and Exhausted, Transient, Misconfigured, Rejected."""
        progress = _Progress(self._clock.monotonic() + call.request.deadline.total_seconds())
        line = list(call.choice.ranked)
        try:
            while line:
                ranked = line.pop(0)
                reply = await self._visit(call, ranked, progress, last=not line)
                if reply is not None:
                    return reply
                if isinstance(progress.errors[-1] if progress.errors else None, Busy | Interrupted):
                    # Its neighbours may be down with it: the other providers first.
                    line.sort(key=lambda each: each.card.provider == ranked.card.provider)
        except _OwnTrouble as trouble:
            progress.errors = [trouble.error]
        error = progress.verdict()
        if not progress.attempts:
            await self.tell_why(call, type(error).__name__)
        raise error

    async def _visit(self, call: Call, ranked: Ranked, progress: _Progress, *, last: bool) -> ModelReply | None:
        """All that is tried with one model: once with others in line, else as often as there is room. None: go on."""
        target = call.targets[ranked.card.name]
        for tries in range(1, (MOST_REQUESTS if last else 1) + 1):
            left = progress.until - self._clock.monotonic()
            if progress.sent >= MOST_REQUESTS or left < _LEAST_SECONDS:
                return None
            try:
                return await self._try(call, target, progress, left if last else self._patience(call, target, left))
            except Transient as error:
                progress.errors.append(error)
                if not last or (isinstance(error, BadReply) and tries > 1):
                    return None
                pause = self._pause(error, tries)
                if pause >= progress.until - self._clock.monotonic():
                    return None
                await self._sleep(pause)
            except StewardError as error:
                progress.errors.append(error)
                return None
        return None

    async def tell_why(self, call: Call, error: str) -> None:
        """Nothing was even reserved: the ledger keeps the decision all the same, for `trace`."""
        attempt = Attempt(
            call_id=call.call_id, kind="chat", provider="", model="", deadline=call.request.deadline,
            decision=call.choice.told(),
        )  # fmt: skip
        try:
            await self._ledger.refuse(call.spending, attempt, error)
        except StewardError:
            _log.warning("decision_not_kept", tenant=call.spending.tenant_id)

    def _patience(self, call: Call, target: Target, left: float) -> float:
        """Seconds for one request to a model that has others in line behind it."""
        if call.request.urgency == "background":
            return left * _SHARE
        return min(left * _SHARE, max(_LEAST_PATIENCE, _USUAL_TIMES * target.health.seconds))

    def _pause(self, error: Transient, tries: int) -> float:
        """Seconds until the same model is asked again."""
        if error.retry_after is not None:
            return error.retry_after.total_seconds()
        return self._chance() * min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**tries)

    async def _try(self, call: Call, target: Target, progress: _Progress, seconds: float) -> ModelReply:
        """One request within `seconds`. Raises what became of it; _OwnTrouble for what no other model would mend."""
        until = self._clock.monotonic() + seconds
        async with target.health.slot(seconds):
            started = self._clock.monotonic()
            deadline = timedelta(seconds=max(_LEAST_SECONDS, until - started))
            hold = await self._reserve(call, target, progress, deadline)
            admission = await self._admit(target, hold)
            progress.sent += 1
            try:
                completion, value = await self._complete(call, target, hold, progress, deadline)
            except StewardError as error:
                took = self._clock.monotonic() - started
                await self._note_failure(call, target, admission, error, fair=_is_fair(target, took, deadline))
                raise
        target.health.succeeded(self._clock.monotonic() - started)
        await self._breakers.succeed(target.breaker, admission)
        return ModelReply(
            text=completion.text, tool_calls=completion.tool_calls, value=value, model=target.card.name,
            usage=completion.usage or TokenUsage(), difficulty=call.choice.need.difficulty,
            cost=Money(micros=progress.cost_micros, currency=call.spending.currency),
        )  # fmt: skip

    async def _admit(self, target: Target, hold: Hold) -> Admission:
        if not target.half_open:
            return Admission.CLOSED
        admission = await self._breakers.admit(target.breaker)
        if admission is Admission.OPEN:
            await self._ledger.release(hold, error="LeftAlone")
            raise Rejected(f"{target.card.name} is left alone for now")
        return admission

    async def _reserve(self, call: Call, target: Target, progress: _Progress, deadline: timedelta) -> Hold:
        request, card = call.request, target.card
        if target.price is None:
            raise Misconfigured(f"No price of {card.name} is known")
        most = input_tokens(request, family_of(card.model), most=True)
        worst = target.price.worst(most, request.max_output_tokens + card.thinking_tokens)
        if progress.too_dear is not None and worst.usd_micros >= progress.too_dear[0]:
            raise progress.too_dear[1]
        attempt = Attempt(
            call_id=call.call_id, number=progress.attempts,
            kind="vision" if call.choice.need.pictures else "chat", provider=card.provider, model=card.model,
            deadline=deadline, decision={} if progress.attempts else call.choice.told(),
        )  # fmt: skip
        progress.attempts += 1
        tenant = call.spending.tenant_id
        try:
            hold = await self._ledger.reserve(call.spending, attempt, worst, keep_free=call.keep_free)
        except LimitReached as error:
            self._used[tenant] = 1.0
            progress.too_dear = (worst.usd_micros, error)
            raise
        except StewardError as error:  # no database, no exchange rate, a budget in another currency
            progress.attempts -= 1
            raise _OwnTrouble(error) from error
        self._used[tenant] = hold.fullest
        return hold

    async def _complete(
        self, call: Call, target: Target, hold: Hold, progress: _Progress, deadline: timedelta
    ) -> tuple[Completion, BaseModel | None]:
        """Sends it, and sees to the bill whatever happens."""
        request, card = call.request, target.card
        prompt = Prompt(
            model=card.model, messages=request.messages, deadline=deadline, tools=request.tools,
            max_output_tokens=request.max_output_tokens + card.thinking_tokens,
            schema=request.schema.model_json_schema() if request.schema else None,
            cache_key=cache_key(f"{call.spending.tenant_id}", request),
        )  # fmt: skip
        try:
            completion = await self._keyring.client(target.access).complete(prompt)
            value = read_value(request, completion)
        except (Interrupted, BadReply, Declined) as error:
            await self._settle(target.price, hold, progress, error.usage, error)
            raise
        except StewardError as error:
            await self._ledger.release(hold, error=type(error).__name__)
            raise
        except BaseException as error:
            # Cancelled, or a bug of ours: the request has left, and it is billed.
            await self._settle(target.price, hold, progress, None, error)
            raise
        await self._settle(target.price, hold, progress, completion.usage, None)
        return completion, value

    async def _settle(
        self,
        price: Price | None,
        hold: Hold,
        progress: _Progress,
        usage: TokenUsage | None,
        error: BaseException | None,
    ) -> None:
        name = type(error).__name__ if error else ""
        cost = _price(price, usage)
        if usage is None or cost is None:
            paid = await self._ledger.settle_presumed(hold, error=name)
        else:
            paid = await self._ledger.settle(hold, cost, PaidUsage(tokens=usage), error=name)
        progress.cost_micros += paid.micros

    async def _note_failure(
        self, call: Call, target: Target, admission: Admission, error: StewardError, *, fair: bool
    ) -> None:
        """What it means for the next request to that model. `fair`: it had the time that it usually needs.

        The breaker is every tenant's. It counts what only the provider can be blamed for: not a reply that one
        customer's words made too long, nor a call whose time was nearly over.
        """
        match error:
            case BadReply():
                target.health.failed()
            case Interrupted() if not fair:
                pass
            case Transient() | Exhausted() | NoSuchModel():
                target.health.failed()
                if isinstance(error, Transient) and error.retry_after is not None:
                    target.health.rest(error.retry_after.total_seconds())
                await self._breakers.fail(target.breaker)
            case Misconfigured():
                await self._keyring.refuse(call.spending.tenant_id, target.access, str(error))
            case _:  # it answered, if only with a no
                await self._breakers.succeed(target.breaker, admission)


def _is_fair(target: Target, took: float, deadline: timedelta) -> bool:
    """A connection that broke early is the provider's doing; a time-out is only where there was time."""
    given = deadline.total_seconds()
    return took < _TIMED_OUT * given or given >= max(_LEAST_PATIENCE, 2 * target.health.seconds)


def _price(price: Price | None, usage: TokenUsage | None) -> Cost | None:
    """None too for a count that cannot be right."""
    if price is None or usage is None:
        return None
    try:
        return price.cost(usage)
    except ValueError:
        return None
