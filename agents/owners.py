"""What an owner decided at the desk, told to the customer."""

from typing import assert_never

from agents.acting.approvals import follow_approval
from agents.draft import Draft
from agents.examples import keep_correction
from agents.texts import TEXTS
from agents.verdicts import regret
from core.events import OwnerDecision
from core.messages import SendText
from core.texts import escape_markdown

_LONGEST_NAME = 60


async def follow_decision(draft: Draft, event: OwnerDecision) -> None:
    """Raises Transient from the look-up of an approval."""
    draft.trace["decision"] = event.decision
    match event.decision:
        case "answer":
            keep_correction(draft, event.text)
            _close(draft, event)
            _pass_on(draft, event)
        case "relay":
            _pass_on(draft, event)
        case "take_over":
            _close(draft, event)
            regret(draft)
            name = " ".join(event.member_name.replace("\0", "").split())[:_LONGEST_NAME]
            shown = escape_markdown(name) or TEXTS.text("someone", draft.language)
            draft.say(TEXTS.text("owner_joined", draft.language, name=shown), author="system")
        case "release":
            _close(draft, event)
            draft.say(TEXTS.text("bot_back", draft.language), author="system")
        case "dismiss":
            _close(draft, event)
            draft.say(TEXTS.text("dismissed", draft.language), author="system")
        case "approve" | "reject" | "undo":
            await follow_approval(draft, event)
        case _:
            assert_never(event.decision)


def _pass_on(draft: Draft, event: OwnerDecision) -> None:
    text = event.text.replace("\0", "").strip()
    if text:
        draft.messages.append(SendText(text=text, author="owner"))
    draft.send_files(event.attachments, event.from_account, "owner")


def _close(draft: Draft, event: OwnerDecision) -> None:
    """The next unknown question opens a card of its own."""
    if event.approval_id is None or event.approval_id == draft.state.pending or event.decision == "take_over":
        draft.keep(pending=None, pending_since=0.0, said="", repeats=0)
