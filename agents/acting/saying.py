"""What the customer hears at once of a wish to act; what came of it is told by its receipt."""

from agents.acting.proposing import Step
from agents.acting.receipts import describe_done
from agents.draft import Draft
from agents.escalation import escalate, holding_text
from agents.texts import TEXTS


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
    escalate(draft, draft.words, "action_refused", holding_text(draft, "action_refused"), suggestion="")
