"""What was done for a customer lately, by its receipts."""

from datetime import UTC, datetime

from agents.acting.titles import name_action
from agents.draft import Draft
from agents.texts import TEXTS
from core.money import Money
from core.texts import escape_markdown, write_moment, write_money

_MOST, _LATELY = 3, 14 * 24 * 3600.0
_TOLD_ELSEWHERE = frozenset(
    {"create_ticket", "start_case", "set_reminder", "schedule_call", "cancel_case", "give_refund"}
)
"""Cases tell of themselves."""


def describe_done(draft: Draft) -> str:
    """The latest first; empty where nothing was done within two weeks."""
    lines: list[str] = []
    for receipt in reversed(draft.state.receipts):
        if receipt.action in _TOLD_ELSEWHERE or draft.now - receipt.at > _LATELY or len(lines) == _MOST:
            continue
        amount = Money(micros=receipt.amount_micros, currency=receipt.currency)
        about = [write_money(amount, draft.language)] if receipt.amount_micros else []
        about += [escape_markdown(receipt.reference)] if receipt.reference else []
        title = name_action(draft.turn.tenant, receipt.action, draft.language)
        at = write_moment(datetime.fromtimestamp(receipt.at, UTC), draft.language, draft.turn.tenant.time_zone)
        lines.append(TEXTS.text("action_done_at", draft.language, action=f"{title} ({' · '.join(about)})", at=at))
    return "\n".join(lines)
