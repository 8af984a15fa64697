"""Actions from the outbox, each handed to the executor that its declaration names; the result is an event."""

import asyncio
import random
from collections.abc import Callable, Mapping
from datetime import timedelta

import structlog
from pydantic import JsonValue

from core.actions import ActionCall, Admission, Executor, ProposedAction
from core.errors import InDoubt, Rejected, StewardError, Transient
from core.events import ActionResult, NewEvent
from core.ids import INTERNAL, WorkerId
from core.recording import Recorder
from db.engine.link import Link
from db.engine.outbox import OutgoingRow, RowKey, Settlement, claim_rows, next_due, settle_rows
from jobs.payloads import decode_action

_log = structlog.get_logger(__name__)
_AT_ONCE = 8
_POLL_SECONDS = 0.5
_RETRY_SECONDS = 0.1
_TRIES = 5
CALL_SECONDS = 300


def action_key(key: RowKey) -> str:
    """The idempotency key: the action's place in its stream."""
    return f"{key.stream_id.hex}:{key.seq}:{key.n}"


def result_event(
    key: RowKey, action: ProposedAction, *, ok: bool, result: dict[str, JsonValue], error: str = ""
) -> NewEvent:
    return NewEvent(
        tenant_id=key.tenant_id,
        stream_id=key.stream_id,
        stream_kind="case",  # the stream exists, and its row keeps the kind it has
        account_id=INTERNAL,
        external_id=f"result:{action_key(key)}",
        chat="",
        event=ActionResult(
            action=action.name,
            key=action_key(key),
            ok=ok,
            result=result,
            error=error[:300],
            agent=action.agent,
            arguments=action.arguments if action.agent else {},
            approval_id=action.approval_id,
        ),
    )


class EffectWorker:
    def __init__(
        self,
        *,
        link: Link,
        recorder: Recorder,
        executors: Mapping[str, Executor],
        admission: Admission,
        worker: Callable[[], WorkerId],
        term: Callable[[], int],
    ) -> None:
        """`term`: see `jobs.heartbeat`."""
        self._term = term
        self._link = link
        self._recorder = recorder
        self._executors = executors
        self._admission = admission
        self._worker = worker
        self._wake = asyncio.Event()
        self._in_hand: set[RowKey] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop: asyncio.Task[None] | None = None
        self._stopping = False

    def start(self) -> None:
        self._loop = asyncio.create_task(self._run())

    def kick(self) -> None:
        self._wake.set()

    def has(self, key: RowKey) -> bool:
        return key in self._in_hand

    async def drain(self, patience: timedelta) -> None:
        """Takes no more actions, waits for those at work, and cuts off what is left; a cut-off one is tried again.

        The loop ends by itself: a claim cut off half-way would leave an action in doubt.
        """
        self._stopping = True
        self._wake.set()
        if self._loop is not None:
            await asyncio.wait([self._loop])
        if self._tasks:
            await asyncio.wait(list(self._tasks), timeout=patience.total_seconds())
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(list(self._tasks))

    async def _run(self) -> None:
        while not self._stopping:
            self._wake.clear()
            pause = _POLL_SECONDS
            try:
                if free := _AT_ONCE - len(self._tasks):
                    pause = await self._take(free)
            except Transient:
                pause = _POLL_SECONDS
            except Exception:  # noqa: BLE001 - the loop must go on
                _log.exception("actions_not_read")
                pause = _POLL_SECONDS
            try:
                async with asyncio.timeout(pause):  # `wait_for` can swallow the cancelling of this task
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _take(self, free: int) -> float:
        term = self._term()
        if not term:
            return _POLL_SECONDS
        async with self._link.use() as tx:
            rows = await claim_rows(tx, self._worker(), actions=True, accounts=(), limit=free)
            wait = None if rows else await next_due(tx, actions=True)
        self._in_hand.update(row.key for row in rows)
        for row in rows:
            task = asyncio.create_task(self._execute(row, term))
            self._tasks.add(task)
            task.add_done_callback(self._finished)
        return _POLL_SECONDS if wait is None else min(_POLL_SECONDS, max(0.01, wait.total_seconds()))

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._wake.set()

    async def _execute(self, row: OutgoingRow, term: int) -> None:
        try:
            if term and term == self._term():
                settlement = await self._call(row)
            else:
                settlement = Settlement(row.key, "queued", delay=timedelta(0))
            await self._settle(settlement)
        except asyncio.CancelledError:
            await self._settle(Settlement(row.key, "queued", delay=timedelta(0)))
            raise
        finally:
            self._in_hand.discard(row.key)

    async def _call(self, row: OutgoingRow) -> Settlement:
        action = decode_action(row.payload)
        call = _call_of(row, action)
        try:
            known = await self._admission.admit(call)
        except Transient as error:
            return Settlement(row.key, "queued", error=str(error)[:300], delay=_pause(row, error))
        except StewardError as error:
            _log.warning("action_refused", action=action.name, stream=row.key.stream_id.hex)
            return await self._tell(row, action, error)
        if known is not None:
            await self._record(result_event(row.key, action, ok=True, result=known))
            return Settlement(row.key, "sent")
        try:
            result = await self._perform(call, action)
        except Transient as error:
            if row.attempts + 1 < _TRIES:
                await self._close(call, None, error)
                return Settlement(row.key, "queued", error=str(error)[:300], delay=_pause(row, error))
            # Each time the other side said that nothing was done, or said nothing at all: after so many it is in doubt.
            outside = action.executor == "http" or action.name == "take_back"
            return await self._fail(row, action, call, InDoubt(str(error)) if outside else Rejected(str(error)))
        except StewardError as error:
            return await self._fail(row, action, call, error)
        except Exception as error:  # noqa: BLE001 - the stream that asked must get an answer
            _log.exception("action_failed", action=action.name, error=type(error).__name__)
            return await self._fail(row, action, call, InDoubt(type(error).__name__) if action.money_moving else error)
        await self._close(call, result, None)
        await self._record(result_event(row.key, action, ok=True, result=result))
        return Settlement(row.key, "sent")

    async def _perform(self, call: ActionCall, action: ProposedAction) -> dict[str, JsonValue]:
        """Raises InDoubt for one that moves money and did not end in time."""
        try:
            async with asyncio.timeout(CALL_SECONDS):
                return await self._executors[call.executor or action.name](call)
        except TimeoutError as error:
            if action.money_moving:
                raise InDoubt("The action took too long, and may have been done") from error
            raise Transient("The action took too long") from error

    async def _fail(self, row: OutgoingRow, action: ProposedAction, call: ActionCall, error: Exception) -> Settlement:
        await self._close(call, None, error)
        return await self._tell(row, action, error)

    async def _close(self, call: ActionCall, result: dict[str, JsonValue] | None, error: Exception | None) -> None:
        while True:
            try:
                return await self._admission.close(call, result, error)
            except Transient:
                await asyncio.sleep(_RETRY_SECONDS)

    async def _tell(self, row: OutgoingRow, action: ProposedAction, error: Exception) -> Settlement:
        kind = type(error).__name__
        text = str(error) if isinstance(error, StewardError) else kind
        event = result_event(row.key, action, ok=False, result={"error_kind": kind}, error=text)
        await self._record(event)
        return Settlement(row.key, "failed", error=text[:300])

    async def _record(self, event: NewEvent) -> None:
        """What was done is done: it is told as soon as the database can be reached."""
        while True:
            try:
                return await self._recorder.record([event])
            except Transient:
                await asyncio.sleep(_RETRY_SECONDS)

    async def _settle(self, settlement: Settlement) -> None:
        while True:
            try:
                async with self._link.use() as tx:
                    return await settle_rows(tx, self._worker(), [settlement])
            except Transient:
                await asyncio.sleep(_RETRY_SECONDS)


def _call_of(row: OutgoingRow, action: ProposedAction) -> ActionCall:
    return ActionCall(
        tenant_id=row.key.tenant_id,
        stream_id=row.key.stream_id,
        account_id=row.account_id,
        seq=row.key.seq,
        key=action_key(row.key),
        name=action.name,
        arguments=action.arguments,
        executor=action.executor,
        agent=action.agent,
        contact=action.contact,
        approval_id=action.approval_id,
    )


def _pause(row: OutgoingRow, error: Transient) -> timedelta:
    return error.retry_after or timedelta(seconds=2.0**row.attempts * (0.5 + random.random()))
