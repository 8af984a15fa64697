"""Executors behind a turn: a model's look at what a customer told, and the summary of a long conversation."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from pydantic import JsonValue

from agents.learning import FoundFacts, learning_request
from agents.summaries import SummaryText, is_in_language, summary_request
from core.actions import ActionCall
from core.clock import Clock
from core.errors import Misconfigured, Rejected
from core.models import ChatModel
from core.people import Summary
from db.database import Database
from db.people import Said, list_said, read_summary
from memory.summaries import extract_summary, find_fault

Models = Callable[[ActionCall], Awaitable[ChatModel]]
"""Who reads for this call, on its tenant's money."""
_MOST_MESSAGES = 200
_LONGEST_TEXT = 500


class LearnFacts:
    def __init__(self, models: Models) -> None:
        self._models = models

    async def __call__(self, call: ActionCall) -> dict[str, JsonValue]:
        model = await self._models(call)
        if not model.available:
            raise Misconfigured("There is no model that may read for facts")
        request = learning_request(str(call.arguments["text"]), str(call.arguments["language"]))
        reply = await model.reply(request)
        if not isinstance(reply.value, FoundFacts):
            raise Rejected("The model's reply holds no facts")
        return {**call.arguments, "facts": [fact.model_dump(mode="json") for fact in reply.value.facts]}


class Summarise:
    """With a model where there is one, else in the customer's own words. What the history does not hold is refused."""

    def __init__(self, database: Database, models: Models, clock: Clock) -> None:
        self._database = database
        self._models = models
        self._clock = clock

    async def __call__(self, call: ActionCall) -> dict[str, JsonValue]:
        asked_at = self._clock.now()
        language = str(call.arguments["language"])
        previous, said = await self._read(call)
        if not said:
            raise Rejected("Nothing was said since the last summary")
        before = previous.text if previous else ""
        messages = [each.message for each in said]
        model = await self._models(call)
        if model.available:
            reply = await model.reply(summary_request(before, messages, language))
            text = reply.value.summary.strip() if isinstance(reply.value, SummaryText) else ""
            fault = find_fault(text, before, messages)
            if fault is None and not is_in_language(text, language):
                fault = "language"
            if fault is not None:
                raise Rejected(f"The summary does not hold: {fault}")
            by = reply.model
        else:
            text, by = extract_summary(before, messages), "rules"
            if not text:
                raise Rejected("Nothing was asked or told that a summary could hold")
        return {
            "text": text, "upto_seq": said[-1].seq, "asked_at": asked_at.timestamp(), "language": language, "by": by,
        }  # fmt: skip

    async def _read(self, call: ActionCall) -> tuple[Summary | None, tuple[Said, ...]]:
        """The summary so far and what follows it, up to a whole event."""
        not_before = call.arguments.get("not_before")
        since = datetime.fromtimestamp(not_before, UTC) if isinstance(not_before, int | float) else None
        async with self._database.tenant(call.tenant_id, readonly=True) as tx:
            previous = await read_summary(tx, call.tenant_id, call.stream_id)
            said = await list_said(
                tx, call.tenant_id, call.stream_id, after_seq=previous.upto_seq if previous else 0,
                upto_seq=int(str(call.arguments["upto_seq"])), limit=_MOST_MESSAGES, longest_text=_LONGEST_TEXT,
                since=since,
            )  # fmt: skip
        if len(said) == _MOST_MESSAGES and said[0].seq != said[-1].seq:
            said = tuple(each for each in said if each.seq < said[-1].seq)
        return previous, said
