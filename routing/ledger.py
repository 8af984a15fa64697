"""Reserve, settle, release: what stands between every paid call and the limits its owner set."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog

from core.clock import Clock
from core.errors import LimitReached, Misconfigured, Transient
from core.ids import TenantId
from core.models import TokenUsage
from core.money import Money
from core.spending import Attempt, Cost, PaidUsage, Spending
from db.database import Database, Transaction
from db.ledger import (
    Closed,
    Closing,
    NewEntry,
    Reservation,
    Standing,
    list_standings,
    refuse_spend,
    release_spend,
    reserve_spend,
    settle_spend,
)
from db.rates import StoredRate, list_exchange_rates
from routing.currency import Currencies, Rate

_log = structlog.get_logger(__name__)
_RETRIES = (0.1, 0.5, 2.0)
"""Seconds between tries to close an entry while the database is away; after the last one, expiry presumes it spent."""
_MOST = 10**12
"""Tokens, or micro-dollars: a million dollars for one call."""
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A reservation in hand: to be settled or released, once."""

    entry_id: UUID
    tenant_id: TenantId
    amount: Money
    rate: Rate
    """The same for settling, so that a cost cannot pass its worst case by a new rate."""
    fullest: float
    """The largest share of any limit that is spent and reserved now: above some .8 it is time to go cheaper."""


class Ledger:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        currencies: Currencies | None = None,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._database = database
        self._clock = clock
        self._pause = pause
        self._currencies = currencies or Currencies(clock, self._read_rates)
        self._closing: set[asyncio.Task[object]] = set()

    async def reserve(
        self, spending: Spending, attempt: Attempt, worst: Cost, *, keep_free: Decimal = Decimal(0)
    ) -> Hold:
        """All limits allow `worst`, or nothing is reserved. `keep_free`, from 0 to 1, is the share of the day's and the
        month's limit that must stay free: what is still to be said may cost a fee.

        Raises LimitReached (the refusal is written), Misconfigured (no rate; a budget in another currency), Transient.
        """
        entry, rate = await self._enter(spending, attempt, worst)
        task = asyncio.ensure_future(self._reserve(spending.tenant_id, entry, keep_free))
        try:
            reservation = await asyncio.shield(task)
        except asyncio.CancelledError:
            self._give_back_after(task, spending.tenant_id, entry.entry_id)
            raise
        except Transient:  # it may have been committed all the same
            self._give_back_after(task, spending.tenant_id, entry.entry_id)
            raise
        if reservation.refused_by is not None:
            raise _refusal(entry, reservation)
        return Hold(
            entry_id=entry.entry_id, tenant_id=spending.tenant_id, amount=entry.amount, rate=rate,
            fullest=reservation.fullest,
        )  # fmt: skip

    async def settle(
        self, hold: Hold, cost: Cost, usage: PaidUsage, *, model: str | None = None, error: str = ""
    ) -> Money:
        """Counts what it did cost, in full. Goes on when the caller is cancelled; never raises for the database.

        `error` is the class of what went wrong with a reply that is billed all the same. A usage that no provider can
        mean is cut to what a row holds.
        """
        money = hold.rate.convert(_sane(cost.usd_micros))
        closing = Closing(
            cost_micros=money.micros,
            certainty=cost.certainty,
            basis=cost.basis,
            model=model,
            usage=_sane_usage(usage),
            error=error,
        )
        closed = await self._keep(lambda tx: settle_spend(tx, hold.tenant_id, hold.entry_id, closing), hold)
        if closed and money.micros > hold.amount.micros:
            _log.warning("cost_above_reservation", entry=str(hold.entry_id), tenant=hold.tenant_id)
        return money

    async def settle_presumed(self, hold: Hold, usage: PaidUsage | None = None, *, error: str) -> Money:
        """For an attempt that may have been billed without saying how much: the whole reservation counts as spent."""
        closing = Closing(
            cost_micros=hold.amount.micros, certainty="estimated", basis="presumed: the worst case",
            usage=usage or PaidUsage(), error=error,
        )  # fmt: skip
        await self._keep(lambda tx: settle_spend(tx, hold.tenant_id, hold.entry_id, closing), hold)
        return hold.amount

    async def release(self, hold: Hold, *, error: str = "") -> None:
        """For an attempt that was not billed. Goes on when the caller is cancelled; never raises for the database."""
        await self._keep(lambda tx: release_spend(tx, hold.tenant_id, hold.entry_id, error), hold)

    async def refuse(self, spending: Spending, attempt: Attempt, error: str) -> None:
        """Writes down a call that no limit was asked about, for `trace`. `error` is a class name. Raises Transient."""
        entry = self._entry(spending, attempt, Money(micros=0, currency=spending.currency))
        async with self._database.statements() as tx:
            await refuse_spend(tx, spending.tenant_id, entry, error)

    async def standings(self, spending: Spending) -> tuple[Standing, ...]:
        """How every counter stands that the spending would move. Raises Transient."""
        async with self._database.statements() as tx:
            return await list_standings(tx, spending.tenant_id, spending, self._day(spending))

    async def drain(self) -> None:
        """Returns when everything that is being closed is closed, or was given up."""
        while self._closing:
            await asyncio.wait(set(self._closing))

    async def _reserve(self, tenant: TenantId, entry: NewEntry, free: Decimal) -> Reservation:
        async with self._database.statements() as tx:
            return await reserve_spend(tx, tenant, entry, keep_free=free)

    async def _enter(self, spending: Spending, attempt: Attempt, worst: Cost) -> tuple[NewEntry, Rate]:
        rate = await self._currencies.rate(spending.currency)
        return self._entry(spending, attempt, rate.convert(worst.usd_micros), worst, rate), rate

    def _entry(
        self, spending: Spending, attempt: Attempt, amount: Money, worst: Cost | None = None, rate: Rate | None = None
    ) -> NewEntry:
        return NewEntry(
            entry_id=_new_entry_id(), spending=spending, attempt=attempt, amount=amount,
            certainty=worst.certainty if worst else "unknown", basis=worst.basis if worst else "",
            rate=rate.per_usd if rate else Decimal(0), rate_date=rate.as_of if rate else self._clock.now().date(),
            day=self._day(spending),
        )  # fmt: skip

    def _day(self, spending: Spending) -> date:
        try:
            return self._clock.now().astimezone(ZoneInfo(spending.time_zone)).date()
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise Misconfigured(
                f"There is no time zone “{spending.time_zone}”. Write one such as Europe/Berlin."
            ) from error

    def _give_back_after(self, task: "asyncio.Future[Reservation]", tenant: TenantId, entry: UUID) -> None:
        async def give_back() -> None:
            await asyncio.wait([task])
            if not task.cancelled():
                task.exception()  # seen: whatever it is, an entry that was not written is no trouble to release
            await self._persist(lambda tx: release_spend(tx, tenant, entry, "Cancelled"), entry)

        self._start(give_back())

    async def _keep(self, close: Callable[[Transaction], Awaitable[Closed | None]], hold: Hold) -> Closed | None:
        return await asyncio.shield(self._start(self._persist(close, hold.entry_id)))

    async def _persist(self, close: Callable[[Transaction], Awaitable[Closed | None]], entry: UUID) -> Closed | None:
        """Closing twice changes nothing, so a lost answer is no reason not to try again."""
        for seconds in (*_RETRIES, None):
            try:
                async with self._database.statements() as tx:
                    return await close(tx)
            except Transient:
                if seconds is None:
                    _log.error("ledger_entry_left_to_expiry", entry=str(entry))
                    return None
            await self._pause(seconds)
        return None

    def _start(self, work: Coroutine[object, object, Result]) -> "asyncio.Task[Result]":
        task = asyncio.create_task(work)
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
        return task

    async def _read_rates(self) -> tuple[StoredRate, ...]:
        async with self._database.statements() as tx:
            return await list_exchange_rates(tx)


def _refusal(entry: NewEntry, reservation: Reservation) -> LimitReached | Misconfigured:
    assert reservation.refused_by is not None
    currency = entry.amount.currency
    if reservation.foreign_currency:
        return Misconfigured(
            f"The budget of the {reservation.refused_by} is in {reservation.foreign_currency}, but money is counted in "
            f"{currency} now. Set it again in {currency}, e.g. with /budget."
        )
    return LimitReached(
        reservation.refused_by,
        reservation.refused_key or "",
        limit=Money(micros=reservation.limit_micros or 0, currency=currency),
        used=Money(micros=reservation.used_micros or 0, currency=currency),
        wanted=entry.amount,
    )


def _sane_usage(usage: PaidUsage) -> PaidUsage:
    tokens = usage.tokens
    return PaidUsage(
        tokens=TokenUsage(
            input_tokens=_sane(tokens.input_tokens),
            cached_read_tokens=_sane(tokens.cached_read_tokens),
            cached_write_tokens=_sane(tokens.cached_write_tokens),
            output_tokens=_sane(tokens.output_tokens),
        ),
        seconds=max(usage.seconds, Decimal(0)),
        units=min(_sane(usage.units), 2**31 - 1),
    )


def _sane(count: int) -> int:
    return min(max(count, 0), _MOST)


def _new_entry_id() -> UUID:
    """Version 7: entries that are made one after another lie side by side in the index."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds << 80) | int.from_bytes(os.urandom(10))
    return UUID(int=value & ~(0xF000 << 64) & ~(0xC000 << 48) | (0x7000 << 64) | (0x8000 << 48))
