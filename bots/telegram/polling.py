"""Long polling: one task a bot, all over the one session.

The offset moves past an update only when it is committed. Telegram keeps what was not confirmed for 24 hours and gives
it again, so the offset is not stored: a new process starts where the last commit was.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import cast

import structlog

from bots.intake import Arrival, Intake
from bots.telegram.fleet import Fleet
from bots.telegram.parse import ALLOWED_UPDATES, parse_update
from bots.telegram.refusals import Conflict
from bots.telegram.vendor import Bot, methods
from core.channels import Account
from core.clock import Clock
from core.errors import Misconfigured, StewardError, Transient
from core.events import ButtonTapped
from core.ids import AccountId

OnTrouble = Callable[[AccountId, str], Awaitable[None]]
"""Told once, when a bot was given up until a person has changed something; the text says what."""

log = structlog.get_logger(__name__)


class Poller:
    def __init__(
        self,
        fleet: Fleet,
        intake: Intake,
        clock: Clock,
        on_trouble: OnTrouble,
        *,
        wait_seconds: int = 30,
        first_pause: timedelta = timedelta(milliseconds=500),
        longest_pause: timedelta = timedelta(seconds=30),
        conflicts_borne: int = 3,
    ) -> None:
        """`conflicts_borne`: how often in a row somebody else may have taken the updates; more than none, as a
        process that is being replaced polls a moment longer."""
        self._fleet = fleet
        self._intake = intake
        self._clock = clock
        self._on_trouble = on_trouble
        self._wait_seconds = wait_seconds
        self._first_pause = first_pause
        self._longest_pause = longest_pause
        self._conflicts_borne = conflicts_borne
        self._tasks: dict[AccountId, asyncio.Task[None]] = {}
        self._answers: set[asyncio.Task[None]] = set()

    def start(self, account: Account) -> None:
        before = self._tasks.get(account.account_id)
        assert before is None or before.done(), "stop it first"
        bot = self._fleet.bot(account.account_id)
        self._tasks[account.account_id] = asyncio.create_task(self._run(account, bot), name="telegram-polling")

    async def stop(self, account_id: AccountId) -> None:
        """Ends at once. What was fetched and not committed comes again with the next poll."""
        task = self._tasks.pop(account_id, None)
        if task is not None:
            await _end([task])

    async def close(self) -> None:
        tasks = [*self._tasks.values(), *self._answers]
        self._tasks.clear()
        await _end(tasks)

    async def _run(self, account: Account, bot: Bot) -> None:
        offset, failures, conflicts = 0, 0, 0
        while True:
            try:
                offset = await self._poll(account, bot, offset)
                failures = conflicts = 0
                continue
            except Conflict as conflict:
                conflicts += 1
                if conflicts > self._conflicts_borne:
                    return await self._give_up(account, conflict)
                if conflict.webhook_set:
                    await self._drop_webhook(account, bot)
                    continue
                failures = conflicts
            except Misconfigured as error:
                return await self._give_up(account, error)
            except StewardError as error:
                failures += 1
                log.warning("telegram.poll_failed", account=account.account_id, error=type(error).__name__)
                if isinstance(error, Transient) and error.retry_after is not None:
                    await asyncio.sleep(error.retry_after.total_seconds())
                    continue
            except Exception:
                # A fault of ours: without this line the bot would fall silent without a word.
                failures += 1
                log.exception("telegram.poll_broken", account=account.account_id)
            await asyncio.sleep(self._pause(failures))

    def _pause(self, failures: int) -> float:
        most = min(self._longest_pause, self._first_pause * 2 ** min(failures, 16))
        return random.uniform(0, most.total_seconds())

    async def _poll(self, account: Account, bot: Bot, offset: int) -> int:
        """Waits for updates, commits them, and returns the next offset. Raises what `deliver` and `record` raise."""
        call = methods.GetUpdates(offset=offset or None, timeout=self._wait_seconds, allowed_updates=ALLOWED_UPDATES)
        updates = await self._fleet.session.deliver(bot, call, timeout=self._wait_seconds + 15)
        if not isinstance(updates, list):
            raise Transient("Telegram's answer is not what the Bot API promises")
        arrivals: list[Arrival] = []
        for update in cast("list[object]", updates):
            parsed = parse_update(update, now=self._clock.now())
            if isinstance(parsed, str):
                self._intake.count(account, parsed)
            else:
                arrivals.append(parsed)
            offset = max(offset, _next_offset(update))
        if arrivals:
            await self._intake.record(account, arrivals)
            self._answer_taps(bot, arrivals)
        return offset

    def _answer_taps(self, bot: Bot, arrivals: Sequence[Arrival]) -> None:
        taps = [arrival.event.callback_id for arrival in arrivals if isinstance(arrival.event, ButtonTapped)]
        ids = [tap for tap in taps if tap]
        if ids:
            task = asyncio.create_task(self._answer(bot, ids))
            self._answers.add(task)
            task.add_done_callback(self._answers.discard)

    async def _answer(self, bot: Bot, callback_ids: Sequence[str]) -> None:
        """Takes the waiting sign off the buttons; nothing is lost when that fails."""
        for callback_id in callback_ids:
            try:
                call = methods.AnswerCallbackQuery(callback_query_id=callback_id)
                await self._fleet.session.deliver(bot, call, timeout=10)
            except StewardError as error:
                log.info("telegram.tap_not_answered", error=type(error).__name__)

    async def _drop_webhook(self, account: Account, bot: Bot) -> None:
        """The account is set to polling, which Telegram refuses while a webhook is set."""
        log.info("telegram.webhook_dropped", account=account.account_id)
        try:
            await self._fleet.session.deliver(bot, methods.DeleteWebhook())
        except StewardError as error:
            log.warning("telegram.webhook_not_dropped", account=account.account_id, error=type(error).__name__)
            await asyncio.sleep(self._pause(1))

    async def _give_up(self, account: Account, error: StewardError) -> None:
        log.error("telegram.polling_ended", account=account.account_id, reason=type(error).__name__)
        await self._on_trouble(account.account_id, str(error))


def _next_offset(update: object) -> int:
    if isinstance(update, dict):
        update_id = cast("dict[str, object]", update).get("update_id")
        if type(update_id) is int:
            return update_id + 1
    return 0


async def _end(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
