"""Who may decide about an action, and whether it can still be decided. The policy looks again before it is done."""

from admin.action_fields import find_declared
from admin.session import DeskTurn
from agents.policy.guards import find_approver
from core.changes import AskedAction
from core.turns import Approval
from tenants.agents import read_policy


def needs_owner(desk: DeskTurn, asked: AskedAction) -> bool:
    """By the rules of when it was asked for, or by those of now: the stricter ones."""
    declared = find_declared(desk, asked.action.name)
    now = find_approver(read_policy(desk.turn.tenant.agents), declared) if declared else "owner"
    return "owner" in (asked.approver, now)


def may_approve(desk: DeskTurn, asked: AskedAction) -> bool:
    """Whoever may approve may also take it back."""
    role = desk.member.role if desk.member else "viewer"
    return role == "owner" or (role == "manager" and not needs_owner(desk, asked))


def is_open(desk: DeskTurn, approval: Approval) -> bool:
    """The row may still say `pending` for a moment when the time is over."""
    asked = approval.asked
    return approval.status == "pending" and asked is not None and asked.expires_at > desk.tools.clock.now()
