"""One heartbeat row a process, instead of renewing each lease."""

from datetime import timedelta

from core.ids import WorkerId
from db.database import Transaction
from db.sql import load_queries

_SQL = load_queries("engine")


async def enlist_worker(tx: Transaction, roles: str, lease: timedelta) -> WorkerId:
    return WorkerId(await tx.fetchval(_SQL["enlist"], roles, lease))


async def beat(tx: Transaction, worker: WorkerId, roles: str, lease: timedelta) -> None:
    """Keeps every lease of the worker for another `lease`, counted by the server's clock."""
    await tx.execute(_SQL["beat"], worker, lease, roles)


async def dismiss_worker(tx: Transaction, worker: WorkerId) -> None:
    await tx.execute(_SQL["dismiss"], worker)


async def bury_workers(tx: Transaction) -> None:
    await tx.execute(_SQL["bury"])
