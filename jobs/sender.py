"""The only sender. Takes outbox rows to the channels, in order for each chat, as fast as the platforms allow."""

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Protocol

import structlog

from core.channels import Account, Channel, Target
from core.clock import Clock
from core.errors import Blocked, LimitReached, Misconfigured, Rejected, Transient
from core.ids import AccountId, TenantId, WorkerId, contact_id
from core.messages import EditCard, OutMessage
from db.engine.batch import Batcher
from db.engine.changes import block_contact
from db.engine.link import Link
from db.engine.outbox import OutgoingRow, RowKey, Settlement, claim_rows, find_card, next_due, settle_rows
from jobs.media import refuse_foreign
from jobs.pace import Pacer
from jobs.payloads import decode_message
from routing.fees import WhatsAppFees

_log = structlog.get_logger(__name__)
_BATCH = 256
_POLL_SECONDS = 0.5
_RETRY_SECONDS = 0.1
_GIVE_UP_AFTER = 12
"""Tries of one row, about an hour with the growing pauses between them."""
_PATIENCE = timedelta(minutes=1)
_UNPAID = "budget: "
_UNTIL_RAISED = timedelta(minutes=5)
"""How often a message that no budget allows is tried again."""
_CHATS_HELD_BACK = 10_000
ChatKey = tuple[AccountId, str]
Trouble = Callable[[OutgoingRow, str], Awaitable[None]]


class Accounts(Protocol):
    def account(self, account: AccountId) -> Account | None: ...
    def running(self) -> Sequence[AccountId]: ...


class Sender:
    def __init__(
        self,
        *,
        link: Link,
        channels: Mapping[str, Channel],
        accounts: Accounts,
        worker: Callable[[], WorkerId],
        clock: Clock,
        term: Callable[[], int],
        in_order: Callable[[], bool],
        on_failed: Trouble,
        on_misconfigured: Callable[[Account, str], Awaitable[None]],
        fees: WhatsAppFees | None = None,
    ) -> None:
        """`term`: see `jobs.heartbeat`. `in_order`: False while rows of which this process knows nothing may be in its
        name; all then goes through the queue, where none overtakes another.
        """
        self._term = term
        self._in_order = in_order
        self._link = link
        self._channels = channels
        self._accounts = accounts
        self._worker = worker
        self._clock = clock
        self._on_failed = on_failed
        self._on_misconfigured = on_misconfigured
        self._fees = fees
        self._pacer = Pacer()
        self._chats: dict[ChatKey, deque[tuple[OutgoingRow, int]]] = {}
        self._held_back: dict[ChatKey, float] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._settled: Batcher[Settlement, None] = Batcher(self._settle, limit=_BATCH)
        self._claimed: set[RowKey] = set()
        self._in_hand: set[RowKey] = set()
        self._wake = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None
        self._stopping = False

    def start(self) -> None:
        self._loop = asyncio.create_task(self._run())

    async def drain(self) -> None:
        """Takes what is due for the last time, and returns when all in hand is settled.

        The loop ends by itself: a claim cut off half-way would leave rows in the name of a worker that is going.
        """
        self._stopping = True
        self._wake.set()
        if self._loop is not None:
            await asyncio.wait([self._loop])
            try:
                await self._take_queued()
            except Transient:
                _log.warning("queue_left_as_it_is")
        while self._tasks:
            await asyncio.wait(list(self._tasks))
        await self._settled.drain()

    def has(self, key: RowKey) -> bool:
        return key in self._in_hand

    def admit(self, account: AccountId, chat: str, n: int) -> bool:
        if not self._in_order() or not self._term():
            return False
        found = self._accounts.account(account)
        if found is None or found.channel not in self._channels or account not in self._accounts.running():
            return False
        pace = self._channels[found.channel].pace
        return self._pacer.take(account, chat, pace, n, self._clock.monotonic()) == 0

    def send(self, rows: Sequence[OutgoingRow], term: int) -> None:
        """Rows of one chat, born as `sending` by this worker in a statement that began in `term`."""
        key = (rows[0].account_id, rows[0].chat)
        self._in_hand.update(row.key for row in rows)
        if self._held_back.get(key, 0) > self._clock.monotonic():
            self._hold_back(key)
            for row in rows:
                self._settled.submit(_requeue(row, None))
            return
        self._append(key, rows, term)

    def _append(self, key: ChatKey, rows: Sequence[OutgoingRow], term: int) -> None:
        waiting = self._chats.get(key)
        if waiting is not None:
            waiting.extend((row, term) for row in rows)
            return
        self._chats[key] = deque((row, term) for row in rows)
        self._spawn(self._send_chat(key))

    def kick(self) -> None:
        self._wake.set()

    def _spawn(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send_chat(self, key: ChatKey) -> None:
        waiting = self._chats[key]
        try:
            while waiting:
                settlement = await self._try_row(*waiting.popleft())
                self._settled.submit(settlement)
                if settlement.status == "queued":
                    self._hold_back(key)
                    unpaid = settlement.error if (settlement.error or "").startswith(_UNPAID) else None
                    for row, _ in waiting:
                        self._settled.submit(_requeue(row, settlement.delay, unpaid))
                    waiting.clear()
        finally:
            del self._chats[key]

    def _hold_back(self, key: ChatKey) -> None:
        """What a turn that finishes right now hands over must not overtake the row that goes back into the queue. A
        second later the finish statement itself sees that row.
        """
        now = self._clock.monotonic()
        if len(self._held_back) > _CHATS_HELD_BACK:
            self._held_back = {k: until for k, until in self._held_back.items() if until > now}
        self._held_back[key] = now + 1

    async def _try_row(self, row: OutgoingRow, term: int) -> Settlement:
        if not term or term != self._term():
            # Others may have sent it meanwhile, and then have it in their hands: this settlement changes nothing.
            return _requeue(row, None)
        try:
            return await self._send_row(row)
        except Transient:
            return _requeue(row, timedelta(seconds=_POLL_SECONDS))  # refused, and the refusal could not be noted
        except Exception as error:  # noqa: BLE001 - a row without a settlement would stay in hand for ever
            _log.exception("row_failed", stream=row.key.stream_id.hex, error=type(error).__name__)
            return _requeue(row, _PATIENCE)

    async def _send_row(self, row: OutgoingRow) -> Settlement:
        account = self._accounts.account(row.account_id)
        if account is None:
            return _requeue(row, _PATIENCE)
        try:
            message = decode_message(row.payload)
            refuse_foreign(row.key.tenant_id, message)
            target = Target(account=account, chat=row.chat, card_message_id=await self._find_card(row, message))
            ids = await self._pay_and_send(row, target, message)
        except LimitReached as error:
            # The owner has been asked; nothing is dropped. `changes.sql: try_unpaid` knows the row by its mark.
            return _requeue(row, _UNTIL_RAISED, f"{_UNPAID}{error}")
        except Transient as error:
            return await self._retry(row, error)
        except Blocked as error:
            await self._note_blocked(account.tenant_id, row, account)
            return await self._give_up(row, str(error), tell=False)
        except Misconfigured as error:
            await self._on_misconfigured(account, str(error))
            return _requeue(row, _PATIENCE, str(error))
        except (Rejected, ValueError) as error:
            return await self._give_up(row, str(error), tell=True)
        except Exception as error:  # noqa: BLE001 - one odd reply must not stop the chat
            _log.exception("send_failed", stream=row.key.stream_id.hex, error=type(error).__name__)
            return await self._retry(row, Transient(type(error).__name__))
        return Settlement(row.key, "sent", ids, "accepted" if account.channel == "whatsapp" else None)

    async def _pay_and_send(self, row: OutgoingRow, target: Target, message: OutMessage) -> tuple[str, ...]:
        channel = self._channels[target.account.channel]
        held = None
        if self._fees is not None:
            held = await self._fees.reserve(target.account, row.key.stream_id, row.key.seq, row.chat, message)
        if self._fees is None or held is None:
            return await channel.send(target, message)
        billed = True  # in doubt too: the vendor may have taken what it did not answer
        try:
            return await channel.send(target, message)
        except (Rejected, Misconfigured):
            billed = False
            raise
        except Transient as error:
            billed = error.retry_after is None
            raise
        finally:
            await self._fees.close(held, billed=billed)

    async def _find_card(self, row: OutgoingRow, message: OutMessage) -> str | None:
        if not isinstance(message, EditCard) or message.message_id is not None:
            return message.message_id if isinstance(message, EditCard) else None
        async with self._link.use() as tx:
            return await find_card(tx, row.key.tenant_id, row.key.stream_id, message.card)

    async def _retry(self, row: OutgoingRow, error: Transient) -> Settlement:
        if row.attempts >= _GIVE_UP_AFTER:
            return await self._give_up(row, str(error), tell=True)
        backoff = timedelta(seconds=min(600.0, 0.5 * 2**row.attempts) * (0.5 + random.random() / 2))
        return _requeue(row, error.retry_after or backoff, str(error))

    async def _give_up(self, row: OutgoingRow, reason: str, *, tell: bool) -> Settlement:
        if tell:
            await self._on_failed(row, reason)
        return Settlement(row.key, "failed", error=reason[:300])

    async def _note_blocked(self, tenant: TenantId, row: OutgoingRow, account: Account) -> None:
        async with self._link.use() as tx:
            await block_contact(tx, tenant, contact_id(tenant, account.channel, row.chat))

    async def _settle(self, settled: Sequence[Settlement]) -> Sequence[None]:
        while True:
            try:
                async with self._link.use() as tx:
                    await settle_rows(tx, self._worker(), settled)
                break
            except Transient:
                # What was sent must be noted, or the sweep sends it again.
                await asyncio.sleep(_RETRY_SECONDS)
        keys = {s.key for s in settled}
        self._in_hand -= keys
        claimed = keys & self._claimed
        self._claimed -= claimed
        if claimed or any(s.status == "queued" for s in settled):
            self._wake.set()  # the next row of the stream may go
        return [None] * len(settled)

    async def _run(self) -> None:
        """Queued rows: those that had to wait, and those of other processes."""
        while not self._stopping:
            try:
                took = await self._take_queued()
                pause = 0.0 if took else await self._pause()
            except Transient:
                pause = _POLL_SECONDS
            except Exception:  # noqa: BLE001 - the loop must go on
                _log.exception("queue_not_read")
                pause = _POLL_SECONDS
            if pause > 0 and not self._stopping:
                self._wake.clear()
                try:
                    async with asyncio.timeout(pause):  # `wait_for` can swallow the cancelling of this task
                        await self._wake.wait()
                except TimeoutError:
                    continue

    async def _pause(self) -> float:
        async with self._link.use() as tx:
            wait = await next_due(tx, actions=False)
        return _POLL_SECONDS if wait is None else min(_POLL_SECONDS, max(0.005, wait.total_seconds()))

    async def _take_queued(self) -> bool:
        running, term = self._accounts.running(), self._term()
        if not term:
            return False  # what a worker takes that counts as dead is taken from it again, and counted as in doubt
        async with self._link.use() as tx:
            rows = await claim_rows(tx, self._worker(), actions=False, accounts=running, limit=_BATCH)
        self._in_hand.update(row.key for row in rows)
        for row in rows:
            self._claimed.add(row.key)
            self._spawn(self._send_paced(row, term))
        return bool(rows)

    async def _send_paced(self, row: OutgoingRow, term: int) -> None:
        account = self._accounts.account(row.account_id)
        if account is None:
            await self._settled.submit(_requeue(row, _PATIENCE))
            return
        pace = self._channels[account.channel].pace
        wait = self._pacer.take(row.account_id, row.chat, pace, 1, self._clock.monotonic())
        if wait > 0:
            # Back to the database rather than waiting in memory: a take-over meanwhile still withholds it.
            await self._settled.submit(_requeue(row, timedelta(seconds=wait)))
            return
        self._append((row.account_id, row.chat), [row], term)


def _requeue(row: OutgoingRow, delay: timedelta | None, error: str | None = None) -> Settlement:
    return Settlement(row.key, "queued", delay=delay, error=error[:300] if error else None)
