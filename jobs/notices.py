"""Notices for owners from outside a turn: recorded as events of their desks, like everything else."""

from core.events import OwnerNotice
from core.ids import TenantId
from core.recording import Recorder
from core.turns import DeskEvent
from db.engine.directory import list_desks
from db.engine.link import Link
from jobs.finishing import desk_event


async def notify_desks(link: Link, recorder: Recorder, tenant: TenantId, notice: OwnerNotice, key: str) -> None:
    """Tells every desk of the tenant. `key` makes the notice one that is told once. Raises Transient."""
    async with link.use() as tx:
        desks = await list_desks(tx, tenant)
    told = DeskEvent(event=notice, key=key)
    await recorder.record([desk_event(tenant, desk, chat, told) for desk, _, chat in desks])
