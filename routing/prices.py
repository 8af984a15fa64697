"""What a model's usage costs in US dollars: from `genai-prices` as it is installed, or from the operator's own figures.

A price is never guessed in silence: it is the provider's own of that very model (`exact`), somebody else's or a
relative's (`estimated`, naming whose), or there is none, and the call is refused.
"""

import asyncio
import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from core.errors import Misconfigured
from core.models import TokenUsage
from core.money import MICROS
from core.spending import Certainty, Cost
from routing.unit_prices import UnitPrices, find_unit_prices
from tenants.models import ModelCard

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, ModelPrice, Provider

_MILLION = Decimal(1_000_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPrice:
    """What the operator or the tenant says: US dollars for a million tokens, for a minute of audio."""

    input: Decimal = Decimal(0)
    output: Decimal = Decimal(0)
    cached_read: Decimal | None = None
    """None: as the other input."""
    cached_write: Decimal | None = None
    minute: Decimal = Decimal(0)


MINUTES: Mapping[str, Decimal] = {
    "gpt-4o-transcribe": Decimal("0.006"),
    "gpt-4o-mini-transcribe": Decimal("0.003"),
}
"""US dollars for a minute, where the price is by the token and only an average by the minute is known.

Source: OpenAI, API pricing, "estimated cost" of transcription, from memory of 2025; not checked since.
"""


class Price(Protocol):
    @property
    def certainty(self) -> Certainty: ...
    @property
    def basis(self) -> str: ...

    def cost(self, usage: TokenUsage) -> Cost:
        """Raises ValueError when the cached parts are more than the whole."""
        ...

    def worst(self, input_tokens: int, max_output_tokens: int) -> Cost:
        """No part cached, or all of it written to a cache where that is dearer, and the longest reply."""
        ...

    def audio(self, seconds: Decimal) -> Cost:
        """Raises Misconfigured where no price of audio is known."""
        ...


class Prices:
    def __init__(self, own: Mapping[tuple[str, str], OwnPrice] | None = None) -> None:
        """`own` by provider and model; it goes before what is listed."""
        self._own = dict(own or {})
        self._known: dict[tuple[str, str], Price] = {}
        self._loaded = False

    async def load(self) -> None:
        """Reads the price list, in a thread: it takes some 400 ms. Once."""
        if not self._loaded:
            await asyncio.to_thread(_providers)
            self._loaded = True

    def of_card(self, card: ModelCard, *, base_url: str = "") -> Price:
        """The card's own figures go first. A local server is free; a local proxy in front of a vendor is not.

        Raises Misconfigured when no price is known.
        """
        if card.usd_input is not None and card.usd_output is not None:
            own = OwnPrice(input=card.usd_input, output=card.usd_output, cached_read=card.usd_cached)
            return _Flat(own, "own price")
        return self.find(card.provider, card.model, base_url=base_url if card.provider == "compatible" else "")

    def find(self, provider: str, model: str, *, base_url: str = "") -> Price:
        """`base_url` is of an endpoint other than the provider's own. Raises Misconfigured when no price is known.

        The first look-up loads the price list: see `load`.
        """
        own = self._own.get((provider, model))
        if own is not None:
            return _Flat(own, "own price")
        if base_url and is_local(base_url):
            return _Flat(OwnPrice(), "local")
        if (provider, model) not in self._known:
            self._known[provider, model] = _look_up(provider, model)
        return self._known[provider, model]


@dataclass(frozen=True, slots=True)
class _Flat:
    price: OwnPrice
    basis: str
    certainty: Certainty = "exact"

    def cost(self, usage: TokenUsage) -> Cost:
        price = self.price
        plain = usage.input_tokens - usage.cached_read_tokens - usage.cached_write_tokens
        if plain < 0:
            raise ValueError("more cached tokens than tokens")
        read = price.input if price.cached_read is None else price.cached_read
        write = price.input if price.cached_write is None else price.cached_write
        dollars = (
            plain * price.input
            + usage.cached_read_tokens * read
            + usage.cached_write_tokens * write
            + usage.output_tokens * price.output
        ) / _MILLION
        return _round_up(dollars, self)

    def worst(self, input_tokens: int, max_output_tokens: int) -> Cost:
        dearest = max(self.price.input, self.price.cached_read or 0, self.price.cached_write or 0)
        return _round_up((input_tokens * dearest + max_output_tokens * self.price.output) / _MILLION, self)

    def audio(self, seconds: Decimal) -> Cost:
        return _round_up(seconds * self.price.minute / 60, self)


@dataclass(frozen=True, slots=True)
class _Listed:
    model: "ModelInfo"
    provider: "Provider"
    basis: str
    certainty: Certainty
    minute: Decimal | None = None
    _units: "dict[int, tuple[ModelPrice, UnitPrices | None]]" = field(
        default_factory=dict[int, "tuple[ModelPrice, UnitPrices | None]"], compare=False, repr=False
    )
    """By identity: a model has one price, or one for each date or hour of the day that it lists."""

    def cost(self, usage: TokenUsage) -> Cost:
        read, written = usage.cached_read_tokens, usage.cached_write_tokens
        if read + written > usage.input_tokens:
            raise ValueError("more cached tokens than tokens")
        return _round_up(self._tokens(usage.input_tokens, read, written, usage.output_tokens), self)

    def worst(self, input_tokens: int, max_output_tokens: int) -> Cost:
        plain = self._tokens(input_tokens, 0, 0, max_output_tokens)
        return _round_up(max(plain, self._tokens(input_tokens, 0, input_tokens, max_output_tokens)), self)

    def audio(self, seconds: Decimal) -> Cost:
        listed = self._dollars(audio_seconds=seconds, input_audio_seconds=seconds)
        if listed:
            return _round_up(listed, self)
        if self.minute is None:
            raise _unknown(self.provider.id, self.model.id, "a minute of audio")
        return Cost(
            usd_micros=_micros(seconds * self.minute / 60), certainty="estimated", basis=f"{self.basis}, by the minute"
        )

    def _tokens(self, given: int, read: int, written: int, output: int) -> Decimal:
        listed = self.model.get_prices(datetime.now(UTC))
        known = self._units.get(id(listed))
        if known is None:
            known = self._units[id(listed)] = (listed, find_unit_prices(listed, self._add_up))
        units = known[1]
        if units is None or given > units.up_to_input:
            return self._add_up(given, read, written, output)
        return units.dollars(given, read, written, output)

    def _add_up(self, given: int, read: int, written: int, output: int) -> Decimal:
        return self._dollars(
            input_tokens=given, cache_read_tokens=read, cache_write_tokens=written, output_tokens=output
        )

    def _dollars(self, **usage: int | Decimal) -> Decimal:
        from genai_prices import Usage

        reported = {name: count for name, count in usage.items() if count}
        return self.model.calc_price(
            Usage(**reported), self.provider, genai_request_timestamp=datetime.now(UTC)
        ).total_price


def is_local(base_url: str) -> bool:
    """Loopback and private addresses, and names that only a local network knows: whoever runs those pays no vendor."""
    host = (urlsplit(base_url).hostname or "").rstrip(".").lower()
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return bool(host) and ("." not in host or host.endswith((".local", ".internal", ".lan", ".localhost")))
    return address.is_loopback or address.is_private


def listed_models(provider: str) -> Iterator[tuple[str, Price]]:
    """All that the list has of a provider. Raises Misconfigured for one that it does not know."""
    known = next((each for each in _providers() if each.id == provider), None)
    if known is None:
        raise Misconfigured(f"The price list has no provider “{provider}”. It has {', '.join(list_providers())}.")
    for model in known.models:
        yield model.id, _Listed(model, known, known.id, "exact", MINUTES.get(model.id))


def list_providers() -> tuple[str, ...]:
    return tuple(sorted(provider.id for provider in _providers()))


def _providers() -> "list[Provider]":
    from genai_prices.data_snapshot import get_snapshot

    return get_snapshot().providers


def _look_up(provider: str, model: str) -> Price:
    providers = _providers()
    own = next((each for each in providers if each.id == provider), None)
    if own is not None and (found := own.find_model(model)) is not None:
        return _Listed(found, own, own.id, "exact", MINUTES.get(found.id))
    name = model.lower().rpartition("/")[2].partition(":")[0]
    # The dearest of those that have it: an estimate must not be too low.
    others = [(each, found) for each in providers for ref in {model, name} if (found := each.find_model(ref))]
    if not others and own is not None:
        others = [(own, each) for each in _relatives(own, name)]
    if not others:
        raise _unknown(provider, model, "a million input and output tokens")
    other, found = max(others, key=lambda pair: _weigh(*pair))
    return _Listed(found, other, f"{other.id}'s {found.id}", "estimated", MINUTES.get(found.id))


def _relatives(provider: "Provider", name: str) -> "list[ModelInfo]":
    """Those with the longest beginning in common, of two words at least: `claude-sonnet-9` and `claude-sonnet-5`."""
    words = name.split("-")
    for count in range(len(words) - 1, 1, -1):
        stem = "-".join(words[:count]) + "-"
        if found := [model for model in provider.models if model.id.startswith(stem)]:
            return found
    return []


def _weigh(provider: "Provider", model: "ModelInfo") -> int:
    return _Listed(model, provider, "", "estimated").worst(100_000, 10_000).usd_micros


def _round_up(dollars: Decimal, price: Price) -> Cost:
    return Cost(usd_micros=_micros(dollars), certainty=price.certainty, basis=price.basis)


def _micros(dollars: Decimal) -> int:
    return int((dollars * MICROS).to_integral_value(ROUND_CEILING))


def _unknown(provider: str, model: str, what: str) -> Misconfigured:
    return Misconfigured(
        f"Nobody lists a price of {provider}/{model}, and what has no price is not called. Set its price in US dollars "
        f"for {what} (STEWARD_MODEL_PRICE; `usd_input` and `usd_output` of a tenant's own model), or choose another."
    )
