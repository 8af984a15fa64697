"""Phrasing an answer with a model: what it was shown and nothing else, with the actions of the agent that answers.

What comes back is checked before it is said: accepted, revised once, or handed to a person.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Literal

from agents.acting.anomalies import flag_anomaly
from agents.acting.proposing import Step, act
from agents.acting.samples import sample
from agents.actions.registry import as_tool, list_for
from agents.draft import Draft
from agents.escalation import Reason
from agents.examples import keep_example
from agents.prompts import DOCUMENT, UNKNOWN, Prompt, write_prompt
from agents.quality.review import Material, Review, describe_findings, review_reply
from agents.state import AnsweredBy
from core.errors import Exhausted, StewardError
from core.events import OwnerNotice
from core.models import ChatMessage, ModelReply, ModelRequest, Tool
from core.money import MICROS
from core.turns import Passage

_DEADLINE = timedelta(seconds=20)
_MOST_TOKENS = 500
_MOST_CALLS = 8
"""Of one reply that are looked at; a model that wants more is not well."""
_LONGEST_REPLY = 20_000
_REFUSALS = 2
"""The first is told to the model; at the second a person takes over."""


@dataclass(frozen=True, slots=True)
class Phrased:
    outcome: Literal["answer", "acted", "unknown", "wrong", "failed", "handed_over"]
    """`wrong`: what the model said does not hold against what it was given. `acted`: what it did speaks for itself."""
    text: str = ""
    by: AnsweredBy | None = None
    reason: Reason = "quality"
    """Of a handing over."""
    step: Step | None = None
    """Of `acted`: the last one."""


@dataclass(slots=True)
class _Talk:
    """With the model, within one turn."""

    prompt: Prompt
    messages: list[ChatMessage]
    tools: tuple[Tool, ...]
    agent: str
    question: str
    given: list[str]
    notes: list[str]
    """What of it the business itself says: notes and its own records, nothing that a customer sent."""
    grounded: bool
    """Whether there is anything to answer from."""
    steps: list[Step] = field(default_factory=list[Step])
    by: AnsweredBy | None = None


async def phrase_answer(
    draft: Draft, text: str, passages: Sequence[Passage], *, alone: bool, agent: str = "general"
) -> Phrased:
    """Never raises but Transient from look-ups: without a usable reply the knowledge itself is the answer.

    `alone`: from the question and the passages only, without what was said before, so that it holds for everybody; such
    an answer does nothing. Neither does one to a message that tries to give orders.
    """
    prompt = write_prompt(draft, text, passages, alone=alone, agent=agent)
    draft.trace["memory"] = {**({} if alone else draft.turn.recalled.why), "prompt": {**prompt.trace}}
    draft.instructions = tuple(each.content for each in prompt.messages if each.role == "system")
    offered = () if alone or draft.suspicious else list_for(draft.turn.tenant.agents, agent)
    talk = _Talk(
        prompt=prompt, messages=list(prompt.messages), tools=tuple(as_tool(each) for each in offered), agent=agent,
        question=text, given=list(prompt.given),
        notes=[each.text for each in passages if each.source.partition(" › ")[0] != DOCUMENT],
        grounded=bool(passages) or remembers(draft),
    )  # fmt: skip
    try:
        reply = await _converse(draft, talk)
    except StewardError as error:
        if draft.meter.stopped or draft.refusals >= _REFUSALS:
            return _stopped(draft, talk)
        if _acted(talk):  # what it has done goes on, and tells of itself
            draft.trace["model_error"] = str(error)
            return Phrased("acted", step=_last(talk))
        draft.trace["budget" if isinstance(error, Exhausted) else "model_error"] = str(error)
        return Phrased("failed")
    if draft.refusals >= _REFUSALS or draft.meter.stopped:
        return _stopped(draft, talk)
    return await _check(draft, talk, reply)


async def _converse(draft: Draft, talk: _Talk) -> ModelReply:
    """Until the model says something instead of asking for something. Raises StewardError."""
    while True:
        reply = await _ask(draft, talk)
        if not reply.tool_calls or draft.refusals >= _REFUSALS:
            return reply
        calls = reply.tool_calls[:_MOST_CALLS]
        if len(calls) < len(reply.tool_calls):
            draft.meter.stopped = draft.meter.stopped or "actions"
        talk.messages.append(ChatMessage(role="assistant", content=reply.text[:_LONGEST_REPLY], tool_calls=calls))
        for call in calls:
            step = await act(draft, call.name, call.arguments, agent=talk.agent)
            talk.steps.append(step)
            if step.status == "read":
                talk.given.append(step.says)
                talk.notes.append(step.says)
                talk.grounded = True
            talk.messages.append(ChatMessage(role="tool", content=step.says, answers=call.id))
        if draft.meter.stopped:
            return reply


async def _ask(draft: Draft, talk: _Talk) -> ModelReply:
    reply = await draft.tools.models.reply(
        ModelRequest(
            messages=tuple(talk.messages),
            max_output_tokens=_MOST_TOKENS,
            deadline=_DEADLINE,
            question=talk.question,
            agent=talk.agent,
            tools=talk.tools,
        )
    )
    talk.by = AnsweredBy(model=reply.model, difficulty=reply.difficulty)
    draft.trace |= {"model": reply.model, "cost": f"{Decimal(reply.cost.micros) / MICROS:f} {reply.cost.currency}"}
    return reply


async def _check(draft: Draft, talk: _Talk, reply: ModelReply) -> Phrased:
    """Accept, one revision, or a person."""
    text = reply.text[:_LONGEST_REPLY]
    if UNKNOWN in text and not _acted(talk):
        return Phrased("unknown", by=talk.by)
    if not text.strip() and _acted(talk):
        return Phrased("acted", by=talk.by, step=_last(talk))
    if not (talk.grounded or _acted(talk) or text.rstrip().endswith("?")):
        draft.trace["ungrounded"] = True  # it may ask back, and nothing else
        return Phrased("unknown", by=talk.by)
    review = _review(draft, talk, text)
    if review.verdict == "revise":
        draft.trace["revised"] = [finding.code for finding in review.findings]
        if untrue := [finding.code for finding in review.findings if finding.code in ("claim", "promise")]:
            flag_anomaly(draft, untrue[0])
        revised = await _revise(draft, talk, text, review)
        if revised is None:
            if not _acted(talk):
                return Phrased("wrong", by=talk.by)
            return Phrased("acted", by=talk.by, step=_last(talk))
        keep_example(draft, talk.question, text, revised, "qa")
        text = revised
    elif review.verdict == "escalate":
        return _flag(draft, talk, review)
    sample(draft, talk.question, "\n".join(talk.given), text)
    return Phrased("answer", text, talk.by)


def _review(draft: Draft, talk: _Talk, text: str) -> Review:
    material = Material(
        question=talk.question, given=tuple(talk.given), receipts=draft.state.receipts, language=draft.language,
        notes=tuple(talk.notes),
        instructions=draft.instructions,
    )  # fmt: skip
    return review_reply(text, material)


async def _revise(draft: Draft, talk: _Talk, text: str, review: Review) -> str | None:
    """The one other try, without actions. None when it is no better."""
    talk.messages += [
        ChatMessage(role="assistant", content=text),
        ChatMessage(role="user", content=describe_findings(review.findings)),
    ]
    talk.tools = ()
    try:
        reply = await _ask(draft, talk)
    except StewardError as error:
        draft.trace["model_error"] = str(error)
        return None
    again = reply.text[:_LONGEST_REPLY]
    if UNKNOWN in again or not again.strip():
        return None
    second = _review(draft, talk, again)
    if second.verdict != "accept":
        draft.trace["refused_reply"] = [finding.code for finding in second.findings]
        return None
    return again


def _flag(draft: Draft, talk: _Talk, review: Review) -> Phrased:
    """What must never be said: a person answers, and the owner hears that a model went wrong."""
    codes = ", ".join(finding.code for finding in review.findings)
    draft.trace["refused_reply"] = [finding.code for finding in review.findings]
    flag_anomaly(draft, codes)
    return Phrased("handed_over", by=talk.by, reason="quality")


def _stopped(draft: Draft, talk: _Talk) -> Phrased:
    """Too many refusals, or a limit of the turn: a person looks, and nothing a model wanted goes on without one."""
    limits = bool(draft.meter.stopped)
    if limits:
        draft.trace["limit"] = draft.meter.stopped
        fields = {"what": "limits", "customer": draft.contact_name}
        draft.tell_desks(OwnerNotice(notice="loop_stopped", fields={**fields}), f"limits:{draft.turn.upto_seq}")
    draft.withdraw_actions()
    return Phrased("handed_over", by=talk.by, reason="limits" if limits else "action_refused")


def remembers(draft: Draft) -> bool:
    """Whether the answer may be in what the customer told before, or in what was said just now."""
    recalled = draft.turn.recalled
    facts = recalled.person.facts if recalled.person else ()
    return bool(recalled.older or facts or recalled.summary)


def _acted(talk: _Talk) -> bool:
    return any(step.status in ("queued", "asked", "repeated") for step in talk.steps)


def _last(talk: _Talk) -> Step | None:
    return next((step for step in reversed(talk.steps) if step.status in ("queued", "asked", "repeated")), None)
