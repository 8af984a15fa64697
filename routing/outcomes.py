"""What became of a tenant's answers by each model: what the router learns from."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.clock import Clock
from core.errors import Transient
from core.ids import TenantId
from db.database import Database
from db.models import list_model_outcomes

_KNOWN_SECONDS = 60.0
_MOST_TENANTS = 5_000
Counts = Mapping[tuple[str, int], tuple[int, int]]
"""(good, bad) by model and difficulty."""
_HALF = 0.5
"""Outcomes of the neighbouring difficulties count half: a tenant has few at each."""


@dataclass(frozen=True, slots=True)
class _Held:
    counts: Counts
    until: float


class Outcomes:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._held: dict[TenantId, _Held] = {}

    async def of(self, tenant: TenantId) -> Counts:
        """At most a minute old, and older while the database is away."""
        held = self._held.get(tenant)
        if held is not None and self._clock.monotonic() < held.until:
            return held.counts
        try:
            async with self._database.tenant(tenant, readonly=True) as tx:
                rows = await list_model_outcomes(tx, tenant)
        except Transient:
            return held.counts if held is not None else {}
        counts = spread({(row.model, row.difficulty): (row.good, row.bad) for row in rows})
        if len(self._held) >= _MOST_TENANTS:
            self._held.clear()
        self._held[tenant] = _Held(counts, self._clock.monotonic() + _KNOWN_SECONDS)
        return counts


def spread(counts: Counts) -> Counts:
    """With half of what is known of the difficulties next to each."""
    models = {model for model, _ in counts}
    spread: dict[tuple[str, int], tuple[int, int]] = {}
    for model in models:
        for difficulty in range(5):
            near = [counts.get((model, difficulty + step), (0, 0)) for step in (-1, 0, 1)]
            good, bad = (round(_HALF * (near[0][each] + near[2][each])) + near[1][each] for each in (0, 1))
            if good or bad:
                spread[model, difficulty] = (good, bad)
    return spread
