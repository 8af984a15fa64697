"""When the agent does not know, or should not go on alone: a card for the owners, a true word for the customer."""

from typing import Literal

from agents.draft import Draft
from agents.texts import TEXTS
from core.changes import OpenApproval
from core.events import CustomerRelayed, EscalationOpened
from core.ids import new_approval_id

Reason = Literal[
    "not_in_knowledge", "asked_for_person", "upset", "repeated", "action_refused", "quality", "limits", "loop",
    "risk", "refused_too_much", "refused_not_yours", "refused_rules", "paused",
]  # fmt: skip

_LONGEST_QUESTION = 1_500
_LONGEST_DRAFT = 1_000
_PATIENCE_SECONDS = 3 * 24 * 3600.0
"""After that an undecided card is taken for forgotten, and a new question opens a new one."""


def escalate(draft: Draft, question: str, reason: Reason, holding: str, *, suggestion: str = "") -> None:
    """Opens a card and says `holding`, if that is anything; while one is open, the question joins it."""
    question = question.strip()[:_LONGEST_QUESTION] or "…"
    draft.trace["escalated"] = reason
    if is_pending(draft):
        _join(draft, question, reason)
        return
    approval = new_approval_id()
    channel = draft.turn.channel or "telegram"
    draft.changes.append(
        OpenApproval(approval_id=approval, question=question, reason=reason, contact_name=draft.contact_name)
    )
    draft.tell_desks(
        EscalationOpened(
            approval_id=approval,
            stream_id=draft.turn.stream_id,
            contact_name=draft.contact_name,
            channel=channel,
            question=question,
            reason=reason,
            draft=suggestion[:_LONGEST_DRAFT],
        ),
        f"escalation:{approval}",
    )
    draft.keep(
        pending=approval, pending_since=draft.now, unsure_question=question, unsure_draft=suggestion[:_LONGEST_DRAFT]
    )
    draft.trace["approval"] = approval
    if holding:
        draft.say(holding)


def is_pending(draft: Draft) -> bool:
    return draft.state.pending is not None and draft.now - draft.state.pending_since < _PATIENCE_SECONDS


def holding_text(draft: Draft, reason: Reason) -> str:
    language = draft.language
    match reason:
        case "not_in_knowledge":
            return TEXTS.text("holding", language)
        case "asked_for_person":
            return TEXTS.text("holding_person", language)
        case "upset":
            return TEXTS.text("holding_upset", language)
        case "repeated":
            return TEXTS.text("holding_repeated", language)
        case "action_refused" | "limits" | "refused_too_much" | "refused_not_yours" | "refused_rules":
            return TEXTS.text("holding_action", language)
        case "quality" | "risk" | "paused":
            return TEXTS.text("holding", language)
        case "loop":
            return TEXTS.text("loop_stopped", language)


def _join(draft: Draft, question: str, reason: Reason) -> None:
    draft.trace["joined"] = draft.state.pending
    draft.tell_desks(
        CustomerRelayed(
            stream_id=draft.turn.stream_id,
            contact_name=draft.contact_name,
            channel=draft.turn.channel or "telegram",
            text=question,
            from_account=draft.turn.account_id,
        ),
        f"joined:{draft.turn.upto_seq}",
    )
    if reason == "paused":
        return  # they know that the bot is away
    person = reason in ("asked_for_person", "upset")
    draft.say(holding_text(draft, reason) if person else TEXTS.text("joined_pending", draft.language))
