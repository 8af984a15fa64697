"""What the customer hears at once of a wish to act; what came of it is told by its receipt."""

from agents.acting.proposing import Step
from agents.acting.receipts import describe_done
from agents.draft import Draft
from agents.escalation import Reason, escalate, holding_text
from agents.texts import TEXTS

_REASONS: dict[str, Reason] = {
    "too_much": "refused_too_much", "day_limit": "refused_too_much", "month_limit": "refused_too_much",
    "not_yours": "refused_not_yours", "off": "refused_rules", "forbidden": "refused_rules", "shadow": "refused_rules",
    "too_often": "refused_rules",
}  # fmt: skip
"""For the owner's card."""


def say_step(draft: Draft, step: Step) -> bool:
    """True: nothing more has to be said by whoever wanted it."""
    language = draft.language
    match step.status:
        case "queued" | "read":
            pass  # the receipt comes within a second or two, and says it truly
        case "asked" if step.reason == "repeated":
            draft.say(TEXTS.text("action_waits", language))
        case "asked":
            draft.say(TEXTS.text("action_asked", language, action=step.title))
        case "repeated":
            draft.say("\n\n".join(filter(None, (TEXTS.text("action_repeated", language), describe_done(draft)))))
        case "refused" | "shadow":
            hand_over(draft, step)
    return True


def hand_over(draft: Draft, step: Step) -> None:
    """A refusal is no answer: a person looks at it."""
    draft.trace["refused"] = step.reason
    reason = _REASONS.get(step.reason, "action_refused")
    escalate(draft, draft.words, reason, holding_text(draft, reason))
