"""The fee of each WhatsApp message: free ones are counted, the others reserved before they leave and settled after."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import uuid4

import structlog

from core.channels import Account
from core.clock import Clock
from core.errors import StewardError, Transient
from core.ids import StreamId, TenantId
from core.messages import DeleteMessage, EditCard, OutMessage, React, SendTemplate
from core.spending import Attempt, Cost, PaidUsage, Spending
from core.turns import TenantProfile
from db.database import Database
from db.whatsapp import count_whatsapp_message, take_back_whatsapp_message
from routing.ledger import Hold, Ledger
from routing.whatsapp_fees import MessageCategory, fee

_log = structlog.get_logger(__name__)
_DEADLINE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeHold:
    account: Account
    category: MessageCategory
    day: date
    cost: Cost
    hold: Hold | None
    """None for one of the free messages."""


class WhatsAppFees:
    """Meta bills the number's owner: messages of an admin number are the operator's."""

    def __init__(
        self,
        database: Database,
        ledger: Ledger,
        profile: Callable[[TenantId], Awaitable[TenantProfile]],
        clock: Clock,
    ) -> None:
        self._database = database
        self._ledger = ledger
        self._profile = profile
        self._clock = clock

    async def reserve(
        self, account: Account, stream: StreamId, seq: int, chat: str, message: OutMessage
    ) -> FeeHold | None:
        """None for what costs nothing anywhere. Raises LimitReached (nothing may be sent), Misconfigured, Transient."""
        unsent = isinstance(message, React | DeleteMessage) or (isinstance(message, EditCard) and message.quiet)
        if account.channel != "whatsapp" or unsent:
            return None
        category: MessageCategory = "utility" if isinstance(message, SendTemplate) else "service"
        day = self._clock.now().date()
        async with self._database.tenant(account.tenant_id) as tx:
            before = await count_whatsapp_message(tx, account.tenant_id, account.account_id, day, category)
        cost = fee(category, chat if chat.isdecimal() else None, before)
        hold: Hold | None = None
        if cost.usd_micros:
            try:
                hold = await self._hold(account, stream, seq, cost)
            except StewardError:
                await self._take_back(account, day, category)
                raise
        return FeeHold(account=account, category=category, day=day, cost=cost, hold=hold)

    async def close(self, held: FeeHold, *, billed: bool) -> None:
        """After the vendor answered, or did not: what may have been billed is. Never raises."""
        if billed:
            if held.hold is not None:
                await self._ledger.settle(held.hold, held.cost, PaidUsage(units=1))
            return
        if held.hold is not None:
            await self._ledger.release(held.hold, error="NotSent")
        await self._take_back(held.account, held.day, held.category)

    async def _hold(self, account: Account, stream: StreamId, seq: int, cost: Cost) -> Hold:
        profile = await self._profile(account.tenant_id)
        spending = Spending(
            tenant_id=account.tenant_id,
            stream_id=stream,
            # Counts for the day and the month only: a talk whose own limit is reached must still be told so.
            stream_kind="desk",
            seq=seq,
            agent="messages",
            workflow="messages",
            channel="whatsapp",
            time_zone=profile.time_zone,
            currency=profile.currency,
        )
        attempt = Attempt(call_id=uuid4(), kind="whatsapp", provider="meta", model="whatsapp", deadline=_DEADLINE)
        return await self._ledger.reserve(spending, attempt, cost)

    async def _take_back(self, account: Account, day: date, category: MessageCategory) -> None:
        try:
            async with self._database.tenant(account.tenant_id) as tx:
                await take_back_whatsapp_message(tx, account.tenant_id, account.account_id, day, category)
        except Transient:
            _log.warning("message_counted_too_many", account=account.account_id)
