"""A card of the list in full: with its buttons while it waits, and with how it ended when it does not."""

from admin.action_card import show_action, show_ended
from admin.action_rights import is_open
from admin.budget_card import show_budget, show_decided
from admin.cards import retire_card, show_approval
from admin.inbox.lines import write_wait
from admin.session import DeskTurn
from core.events import BudgetReached
from core.ids import ApprovalId
from core.money import Money


async def open_card(desk: DeskTurn, approval_id: ApprovalId, *, before: str | None = None) -> bool:
    """False for what is none. `before` stands above it: why it is shown."""
    approval = await desk.approval(approval_id)
    if approval is None:
        return False
    retire_card(desk, approval)
    if approval.asked is None:
        waits = desk.write("box_waits", wait=write_wait(desk, approval.created_at))
        show_approval(desk, approval, before=before, waits=waits)
    elif is_open(desk, approval):
        show_action(desk, approval, above=before, from_inbox=True)
    else:
        await show_ended(desk, approval, approval.asked)
    return True


async def open_limit(desk: DeskTurn, scope: str, period: str, micros: int) -> bool:
    limit = Money(micros=micros, currency=desk.turn.tenant.currency)
    reached = await desk.reached_limit(scope, period, limit)
    if reached is None:
        return False
    if reached.decision is not None:
        show_decided(desk, reached)
        return True
    show_budget(
        desk,
        BudgetReached(
            scope=reached.scope, period=reached.period, percent=100, limit_micros=limit.micros,
            used_micros=reached.used.micros, currency=limit.currency,
        ),
    )  # fmt: skip
    return True
