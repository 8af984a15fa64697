"""How the installation is: workers, what waits and since when, what went wrong, how big it is."""

from datetime import datetime

from admin.session import DeskTurn
from core.office.operator import Health, OperatorReader

_MEGABYTE = 1024 * 1024


async def show_health(desk: DeskTurn, office: OperatorReader) -> None:
    desk.say(
        "op_health",
        desk.button("op_button_list", "op:list:0"),
        desk.button("op_button_again", "op:health"),
        **describe_health(desk, await office.health()),
    )


def describe_health(desk: DeskTurn, health: Health) -> dict[str, object]:
    return {
        "workers": health.workers,
        "pending": describe_waiting(desk, health.pending, health.pending_since),
        "queued": describe_waiting(desk, health.queued, health.queued_since),
        "dead": health.dead_letters,
        "troubled": health.troubled,
        "tenants": health.tenants,
        "suspended": health.suspended,
        "size": f"{health.database_bytes / _MEGABYTE:.0f}",
    }


def describe_waiting(desk: DeskTurn, count: int, since: datetime | None) -> str:
    """How many, and how long the first one has waited."""
    if not count or since is None:
        return str(count)
    seconds = max(0, round((desk.tools.clock.now() - since).total_seconds()))
    age = f"{seconds} s" if seconds < 120 else f"{seconds // 60} min" if seconds < 7200 else f"{seconds // 3600} h"
    return desk.write("op_waiting", count=count, age=age)
