"""What became of an action, told truly: to the customer, to the owners who approved it, and to the claims gate."""

from dataclasses import replace
from datetime import datetime, timedelta

from agents.acting.approvals import title_of
from agents.acting.marks import mark_of
from agents.acting.titles import describe_object
from agents.actions.declaration import find_amount
from agents.actions.registry import BUILT_IN, find_actions
from agents.draft import Draft
from agents.policy.guards import find_rules
from agents.quality.receipts import Receipt
from agents.texts import TEXTS
from core.actions import ProposedAction
from core.events import ActionEnded, ActionResult, OwnerNotice
from core.texts import escape_markdown, write_moment
from tenants.agents import read_policy

_MOST_RECEIPTS = 20
_LONGEST_ERROR = 200


def take_result(draft: Draft, result: ActionResult) -> None:
    """Of an action that an agent proposed or an owner took back."""
    draft.trace["result"] = f"{result.action}: {'done' if result.ok else result.error or 'failed'}"
    if result.action == "take_back":
        _take_back(draft, result)
    elif result.ok:
        _take_receipt(draft, result)
    else:
        _take_failure(draft, result)


def _take_receipt(draft: Draft, result: ActionResult) -> None:
    tenant = draft.turn.tenant
    declared = find_actions(tenant.agents).get(result.action)
    if declared is None:  # switched off since: it was done all the same
        return
    named = dict.fromkeys(filter(None, (str(result.result.get("reference", ""))[:100], _reference(result))))
    reference = " ".join(named)
    receipt = Receipt(
        action=result.action, title=declared.title, done=declared.done, reference=reference,
        amount_micros=find_amount(declared, result.arguments), currency=tenant.currency, at=draft.now,
    )  # fmt: skip
    draft.keep(receipts=(*draft.state.receipts, receipt)[-_MOST_RECEIPTS:])
    _note_reference(draft, ProposedAction(name=result.action, arguments=result.arguments), reference)
    if result.action == "cancel_case":
        forget_acted(draft, reference)
    if result.approval_id is not None:
        minutes = find_rules(read_policy(tenant.agents), result.action).undo_minutes
        undo = draft.at + timedelta(minutes=minutes) if declared.reversal == "reversible" and minutes else None
        ended = ActionEnded(approval_id=result.approval_id, ok=True, undo_until=undo.timestamp() if undo else 0.0)
        draft.tell_desks(ended, f"ended:{result.key}")
    here = result.action == "send_message" and result.result.get("channel") == draft.turn.channel
    if draft.turn.mode == "bot" and not here:  # what came into this chat speaks for itself
        draft.say(_describe(draft, result, reference), author="system")


def _describe(draft: Draft, result: ActionResult, reference: str) -> str:
    """By our own template: what was done is never phrased by a model."""
    language = draft.language
    shown = escape_markdown(reference)
    match result.action:
        case "create_ticket" | "start_case":
            return TEXTS.text("done_ticket", language, reference=shown)
        case "set_reminder" | "schedule_call" as name:
            done = TEXTS.text(f"done_{name}", language, reference=shown, at=_moment(draft, result))
            numberless = name == "schedule_call" and not result.arguments.get("phone")
            return f"{done} {TEXTS.text('ask_number', language)}" if numberless else done
        case "give_refund":  # approved; that it was paid says whoever paid it
            about = describe_object(draft.turn.tenant, result.action, result.arguments, language)
            return TEXTS.text("done_give_refund", language, reference=shown, amount=about)
        case "cancel_case":
            return TEXTS.text("done_cancel_case", language, reference=shown)
        case "send_message":
            return TEXTS.text("done_send_message", language)
        case "update_profile":
            return TEXTS.text("done_update_profile", language)
        case _:
            action = ProposedAction(name=result.action, arguments=result.arguments)
            return TEXTS.text("action_done", language, action=title_of(draft, action))


def _take_failure(draft: Draft, result: ActionResult) -> None:
    """The customer hears that it was not done; an owner hears why, on the card or by a notice."""
    doubt = result.error == "in_doubt" or result.result.get("error_kind") == "InDoubt"
    action = ProposedAction(name=result.action, arguments=result.arguments)
    error = "in_doubt" if doubt else result.error[:_LONGEST_ERROR]
    if result.approval_id is not None:
        draft.tell_desks(ActionEnded(approval_id=result.approval_id, ok=False, text=error), f"ended:{result.key}")
    else:
        fields = {"title": _name(draft, result.action), "customer": draft.contact_name, "error": error}
        draft.tell_desks(OwnerNotice(notice="action_trouble", fields={**fields}), f"trouble:{result.key}")
    if not doubt:  # it may be asked for again
        _forget(draft, mark_of(action))
    if draft.turn.mode == "bot":
        key = "action_in_doubt" if doubt else "action_failed"
        draft.say(TEXTS.text(key, draft.language, action=title_of(draft, action)), author="system")


def _note_reference(draft: Draft, action: ProposedAction, reference: str) -> None:
    mark = mark_of(action)
    acted = tuple(replace(each, reference=reference) if each.mark == mark else each for each in draft.state.acted)
    draft.keep(acted=acted)


def _forget(draft: Draft, mark: str) -> None:
    draft.keep(acted=tuple(each for each in draft.state.acted if each.mark != mark))


def forget_acted(draft: Draft, reference: str) -> None:
    """What came of an action is over: the same may be wanted again."""
    if reference:
        draft.keep(acted=tuple(each for each in draft.state.acted if each.reference != reference))


def _name(draft: Draft, action: str) -> str:
    """The tenant's own words for its own; of ours the name, which the desk has words for."""
    declared = find_actions(draft.turn.tenant.agents).get(action)
    return declared.title if declared is not None and action not in BUILT_IN else action


def _take_back(draft: Draft, result: ActionResult) -> None:
    assert result.approval_id is not None
    name = str(result.result.get("action", ""))
    ended = ActionEnded(approval_id=result.approval_id, ok=result.ok, text=result.error[:_LONGEST_ERROR])
    draft.tell_desks(ended, f"ended:{result.key}")
    if not result.ok:
        return
    taken = [each for each in draft.state.receipts if each.action == name]
    for receipt in taken:
        forget_acted(draft, receipt.reference)
    draft.keep(receipts=tuple(each for each in draft.state.receipts if each.action != name))
    if draft.turn.mode == "bot":
        action = ProposedAction(name=name, arguments={})
        draft.say(TEXTS.text("action_taken_back", draft.language, action=title_of(draft, action)), author="system")


def _reference(result: ActionResult) -> str:
    return next((str(v) for k, v in result.arguments.items() if k in ("invoice", "order", "shipment", "reference")), "")


def _moment(draft: Draft, result: ActionResult) -> str:
    try:
        at = datetime.fromisoformat(str(result.result.get("at") or result.arguments.get("at")))
        return write_moment(at, draft.language, draft.turn.tenant.time_zone)
    except (ValueError, OverflowError):
        return "…"
