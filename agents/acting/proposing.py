"""One door for everything that an agent wants done, whoever thought of it: a rule, a model, a hostile model."""

from dataclasses import dataclass
from typing import Literal, assert_never

from pydantic import JsonValue

from agents.acting.approvals import ask_owner
from agents.acting.board import MOST_WAITING, list_waiting
from agents.acting.consensus import collect_votes, settle
from agents.acting.lookups import look_up
from agents.acting.marks import about_of, mark_of, note_acted
from agents.acting.titles import name_action
from agents.actions.declaration import ActionDeclaration, find_records, read_arguments
from agents.actions.registry import find_actions
from agents.draft import Draft
from agents.policy.judging import judge
from agents.policy.verdicts import Circumstances, Verdict
from agents.quality.leaks import find_leaks
from agents.quality.review import Material, describe_findings, review_reply
from core.actions import ActionUses, ProposedAction
from core.errors import Rejected
from core.events import OwnerNotice
from core.turns import AuditNote
from tenants.agents import read_policy

_SAME_SECONDS = 24 * 3600.0
"""Within this time the same action with the same arguments is one action."""
_FALSE = frozenset({"leak", "link", "claim", "promise", "insult"})
"""Findings that stop an action; a wrong language or a number of the customer's own does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What became of a wish to act."""

    status: Literal["read", "queued", "asked", "refused", "shadow", "repeated"]
    says: str
    """For a model: what it may go by from here. Data of the customer's own records where something was read."""
    title: str = ""
    """Of what an owner was asked for, in the customer's language."""
    reason: str = ""
    """Of a refusal, as `Verdict.reason`."""


async def act(draft: Draft, name: str, arguments: dict[str, JsonValue], *, agent: str, why: str = "") -> Step:
    """`why` is shown to whoever approves: exact, and true. Raises Transient from the look-ups."""
    policy = draft.turn.tenant.agents
    declared = find_actions(policy).get(name)
    if declared is None or declared.by != "agent":
        return _refuse(draft, name, agent, Verdict(decision="forbid", reason="unknown", says=f"No action {name[:40]}"))
    if not draft.meter.take_action():
        return _refuse(draft, name, agent, Verdict(decision="forbid", reason="limits", says="Too many actions at once"))
    try:
        checked = read_arguments(declared, arguments)
    except Rejected as error:
        return _refuse(draft, name, agent, Verdict(decision="forbid", reason="malformed", says=str(error)))
    action = ProposedAction(
        name=name, arguments=checked, money_moving=declared.money_moving, agent=agent, contact=draft.contact,
        executor=declared.executor if declared.executor != name else "",
    )  # fmt: skip
    verdict = judge(action, await _circumstances(draft, declared, action))
    if verdict.decision == "forbid":
        return _shadow(draft, action) if verdict.level == "shadow" else _refuse(draft, name, agent, verdict)
    if not declared.executor:
        found = await look_up(draft, declared, action)
        draft.note_step(agent, name, "read")
        return Step(status="read", says=found)
    if (finding := _unsayable(draft, declared, action)) is not None:
        return _refuse(draft, name, agent, Verdict(decision="forbid", reason="quality", says=finding))
    if _contradicts(draft, declared, action):
        says = f"{name} was asked for twice in different ways: a colleague decides"
        return _refuse(draft, name, agent, Verdict(decision="forbid", reason="contradiction", says=says))
    if (known := await _known(draft, declared, action)) is not None:
        return known
    return await _go_on(draft, declared, action, verdict, why)


async def _go_on(draft: Draft, declared: ActionDeclaration, action: ProposedAction, verdict: Verdict, why: str) -> Step:
    votes = await collect_votes(draft, declared, action)
    verdict = settle(verdict, votes)
    draft.note_step(action.agent, action.name, verdict.decision, verdict, votes)
    match verdict.decision:
        case "allow":
            draft.actions.append(action)
            note_acted(draft, declared, action)
            return Step(status="queued", says=f"{declared.name} is on its way. It is not done yet: do not say so.")
        case "ask":
            if verdict.reason == "breaker":
                fields: dict[str, JsonValue] = {"what": "breaker", "customer": draft.contact_name}
                key = f"breaker:{draft.at:%Y-%m-%dT%H}"
                draft.tell_desks(OwnerNotice(notice="loop_stopped", fields=fields), key, everywhere=True)
            await ask_owner(draft, declared, action, verdict, votes, why)
            return Step(
                status="asked",
                says=f"{declared.name} waits for a colleague's approval. Say so, not that it is done or will be.",
                reason=verdict.reason,
                title=name_action(draft.turn.tenant, declared.name, draft.language),
            )
        case "forbid":
            return _refuse(draft, action.name, action.agent, verdict)
        case _:
            assert_never(verdict.decision)


async def _circumstances(draft: Draft, declared: ActionDeclaration, action: ProposedAction) -> Circumstances:
    tenant, reader = draft.turn.tenant, draft.tools.reader
    person = await draft.contacts()
    keys = tuple(find_records(declared, action.arguments))
    return Circumstances(
        actions=find_actions(tenant.agents),
        policy=read_policy(tenant.agents),
        now=draft.at,
        time_zone=tenant.time_zone,
        person=person,
        owners=await reader.owners(keys, await draft.whose()) if keys else {},
        uses=await reader.action_uses(action.name, person) if declared.executor else ActionUses(),
        suspicious=bool(draft.suspicious),
    )


async def _known(draft: Draft, declared: ActionDeclaration, action: ProposedAction) -> Step | None:
    """The same again is not done again: neither what waits for an owner, on whatever channel it was asked for, nor what
    is on its way or done. About one record one wish waits at a time."""
    mark, about = mark_of(action), about_of(declared, action)
    waiting = await list_waiting(draft)
    if len(waiting) >= MOST_WAITING or any(about == each.about or mark == each.mark for each in waiting):
        draft.note_step(action.agent, action.name, "repeated")
        return Step(status="asked", says=f"{action.name} waits for a colleague already", reason="repeated")
    lately = [each for each in draft.state.acted if draft.now - each.at < _SAME_SECONDS]
    # Money about one record goes out once a day from here, however it is worded: more of it is a person's to decide.
    if any(each.mark == mark or (declared.gives_money and each.about == about) for each in lately):
        draft.note_step(action.agent, action.name, "repeated")
        says = f"{action.name} was asked for before and is not done twice"
        return Step(status="repeated", says=says, reason="repeated")
    return None


def _unsayable(draft: Draft, declared: ActionDeclaration, action: ProposedAction) -> str | None:
    """What an action carries out of here is looked at like a reply: nothing leaks, and words that reach the customer
    are the bot's words, so nothing false comes in by that door either."""
    knowledge = tuple(passage.text for passage in draft.turn.recalled.knowledge)
    material = Material(
        question=draft.words, given=(draft.words, *knowledge), notes=knowledge, receipts=draft.state.receipts,
        language=draft.language, instructions=draft.instructions,
    )  # fmt: skip
    for text in filter(lambda value: isinstance(value, str), action.arguments.values()):
        words = str(text)
        if draft.words and words in draft.words:  # what the customer wrote, word for word
            continue
        if find_leaks(words, material.given, instructions=material.instructions):
            return f"{action.name}: it holds what must not leave"
        review = review_reply(words, material) if declared.touches == "customer" and " " in words else None
        if review is not None and any(finding.code in _FALSE for finding in review.findings):
            return describe_findings(review.findings)
    return None


def _contradicts(draft: Draft, declared: ActionDeclaration, action: ProposedAction) -> bool:
    """The same action about the same thing with other arguments, within one turn: neither goes on by itself."""
    records = list(find_records(declared, action.arguments))
    about, mark = about_of(declared, action) if records else action.name, mark_of(action)
    before = draft.wanted.setdefault(about, mark)
    if before == mark:
        return False
    draft.wanted[about] = ""  # nothing is like it any more
    draft.actions = [each for each in draft.actions if mark_of(each) != before or each.approval_id]
    draft.keep(acted=tuple(each for each in draft.state.acted if each.mark != before))
    draft.refusals += 1  # with the refusal that follows it is enough for a person to look
    return True


def _refuse(draft: Draft, name: str, agent: str, verdict: Verdict) -> Step:
    """Told to the model once; whoever calls hands over to a person at the second one."""
    draft.refusals += 1
    draft.note_step(agent, name[:40], "forbid", verdict)
    return Step(status="refused", says=verdict.says, reason=verdict.reason)


def _shadow(draft: Draft, action: ProposedAction) -> Step:
    """Noted, and nothing else: the owner sees in the trail what it would have done."""
    draft.note_step(action.agent, action.name, "shadow")
    details: dict[str, JsonValue] = {"action": action.name, "agent": action.agent, "stream": draft.turn.stream_id.hex}
    draft.audit.append(AuditNote(action="action.shadow", actor=f"agent:{action.agent}", details=details))
    return Step(status="shadow", says=f"{action.name} cannot be done from here; a colleague has to", reason="shadow")
