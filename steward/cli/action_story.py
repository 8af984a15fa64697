"""An action that waited for an owner, for `trace`: who wanted it, who agreed, who decided, where it was done."""

from collections.abc import Callable
from datetime import datetime

from core.ids import TenantId
from db.asked import load_asked
from db.trace import TracedApproval


def tell_action(
    approval: TracedApproval, tenant: TenantId, clock: Callable[[datetime], str], *, words: bool
) -> list[str]:
    """Empty for a question. Amounts and texts only with `words`: they are the customer's."""
    try:
        asked = load_asked(approval.action)
    except ValueError:
        return ["an action of another version"]
    if asked is None:
        return []
    action = asked.action
    shown = f" {action.arguments}" if words else f" ({', '.join(action.arguments)})"
    edited = ", edited by the owner" if approval.decided_text == "edited" else ""
    lines = [f"{action.agent} wanted {action.name}{shown}{edited}"]
    for agent, vote in asked.votes.items():
        if isinstance(vote, dict):
            why = f": {vote.get('why')}" if words else ""
            lines.append(f"{agent} said {'yes' if vote.get('for') else 'no'}{why}")
    lines.append(f"to be approved by {asked.approver}s, until {clock(asked.expires_at)}")
    return [*lines, *_tell_use(approval, tenant, clock)]


def _tell_use(approval: TracedApproval, tenant: TenantId, clock: Callable[[datetime], str]) -> list[str]:
    if approval.used_by is None:
        return []
    stream, _, place = approval.used_by.partition(":")
    turn = f"{tenant}-{stream}-{place.partition(':')[0]}"
    ended = f" at {clock(approval.use_ended_at)}" if approval.use_ended_at else ""
    error = f", {approval.use_error}" if approval.use_error else ""
    return [f"used once, by turn {turn}: {approval.use_status or 'refused'}{ended}{error}"]
