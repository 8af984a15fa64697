"""The `core.turns.Reader` over the database: the look-ups of one tenant."""

from collections.abc import Collection

from core.actions import ActionUses, Owners, RecordKey, RecordKind
from core.business import BusinessRecord, CaseView, Shared, ShipmentView, Whose
from core.events import Channel
from core.ids import AccountId, ApprovalId, ContactId, StreamId, TenantId
from core.money import Money
from core.people import OpenLink, Person
from core.turns import Approval, HistoryMessage, Member, ReachedLimit, TenantStatus
from db.actions import find_owners, read_uses
from db.cases import find_case, list_cases_of, list_open_cases, read_shared
from db.database import Database
from db.desk import (
    find_approval,
    find_member,
    find_reached_limit,
    list_history,
    list_members,
    list_open_approvals,
    read_status,
)
from db.invites import is_invite_open
from db.people import find_link, read_person
from db.records import list_records_of, list_shipments_of


class TenantReader:
    """The look-ups of one tenant, each in its own short read-only transaction. All raise Transient."""

    def __init__(self, database: Database, tenant: TenantId) -> None:
        self._database = database
        self._tenant = tenant

    async def members(self) -> tuple[Member, ...]:
        async with self._database.tenant(self._tenant, readonly=True) as tx:
            return await list_members(tx, self._tenant)

    async def member_at(self, account: AccountId, chat: str) -> Member | None:
        async with self._database.tenant(self._tenant, readonly=True) as tx:
            return await find_member(tx, self._tenant, account, chat)

    async def approval(self, approval_id: ApprovalId) -> Approval | None:
        async with self._database.tenant(self._tenant, readonly=True) as tx:
            return await find_approval(tx, self._tenant, approval_id)

    async def pending_approvals(self, limit: int) -> tuple[Approval, ...]:
        async with self._database.tenant(self._tenant, readonly=True) as tx:
            return await list_open_approvals(tx, self._tenant, "pending", limit)

    async def taken_over(self, limit: int) -> tuple[Approval, ...]:
        async with self._database.tenant(self._tenant, readonly=True) as tx:
            return await list_open_approvals(tx, self._tenant, "take_over", limit)

    async def history(self, stream: StreamId, limit: int) -> tuple[HistoryMessage, ...]:
        async with self._database.tenant(self._tenant, readonly=True) as tx:
            return await list_history(tx, self._tenant, stream, limit)

    async def status(self) -> TenantStatus:
        async with self._database.tenant(self._tenant, readonly=True) as tx:
            return await read_status(tx, self._tenant)

    async def invite_open(self, code: str) -> bool:
        async with self._database.tenant(self._tenant, readonly=True) as tx:
            return await is_invite_open(tx, self._tenant, code)

    async def person(self, contact: ContactId) -> Person:
        async with self._database.tenant(self._tenant, readonly=True) as tx:
            return await read_person(tx, self._tenant, contact)

    async def find_link(self, contact: ContactId, channel: Channel, code: str) -> OpenLink | None:
        async with self._database.tenant(self._tenant, readonly=True) as tx:
            return await find_link(tx, self._tenant, contact, channel, code)

    async def reached_limit(self, scope: str, period: str, limit: Money) -> ReachedLimit | None:
        async with self._database.tenant(self._tenant, readonly=True) as tx:
            return await find_reached_limit(tx, self._tenant, scope, period, limit)

    async def shipments(self, whose: Whose, reference: str | None) -> tuple[ShipmentView, ...]:
        async with self._database.tenant(self._tenant, readonly=True) as tx:
            return await list_shipments_of(tx, self._tenant, whose, reference)

    async def records(self, whose: Whose, kind: RecordKind, reference: str | None) -> tuple[BusinessRecord, ...]:
        async with self._database.tenant(self._tenant, readonly=True) as tx:
            return await list_records_of(tx, self._tenant, whose, kind, reference)

    async def owners(self, keys: Collection[RecordKey], whose: Whose | None = None) -> Owners:
        async with self._database.tenant(self._tenant, readonly=True) as tx:
            return await find_owners(tx, self._tenant, keys, whose)

    async def action_uses(self, name: str, contacts: Collection[ContactId]) -> ActionUses:
        async with self._database.tenant(self._tenant, readonly=True) as tx:
            return await read_uses(tx, self._tenant, name, contacts)

    async def cases_of(self, contacts: Collection[ContactId]) -> tuple[CaseView, ...]:
        async with self._database.tenant(self._tenant, readonly=True) as tx:
            return await list_cases_of(tx, self._tenant, contacts)

    async def open_cases(self, limit: int) -> tuple[CaseView, ...]:
        async with self._database.tenant(self._tenant, readonly=True) as tx:
            return await list_open_cases(tx, self._tenant, limit)

    async def find_case(self, reference: str) -> CaseView | None:
        async with self._database.tenant(self._tenant, readonly=True) as tx:
            return await find_case(tx, self._tenant, reference)

    async def shared(self, key: str) -> Shared:
        async with self._database.tenant(self._tenant, readonly=True) as tx:
            return await read_shared(tx, self._tenant, key)
