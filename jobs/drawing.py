"""The executor behind charts: reads the figures itself, has them drawn in a child process, and keeps the picture."""

import base64
import binascii
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import blake2b
from pathlib import Path
from uuid import UUID

import orjson
from pydantic import JsonValue

from admin.money.forecast import LOOKS_BACK, forecast_month
from admin.reports.periods import end_of_month, find_zone, name_days, name_weekday, span
from admin.reports.pictures import Drawn
from admin.texts import pick_language, write
from agents.actions.desks.drawing import DrawChart as Arguments
from core.actions import ActionCall
from core.clock import Clock
from core.errors import Transient
from core.ids import TenantId
from core.money import MICROS, Money
from core.texts import write_money, write_rounded_money
from core.turns import TenantProfile
from db.database import Database
from db.office.money import list_budget_views, read_daily
from db.office.reports import count_messages_by_day
from db.pictures import Picture, save_picture
from documents.workers import Job, WorkerPool
from jobs.charts.spec import Chart, Outlook

_TIME_LIMIT = timedelta(seconds=60)
_FEW_DAYS = 10
"""So few have room for the names of their days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Figures:
    daily: Mapping[date, int]
    expected: int | None = None
    limit: Money | None = None


class DrawChart:
    def __init__(
        self,
        database: Database,
        profile: Callable[[TenantId], Awaitable[TenantProfile]],
        pool: WorkerPool,
        fonts: Path,
        clock: Clock,
    ) -> None:
        """`fonts`: a folder in which matplotlib keeps what it found out about them."""
        self._database = database
        self._profile = profile
        self._pool = pool
        self._fonts = fonts
        self._clock = clock

    async def __call__(self, call: ActionCall) -> dict[str, JsonValue]:
        """Again under the same key it replaces its own picture. Raises Transient, Rejected."""
        asked = Arguments.model_validate_json(_dump(call.arguments))
        profile = await self._profile(call.tenant_id)
        today = self._clock.now().astimezone(find_zone(profile.time_zone)).date()
        figures = await self._read(profile, asked, today)
        picture = Picture(mime="image/png", data=await self._draw(_lay_out(profile, asked, figures, today)))
        picture_id = UUID(bytes=blake2b(call.key.encode(), digest_size=16).digest())
        async with self._database.tenant(call.tenant_id) as tx:
            await save_picture(tx, call.tenant_id, picture_id, picture)
        drawn = Drawn(
            ref=f"{call.tenant_id}:{picture_id.hex}", report=asked.report, first=asked.first, last=asked.last,
            total=sum(figures.daily.values()), currency=profile.currency, expected=figures.expected,
            limit=figures.limit.micros if figures.limit else None,
        )  # fmt: skip
        return drawn.model_dump(mode="json", exclude_none=True)

    async def _read(self, profile: TenantProfile, asked: Arguments, today: date) -> _Figures:
        tenant, currency = profile.tenant_id, profile.currency
        async with self._database.tenant(tenant, readonly=True) as tx:
            if asked.report == "messages":
                since, until = span(asked.first, asked.last, profile.time_zone)
                return _Figures(daily=await count_messages_by_day(tx, tenant, since, until, profile.time_zone))
            daily = await read_daily(tx, tenant, currency, asked.first, asked.last)
            if not _is_running_month(asked, today):
                return _Figures(daily=daily)
            lately = await read_daily(tx, tenant, currency, today - LOOKS_BACK, today)
            budgets = await list_budget_views(tx, tenant, currency, today)
            limit = next(view.limit for view in budgets if view.scope == "month")
            return _Figures(daily=daily, expected=forecast_month(lately, today), limit=limit)

    async def _draw(self, chart: Chart) -> bytes:
        self._fonts.mkdir(parents=True, exist_ok=True)
        job = Job(
            target="jobs.charts.drawing.draw", data=chart.model_dump_json().encode(),
            options={"fonts": str(self._fonts)}, time_limit=_TIME_LIMIT, overrun="Drawing took too long",
        )  # fmt: skip
        try:
            return base64.b64decode(str(await self._pool.run(job)), validate=True)
        except binascii.Error as error:
            raise Transient("The worker process drew no picture") from error


def _is_running_month(asked: Arguments, today: date) -> bool:
    return asked.first == today.replace(day=1) and asked.last == end_of_month(today)


def _lay_out(profile: TenantProfile, asked: Arguments, figures: _Figures, today: date) -> Chart:
    language = pick_language(asked.language)
    days = [asked.first + timedelta(days=n) for n in range((asked.last - asked.first).days + 1)]
    money = asked.report == "spending"
    unit = MICROS if money else 1
    running = money and _is_running_month(asked, today)
    few = len(days) <= _FEW_DAYS
    return Chart(
        title=f"{write(f'rep_chart_{asked.report}', language)}, {name_days(asked.first, asked.last, language)}"[:80],
        subtitle=profile.name[:80],
        heading=write("rep_chart_days", language),
        days=tuple(name_weekday(day, language) if few else str(day.day) for day in days),
        values=tuple(figures.daily.get(day, 0) / unit for day in days),
        language=language,
        currency=profile.currency if money else None,
        outlook=_look_out(profile, figures, today, language) if running else None,
    )


def _look_out(profile: TenantProfile, figures: _Figures, today: date, language: str) -> Outlook:
    expected, limit = figures.expected, figures.limit
    about = Money(micros=expected or 0, currency=profile.currency)
    return Outlook(
        so_far=today.day,
        heading=write("rep_chart_sum", language),
        expected=None if expected is None else expected / MICROS,
        expected_label=write("rep_chart_expected", language, amount=write_rounded_money(about, language, 2)),
        limit=None if limit is None else limit.micros / MICROS,
        limit_label="" if limit is None else write("rep_chart_limit", language, amount=write_money(limit, language)),
    )


def _dump(arguments: Mapping[str, JsonValue]) -> bytes:
    return orjson.dumps(dict(arguments))
