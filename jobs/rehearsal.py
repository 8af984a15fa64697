"""Executor behind *try it*: what the bot would answer, found as for a customer, and neither sent nor kept.

The conversation is an invented one, the same for all rehearsals of a business, so that its limit of the day holds here.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from pydantic import JsonValue

from agents.actions.desks.opening import RehearseArguments
from agents.burst import query_text
from agents.recalling import ask_memory
from core.actions import ActionCall
from core.changes import OpenApproval
from core.clock import Clock
from core.events import Channel, MessageReceived, RecordedEvent, Sender
from core.ids import INTERNAL, conversation_id
from core.messages import SendText
from core.turns import Handler, TenantProfile, TurnInput, TurnOutcome, TurnTools
from jobs.acting import arguments_of
from jobs.turns import Directory, Recaller

_CHAT = "rehearsal"
_LONGEST_TEXT = 3_000
_SOURCES, _LONGEST_SOURCE = 5, 120


class Rehearse:
    def __init__(
        self,
        *,
        directory: Directory,
        memory: Recaller,
        tools: Callable[[TurnInput], Awaitable[TurnTools]],
        handler: Handler,
        clock: Clock,
    ) -> None:
        self._directory = directory
        self._memory = memory
        self._tools = tools
        self._handler = handler
        self._clock = clock

    async def __call__(self, call: ActionCall) -> dict[str, JsonValue]:
        asked = arguments_of(RehearseArguments, call)
        self._directory.forget(call.tenant_id)  # what was taught a moment ago is tried here first
        profile = await self._directory.profile(call.tenant_id)
        account = self._directory.account(call.account_id)
        turn = await self._turn(profile, account.channel if account else "telegram", asked)
        tools = await self._tools(turn)
        if tools.models.available and (wanted := ask_memory(turn, self._clock.now())) is not None:
            turn = replace(turn, recalled=await self._memory.recall_person(wanted, turn.recalled))
        return _report(await self._handler(turn, tools))

    async def _turn(self, profile: TenantProfile, channel: Channel, asked: RehearseArguments) -> TurnInput:
        now = self._clock.now()
        sender = Sender(external_id=_CHAT, language=asked.language)
        event = MessageReceived(message_id=_CHAT, sender=sender, at=now, text=asked.text)
        events = (RecordedEvent(seq=1, recorded_at=now, event=event),)
        stream = conversation_id(profile.tenant_id, INTERNAL, _CHAT)
        recalled = await self._memory.recall(
            profile.tenant_id, stream, query_text(events), before_seq=1, window=profile.window
        )
        return TurnInput(
            tenant=profile, stream_id=stream, stream_kind="conversation", account_id=INTERNAL, channel=channel,
            chat=_CHAT, mode="bot", state={}, window_open=True, events=events, recalled=recalled,
        )  # fmt: skip


def _report(outcome: TurnOutcome) -> dict[str, JsonValue]:
    text = "\n\n".join(message.text for message in outcome.messages if isinstance(message, SendText))
    opened = [change for change in outcome.changes if isinstance(change, OpenApproval)]
    actions = [each.asked.action.name for each in opened if each.asked] + [a.name for a in outcome.actions if a.agent]
    escalated = any(each.asked is None for each in opened)
    return {
        "text": text[:_LONGEST_TEXT],
        "escalated": escalated,
        "actions": [*dict.fromkeys(actions)],
        "sources": [] if escalated else [*_sources(outcome)],
    }


def _sources(outcome: TurnOutcome) -> list[str]:
    """Of an answer that was found in the knowledge, best first: what fits well, or at least the best."""
    listed, threshold = outcome.trace.get("sources"), outcome.trace.get("threshold")
    if outcome.trace.get("by") not in ("knowledge", "model") or not isinstance(listed, list):
        return []
    found = [(str(each["source"]), each["score"]) for each in listed if isinstance(each, dict)]
    fits = [
        name
        for name, score in found
        if isinstance(score, float) and isinstance(threshold, float) and score >= threshold
    ]
    names = fits or [name for name, _ in found[:1]]
    return [name[:_LONGEST_SOURCE] for name in dict.fromkeys(names)][:_SOURCES]
