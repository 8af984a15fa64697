"""The door in: how the edges hand over what arrived. Returning means it is committed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from core.events import NewEvent
from core.ids import AccountId, TenantId

DeliveryStatus = Literal["sent", "delivered", "read", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryReceipt:
    """What the vendor reports later about a message it accepted."""

    account_id: AccountId
    message_id: str
    status: DeliveryStatus
    at: datetime
    error: str = ""
    """The vendor's error code and title, e.g. `131047 Re-engagement message`."""


class Recorder(Protocol):
    async def record(self, events: Sequence[NewEvent]) -> None:
        """Commits the events that are new (by tenant, account and external id); known ones are ignored.

        Raises Transient when the database cannot be reached; nothing may be acknowledged then.
        """
        ...

    async def record_receipts(self, receipts: Sequence[DeliveryReceipt]) -> None:
        """Notes them on the outbox rows. A receipt of a message that is not ours is ignored. Raises Transient."""
        ...

    async def desk_tenant(
        self, account: AccountId, chat: str, *, invite: str | None = None, chosen: TenantId | None = None
    ) -> TenantId:
        """Whose desk a chat with the admin bot is: `chosen` (a button's) if the chat is a member's there, and from then
        on; else the invite's tenant when the code is open, the one the chat is bound to, the operator's.

        Raises Transient.
        """
        ...
