"""See `core/office/reports.py`."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from core.ids import TenantId
from core.office.reports import Activity, Standing
from db.database import Database, Transaction
from db.sql import load_queries

_SQL = load_queries("office_reports")


class ReportDesk:
    def __init__(self, database: Database, tenant: TenantId) -> None:
        self._database = database
        self._tenant = tenant

    async def activity(self, since: datetime, until: datetime) -> Activity:
        async with self._database.tenant(self._tenant, readonly=True) as tx:
            return await read_activity(tx, self._tenant, since, until)

    async def standing(self) -> Standing:
        async with self._database.tenant(self._tenant, readonly=True) as tx:
            return await read_standing(tx, self._tenant)

    async def messages_by_day(self, since: datetime, until: datetime, time_zone: str) -> Mapping[date, int]:
        async with self._database.tenant(self._tenant, readonly=True) as tx:
            return await count_messages_by_day(tx, self._tenant, since, until, time_zone)


async def read_activity(tx: Transaction, tenant: TenantId, since: datetime, until: datetime) -> Activity:
    activity = await tx.fetchrow(_SQL["activity"], tenant, since, until)
    deeds = await tx.fetchrow(_SQL["deeds"], tenant, since, until)
    assert activity is not None and deeds is not None
    figures: dict[str, Any] = {**activity, **deeds}
    seconds = figures.pop("answer_seconds")
    return Activity(**figures, answer_time=None if seconds is None else timedelta(seconds=float(seconds)))


async def read_standing(tx: Transaction, tenant: TenantId) -> Standing:
    row = await tx.fetchrow(_SQL["standing"], tenant)
    assert row is not None
    return Standing(waiting=row["waiting"], open_cases=row["open_cases"], paused_bots=tuple(row["paused_bots"]))


async def count_messages_by_day(
    tx: Transaction, tenant: TenantId, since: datetime, until: datetime, time_zone: str
) -> Mapping[date, int]:
    rows = await tx.fetch(_SQL["messages_by_day"], tenant, since, until, time_zone)
    return {row["day"]: row["messages"] for row in rows}
