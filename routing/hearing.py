"""Speech to text: a provider's model where there is a key and money for it, else whatever listens on this machine."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import structlog

from core.errors import Exhausted, Misconfigured, Rejected, StewardError, Transient
from core.media import Transcriber, Transcript
from core.spending import Attempt, PaidUsage, Spending
from db.breakers import Admission
from routing.breakers import Breakers
from routing.catalogue import Catalogue
from routing.errors import BadReply, Interrupted, NoSuchModel
from routing.keys import Access, Keyring
from routing.ledger import Hold, Ledger
from routing.prices import Price, Prices
from tenants.models import ModelCard, ModelPolicy

_log = structlog.get_logger(__name__)
_DEADLINE = timedelta(seconds=60)
_SLOWEST_BYTES = 750
"""A second of speech takes at least that many in what people's phones send: Opus at 6 kbit/s."""
_MOST_BYTES = 4_000_000
"""A quarter of an hour as phones send it, an hour and a half in the worst case. More is heard here or not at all."""
_LEAST_BILLED = {"groq": Decimal(10)}
"""Seconds. Source: Groq, speech to text, "minimum billed length", from memory; not checked here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ear:
    card: ModelCard
    access: Access
    price: Price
    breaker: str
    admission: Admission


class Hearing:
    def __init__(
        self,
        *,
        catalogue: Catalogue,
        keyring: Keyring,
        ledger: Ledger,
        prices: Prices,
        breakers: Breakers,
        local: Transcriber,
    ) -> None:
        self._catalogue = catalogue
        self._keyring = keyring
        self._ledger = ledger
        self._prices = prices
        self._breakers = breakers
        self._local = local

    def bind(self, spending: Spending, policy: ModelPolicy) -> "BoundHearing":
        return BoundHearing(self, spending, policy)

    async def transcribe(
        self, spending: Spending, policy: ModelPolicy, audio: bytes, language_hint: str | None
    ) -> Transcript:
        """Cheapest first, each once. Raises what the local one raises when nobody else could."""
        ears = await self._find(spending, policy) if len(audio) <= _MOST_BYTES else []
        for ear in ears:
            try:
                return await self._listen(ear, spending, audio, language_hint)
            except StewardError as error:
                _log.info("not_heard", model=ear.card.name, error=type(error).__name__)
        return await self._local.transcribe(audio, language_hint=language_hint)

    async def _find(self, spending: Spending, policy: ModelPolicy) -> list[_Ear]:
        try:
            access = await self._keyring.of(spending.tenant_id)
        except (Transient, Misconfigured):
            return []
        cards = self._catalogue.cards(policy, access, "transcription")
        names = [access[card.provider].target(card) for card in cards]
        states = await self._breakers.look(names)
        ears: list[_Ear] = []
        for card, name, state in zip(cards, names, states, strict=True):
            if state is Admission.OPEN or self._keyring.trouble(access[card.provider]):
                continue
            try:
                price = self._prices.of_card(card, base_url=access[card.provider].base_url)
                price.audio(Decimal(1))
            except Misconfigured:
                continue
            ears.append(_Ear(card=card, access=access[card.provider], price=price, breaker=name, admission=state))
        return sorted(ears, key=lambda ear: ear.price.audio(Decimal(60)).usd_micros)

    async def _listen(self, ear: _Ear, spending: Spending, audio: bytes, hint: str | None) -> Transcript:
        if ear.admission is Admission.PROBE and await self._breakers.admit(ear.breaker) is Admission.OPEN:
            raise Transient("Somebody else is trying whether it works again")
        worst = ear.price.audio(_billed(ear, Decimal(len(audio) // _SLOWEST_BYTES + 1)))
        attempt = Attempt(
            call_id=uuid4(), kind="transcription", provider=ear.card.provider, model=ear.card.model, deadline=_DEADLINE
        )
        hold = await self._ledger.reserve(spending, attempt, worst)
        try:
            heard = await self._keyring.client(ear.access).transcribe(
                ear.card.model, audio, name="voice.ogg", language_hint=hint, deadline=_DEADLINE
            )
        except BaseException as error:
            await self._close_failed(ear, hold, spending, error)
            raise
        seconds = Decimal(str(heard.duration.total_seconds()))
        if seconds:
            await self._ledger.settle(hold, ear.price.audio(_billed(ear, seconds)), PaidUsage(seconds=seconds))
        else:  # some models do not say how long it was
            await self._ledger.settle_presumed(hold, error="")
        await self._breakers.succeed(ear.breaker, ear.admission)
        return heard

    async def _close_failed(self, ear: _Ear, hold: Hold, spending: Spending, error: BaseException) -> None:
        name = type(error).__name__
        if isinstance(error, StewardError) and not isinstance(error, Interrupted | BadReply):
            await self._ledger.release(hold, error=name)
        else:  # it has left, and may be billed
            await self._ledger.settle_presumed(hold, error=name)
        match error:
            case BadReply():
                pass  # of this recording, perhaps
            case Transient() | Exhausted() | NoSuchModel():
                await self._breakers.fail(ear.breaker)
            case Misconfigured():
                await self._keyring.refuse(spending.tenant_id, ear.access, str(error))
            case Rejected():
                await self._breakers.succeed(ear.breaker, ear.admission)
            case _:
                pass


def _billed(ear: _Ear, seconds: Decimal) -> Decimal:
    return max(seconds, _LEAST_BILLED.get(ear.card.provider, Decimal(0)))


class BoundHearing:
    """`core.media.Transcriber` on one tenant's money."""

    def __init__(self, hearing: Hearing, spending: Spending, policy: ModelPolicy) -> None:
        self._hearing = hearing
        self._spending = spending
        self._policy = policy

    async def transcribe(self, audio: bytes, *, language_hint: str | None) -> Transcript:
        return await self._hearing.transcribe(self._spending, self._policy, audio, language_hint)
