"""The models behind a turn: what it may ask, whom, and on whose money."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal, Never
from uuid import uuid4

import structlog

from core.clock import Clock
from core.errors import Misconfigured, Transient
from core.ids import StreamId
from core.models import ModelReply, ModelRequest, TokenUsage
from core.spending import Spending
from db.breakers import Admission
from routing.asking import Asker, Call, Target
from routing.breakers import Breakers
from routing.catalogue import LOCAL, Catalogue
from routing.classifier import complexity, difficulty
from routing.health import Health
from routing.keys import Access, Keyring
from routing.outcomes import Outcomes
from routing.prices import Price, Prices
from routing.prompts import asked_text, input_tokens
from routing.router import Breaker, Candidate, Need, choose
from tenants.models import ModelCard, ModelPolicy, ProviderName

_log = structlog.get_logger(__name__)
AT_ONCE, AT_ONCE_LOCAL = 32, 4
"""Requests to one model under way at once; a machine of one's own works on few at a time."""
_CACHE_SECONDS = 300.0
"""Providers keep a prompt's beginning for at least that long. Sources: Anthropic and OpenAI, prompt caching, November
2026."""
_CACHED_SHARE = 0.5
"""Of a conversation's last prompt, which begins like the next one."""
_REMEMBERED = 10_000
"""Conversations whose last model is known."""
_TYPICAL_SHARE = 0.5
"""Of the longest reply allowed: what a reply is expected to take."""
_STATES: Mapping[Admission, Breaker] = {
    Admission.CLOSED: "closed", Admission.SUSPECT: "closed", Admission.PROBE: "probe", Admission.OPEN: "open",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Last:
    """What a conversation asked last: its prompt's beginning may still be cached there."""

    model: str
    tokens: int
    at: float


class Models:
    """One for the process; `for_turn` binds it to a tenant's turn."""

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        keyring: Keyring,
        prices: Prices,
        breakers: Breakers,
        outcomes: Outcomes,
        asker: Asker,
        clock: Clock,
    ) -> None:
        self._catalogue = catalogue
        self._keyring = keyring
        self._prices = prices
        self._breakers = breakers
        self._outcomes = outcomes
        self._asker = asker
        self._clock = clock
        self._health: dict[str, Health] = {}
        self._last: OrderedDict[StreamId, _Last] = OrderedDict()

    async def for_turn(
        self, spending: Spending, policy: ModelPolicy, *, keep_free: Decimal = Decimal(0)
    ) -> "TurnModels":
        """`keep_free`: the share of a limit that is left for what must still be said. Never raises: a turn whose keys
        cannot be read has no model.
        """
        try:
            access = await self._keyring.of(spending.tenant_id)
        except (Transient, Misconfigured):
            _log.warning("model_keys_not_read", tenant=spending.tenant_id)
            access: Mapping[ProviderName, Access] = {}
        return TurnModels(self, spending, policy, self._catalogue.cards(policy, access), access, keep_free)

    async def ask(self, turn: "TurnModels", request: ModelRequest) -> ModelReply:
        """Raises as `core.models.ChatModel.reply` does."""
        spending = turn.spending
        targets = await self._find_targets(turn)
        need = self._read_need(spending, request)
        known = await self._outcomes.of(spending.tenant_id)
        candidates = [self._judge(target, state, need, known, spending.stream_id) for target, state in targets]
        call = Call(
            call_id=uuid4(), request=request, choice=choose(need, candidates, turn.policy), spending=spending,
            targets={target.card.name: target for target, _ in targets}, keep_free=turn.keep_free,
        )  # fmt: skip
        if not call.choice.ranked:
            await self._refuse(call)
        reply = await self._asker.ask(call)
        self._last[spending.stream_id] = _Last(reply.model, need.input_tokens, self._clock.monotonic())
        self._last.move_to_end(spending.stream_id)
        if len(self._last) > _REMEMBERED:
            self._last.popitem(last=False)
        return reply

    def price_certainty(self, turn: "TurnModels") -> Literal["exact", "estimated", "free"]:
        """Models without a price are not used, so they do not count."""
        known = [price for card in turn.cards if (price := self._price(card, turn.access[card.provider])) is not None]
        if any(price.certainty == "estimated" for price in known):
            return "estimated"
        return "free" if known and all(not price.worst(1000, 1000).usd_micros for price in known) else "exact"

    async def _find_targets(self, turn: "TurnModels") -> list[tuple[Target, Breaker]]:
        targets: list[Target] = []
        for card in turn.cards:
            access = turn.access[card.provider]
            name = access.target(card)
            health = self._health.get(name)
            if health is None:
                at_once = AT_ONCE_LOCAL if card.region == LOCAL else AT_ONCE
                health = self._health[name] = Health(self._clock, seconds=card.seconds, at_once=at_once)
            targets.append(
                Target(card=card, access=access, price=self._price(card, access), health=health, breaker=name)
            )
        states = await self._breakers.look([target.breaker for target in targets])
        return [
            (replace(target, half_open=state is Admission.PROBE), "open" if target.health.resting else _STATES[state])
            for target, state in zip(targets, states, strict=True)
        ]

    def _price(self, card: ModelCard, access: Access) -> Price | None:
        try:
            return self._prices.of_card(card, base_url=access.base_url)
        except Misconfigured:
            return None

    def _read_need(self, spending: Spending, request: ModelRequest) -> Need:
        score = complexity(asked_text(request))
        return Need(
            difficulty=difficulty(score),
            score=score,
            input_tokens=input_tokens(request),
            output_tokens=request.max_output_tokens,
            deadline_seconds=request.deadline.total_seconds(),
            pictures=any(message.pictures for message in request.messages),
            tools=bool(request.tools),
            waits=request.urgency == "interactive",
            budget_used=self._asker.budget_used(spending.tenant_id),
        )

    def _judge(
        self,
        target: Target,
        state: Breaker,
        need: Need,
        known: Mapping[tuple[str, int], tuple[int, int]],
        stream: StreamId,
    ) -> Candidate:
        card = target.card
        last = self._last.get(stream)
        warm = last is not None and last.model == card.name and self._clock.monotonic() - last.at < _CACHE_SECONDS
        cached = min(round(last.tokens * _CACHED_SHARE), need.input_tokens) if last is not None and warm else 0
        good, bad = known.get((card.name, need.difficulty), (0, 0))
        return Candidate(
            card=card,
            price_usd=_expect(target, need, cached),
            seconds=target.health.seconds,
            failing=target.health.failing,
            breaker=state,
            good=good,
            bad=bad,
            cached_tokens=cached,
            trouble=self._keyring.trouble(target.access),
        )

    async def _refuse(self, call: Call) -> Never:
        """Nobody can be asked: the ledger keeps why, for `trace`."""
        await self._asker.tell_why(call, "NoModel")
        if call.choice.passing:
            raise Transient("No model can be reached right now")
        reasons = "; ".join(f"{name}: {reason}" for name, reason in call.choice.left_out.items())
        raise Misconfigured(f"No model can do this ({reasons or 'none is set up'})")


def _expect(target: Target, need: Need, cached: int) -> float | None:
    """US dollars."""
    if target.price is None:
        return None
    output = round(need.output_tokens * _TYPICAL_SHARE) + target.card.thinking_tokens // 4
    usage = TokenUsage(input_tokens=need.input_tokens, cached_read_tokens=cached, output_tokens=output)
    return target.price.cost(usage).usd_micros / 1e6


class TurnModels:
    """`core.models.ChatModel` for one turn: it can spend only that tenant's money."""

    def __init__(
        self,
        models: Models,
        spending: Spending,
        policy: ModelPolicy,
        cards: tuple[ModelCard, ...],
        access: Mapping[ProviderName, Access],
        keep_free: Decimal,
    ) -> None:
        self._models = models
        self.spending = spending
        self.policy = policy
        self.cards = cards
        self.access = access
        self.keep_free = keep_free

    @property
    def available(self) -> bool:
        return bool(self.cards)

    @property
    def prices(self) -> Literal["exact", "estimated", "free"]:
        return self._models.price_certainty(self)

    async def reply(self, request: ModelRequest) -> ModelReply:
        return await self._models.ask(self, request)
