"""Money back where the business has no books of ours to ask: an owner approves it and pays it by hand."""

from agents.acting.proposing import Step, act
from agents.actions.everyday import GIVE_REFUND
from agents.draft import Draft
from agents.intake.request import Request
from agents.texts import TEXTS
from agents.thresholds import is_answered
from tenants.agents import read_policy

_LONGEST_REASON = 300
_FEW_LETTERS = 8
"""A line with fewer only says how much: the one before it says why."""


async def serve_refund(draft: Draft, request: Request) -> Step | None:
    """None for a question about refunds that the business's notes answer."""
    tenant, entities = draft.turn.tenant, request.entities
    if not entities.amounts and "?" in draft.words and is_answered(draft.turn):
        return None
    if not entities.amounts or entities.currency not in ("", tenant.currency):
        draft.say(TEXTS.text("ask_amount", draft.language))
        return Step(status="read", says="asked the customer first")
    agent = "billing" if "billing" in read_policy(tenant.agents).on else "general"
    arguments = {"amount": entities.amounts[0], "reason": _reason(draft)}
    return await act(draft, GIVE_REFUND, {**arguments}, agent=agent)


def _reason(draft: Draft) -> str:
    """The customer's words, as words."""
    bare = sum(character.isalpha() for character in draft.words) < _FEW_LETTERS
    lines = draft.state.asked_lately[-2:] if bare else (draft.words,)
    return " / ".join(" ".join(line.split()) for line in lines)[:_LONGEST_REASON] or "…"
