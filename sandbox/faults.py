"""Troubles that can be switched on: what a network and a vendor do on a bad day, per channel and direction."""

import random
from dataclasses import asdict, dataclass, field, fields

from sandbox.records import Channel, Json


@dataclass(slots=True)
class DeliveryFaults:
    """What goes wrong on the way to Steward. Probabilities from 0 to 1."""

    duplicate: float = 0.0
    """The same update again after it was acknowledged."""
    reorder: float = 0.0
    """Overtaken by what the same chat sends next."""
    drop: float = 0.0
    """Lost on the way before it reaches Steward; tried again as the vendor would."""
    delay_ms: int = 0
    """Up to this much later, at random."""
    batch_ms: int = 0
    """WhatsApp: collect this long, so that one body holds several messages and statuses."""


@dataclass(slots=True)
class CallFaults:
    """What goes wrong when Steward calls the vendor. Probabilities from 0 to 1."""

    rate_429: float = 0.0
    error_5xx: float = 0.0
    drop: float = 0.0
    """Accepted and done, but the connection closes without an answer."""
    delay_ms: int = 0
    late_errors: float = 0.0
    """WhatsApp: a refusal (131047) comes as a `failed` status after a 200 instead of in the answer."""


@dataclass(slots=True)
class ChannelFaults:
    deliveries: DeliveryFaults = field(default_factory=DeliveryFaults)
    calls: CallFaults = field(default_factory=CallFaults)

    def change(self, wanted: Json) -> None:
        """Takes `{deliveries: {…}, calls: {…}}` or names on their own, which go to every direction that has them.

        Raises: ValueError for an unknown name or a value out of range.
        """
        sides: dict[str, DeliveryFaults | CallFaults] = {"deliveries": self.deliveries, "calls": self.calls}
        flat = {name: value for name, value in wanted.items() if name not in sides}
        for side, faults in sides.items():
            named: Json = wanted.get(side) or {}
            known = {each.name for each in fields(faults)}
            if unknown := named.keys() - known:
                raise ValueError(f"unknown fault {sorted(unknown)[0]!r} of {side}; known: {sorted(known)}")
            for name, value in {**{n: v for n, v in flat.items() if n in known}, **named}.items():
                setattr(faults, name, _checked(name, value))
        everything = {each.name for faults in sides.values() for each in fields(faults)}
        if unknown := flat.keys() - everything:
            raise ValueError(f"unknown fault {sorted(unknown)[0]!r}; known: {sorted(everything)}")

    def shown(self) -> Json:
        """Both directions apart, and every name on its own with the larger of the two values."""
        deliveries, calls = asdict(self.deliveries), asdict(self.calls)
        flat = {**calls, **deliveries}
        for name in deliveries.keys() & calls.keys():
            flat[name] = max(deliveries[name], calls[name])
        return {**flat, "deliveries": deliveries, "calls": calls}


def _checked(name: str, value: object) -> float | int:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{name} must be a number")
    if name.endswith("_ms"):
        if not 0 <= value <= 600_000:
            raise ValueError(f"{name} must be between 0 and 600000 milliseconds")
        return int(value)
    if not 0 <= value <= 1:
        raise ValueError(f"{name} is a probability: between 0 and 1")
    return float(value)


class Faults:
    def __init__(self) -> None:
        self._channels: dict[Channel, ChannelFaults] = {"telegram": ChannelFaults(), "whatsapp": ChannelFaults()}

    def deliveries(self, channel: Channel) -> DeliveryFaults:
        return self._channels[channel].deliveries

    def calls(self, channel: Channel) -> CallFaults:
        return self._channels[channel].calls

    def change(self, wanted: Json) -> None:
        """Raises: ValueError for an unknown channel, name or value."""
        known: dict[str, ChannelFaults] = {str(name): faults for name, faults in self._channels.items()}
        for channel, faults in wanted.items():
            if channel not in known or not isinstance(faults, dict):
                raise ValueError("faults are given as {telegram: {…}, whatsapp: {…}}")
            known[channel].change(faults)  # pyright: ignore[reportUnknownArgumentType]

    def shown(self) -> Json:
        return {channel: faults.shown() for channel, faults in self._channels.items()}


def strikes(probability: float) -> bool:
    return probability > 0 and random.random() < probability
