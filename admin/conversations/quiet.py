"""A conversation that was taken over and then forgotten goes back to the bot, and everybody is told."""

from admin.cards import name_customer
from admin.conversations.silence import QUIET
from admin.session import DeskTurn
from admin.takeover import release
from core.events import RecordedEvent, TimerFired
from core.ids import ApprovalId
from core.turns import Member


async def end_silence(desk: DeskTurn, member: Member, timer: TimerFired, recorded: RecordedEvent) -> None:
    """Nothing happens when the conversation is no longer this desk's."""
    del recorded
    approval_id = ApprovalId(str(timer.payload.get("approval", "")))
    relay = desk.state.relay(approval_id)
    approval = await desk.approval(approval_id) if relay else None
    if relay is None or approval is None or approval.status != "take_over":
        return
    hours = int(QUIET.total_seconds() // 3600)
    desk.send_text(desk.plural("quiet_released", hours, customer=name_customer(desk, relay.name)))
    await release(desk, member, approval)
