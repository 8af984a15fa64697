"""Actions that wait for an owner: asked for, handed to the next owner in time, dropped when nobody decides."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from agents.acting.board import add_waiting, drop_waiting
from agents.acting.marks import about_of, mark_of, note_acted
from agents.acting.state import Waiting
from agents.acting.titles import describe_object, name_action
from agents.acting.votes import Vote, write_votes
from agents.actions.declaration import ActionDeclaration
from agents.actions.registry import find_actions
from agents.draft import Draft
from agents.policy.guards import find_approver, find_rules
from agents.policy.hashing import hash_action
from agents.policy.verdicts import Verdict
from agents.texts import TEXTS
from core.actions import ProposedAction
from core.changes import AskedAction, DecideApproval, OpenApproval, SetTimer
from core.events import ActionAsked, EscalationClosed, OwnerDecision, TimerFired
from core.ids import ApprovalId, StreamId, new_approval_id
from core.turns import Approval, AuditNote, Member
from tenants.agents import read_policy

TIMER = "approval:"
_LONGEST_QUESTION = 1_500


async def ask_owner(
    draft: Draft, declared: ActionDeclaration, action: ProposedAction, verdict: Verdict, votes: Sequence[Vote], why: str
) -> None:
    """Opens an approval that holds for exactly this action. One owner is asked now, the others at half-time."""
    tenant, policy = draft.turn.tenant, read_policy(draft.turn.tenant.agents)
    approval = new_approval_id()
    lasts = timedelta(minutes=find_rules(policy, declared.name).answer_within_minutes)
    expires_at = min(draft.at.replace(microsecond=0) + lasts, _latest(action, draft.at + lasts))
    asked = AskedAction(
        action=action, expires_at=expires_at, approver=find_approver(policy, declared), votes=write_votes(votes),
        action_hash=hash_action(tenant.tenant_id, draft.turn.stream_id, action.name, action.arguments, expires_at),
    )  # fmt: skip
    draft.changes += [
        OpenApproval(
            approval_id=approval, question=draft.words[:_LONGEST_QUESTION] or "…", reason=why or verdict.reason,
            contact_name=draft.contact_name, asked=asked,
        ),
        SetTimer(name=f"{TIMER}{approval}:next", due_at=draft.at + (expires_at - draft.at) / 2),
        SetTimer(name=f"{TIMER}{approval}:end", due_at=expires_at),
    ]  # fmt: skip
    first = _first_desk(await draft.tools.reader.members(), asked.approver)
    draft.tell_desks(ActionAsked(approval_id=approval), f"action:{approval}:first", only=first)
    waiting = Waiting(
        approval=approval, name=action.name, title=name_action(tenant, action.name, draft.language),
        mark=mark_of(action), about=about_of(declared, action), until=expires_at.timestamp(),
    )  # fmt: skip
    await add_waiting(draft, waiting)
    draft.trace["approval"] = approval


def _latest(action: ProposedAction, otherwise: datetime) -> datetime:
    """A call at three is not worth approving at four."""
    try:
        at = datetime.fromisoformat(str(action.arguments.get("at")))
    except ValueError:
        return otherwise
    return at.replace(microsecond=0) if at.tzinfo is not None else otherwise


def _first_desk(members: Sequence[Member], approver: str) -> StreamId | None:
    """Whoever joined first of those who may decide. None, which is everybody, where there is no other to go on to."""
    able = [each for each in members if each.role == "owner" or (each.role == "manager" and approver == "manager")]
    return able[0].desk if len(able) > 1 else None


async def follow_timer(draft: Draft, timer: TimerFired) -> None:
    """Half the time is over, or all of it: the next owners are asked, or the safe thing is done, which is nothing."""
    approval_id, _, step = timer.name.removeprefix(TIMER).rpartition(":")
    approval = await draft.tools.reader.approval(ApprovalId(approval_id))
    if approval is None or approval.status != "pending" or approval.stream_id != draft.turn.stream_id:
        return
    draft.trace["approval"] = approval_id
    if step == "next":
        draft.tell_desks(ActionAsked(approval_id=approval.approval_id, step="next"), f"action:{approval_id}:next")
        return
    draft.changes.append(
        DecideApproval(approval_id=approval.approval_id, expected="pending", status="expired", member_id=None)
    )
    closed = EscalationClosed(approval_id=approval.approval_id, outcome="expired", member_name="")
    draft.tell_desks(closed, f"decision:{approval_id}:expired")
    await _forget(draft, approval)
    _say(draft, approval, "action_expired")


async def follow_approval(draft: Draft, decision: OwnerDecision) -> None:
    """What may be done stands in the approval that the owner decided, never in the event or in the model's words."""
    approval = await draft.tools.reader.approval(decision.approval_id) if decision.approval_id else None
    if approval is None or approval.asked is None or approval.stream_id != draft.turn.stream_id:
        draft.trace["decision"] = f"{decision.decision}: no such approval"
        return
    draft.trace["approval"] = approval.approval_id
    action = approval.asked.action
    match decision.decision, approval.status:
        case "approve", "approve":
            await _forget(draft, approval)
            draft.actions.append(_with_approval(action, approval))
            note_acted(draft, find_actions(draft.turn.tenant.agents).get(action.name), action)
            draft.note_step(action.agent, action.name, "approved")
            _note(draft, approval, "action.approved")
        case "reject", "reject":
            await _forget(draft, approval)
            _say(draft, approval, "action_rejected")
        case "undo", "undone":
            draft.actions.append(
                ProposedAction(name="take_back", arguments={}, contact=action.contact, approval_id=approval.approval_id)
            )
            _note(draft, approval, "action.take_back")
        case _:
            draft.trace["decision"] = f"{decision.decision}: the approval is {approval.status}"


def _with_approval(action: ProposedAction, approval: Approval) -> ProposedAction:
    return ProposedAction(
        name=action.name, arguments=action.arguments, money_moving=action.money_moving, agent=action.agent,
        contact=action.contact, executor=action.executor, approval_id=approval.approval_id,
    )  # fmt: skip


async def _forget(draft: Draft, approval: Approval) -> None:
    """It waits no longer."""
    await drop_waiting(draft, approval.approval_id)
    draft.changes += [SetTimer(name=f"{TIMER}{approval.approval_id}:{step}", due_at=None) for step in ("next", "end")]


def _say(draft: Draft, approval: Approval, key: str) -> None:
    assert approval.asked is not None
    if draft.turn.mode == "human":  # a colleague is talking to them, and has seen the card
        return
    draft.say(TEXTS.text(key, draft.language, action=title_of(draft, approval.asked.action)), author="system")


def title_of(draft: Draft, action: ProposedAction) -> str:
    """`Credit on an invoice (€125.00 · INV-7001)`."""
    tenant = draft.turn.tenant
    title = name_action(tenant, action.name, draft.language)
    about = describe_object(tenant, action.name, action.arguments, draft.language)
    return f"{title} ({about})" if about else title


def _note(draft: Draft, approval: Approval, what: str) -> None:
    assert approval.asked is not None
    details = {"approval": approval.approval_id, "action": approval.asked.action.name}
    draft.audit.append(AuditNote(action=what, actor=f"agent:{approval.asked.action.agent}", details=details))
