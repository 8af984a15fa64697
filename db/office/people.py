"""See `core/office/people.py`."""

from core.desk_changes import Role
from core.ids import AccountId, ApprovalId, StreamId, TenantId
from core.office.people import InviteView, PersonView, SeatView
from db.database import Database, Transaction
from db.engine.directory import list_seats
from db.engine.link import Link
from db.invites import hash_code
from db.sql import load_queries

_SQL = load_queries("office_people")


class PeopleDesk:
    def __init__(self, database: Database, link: Link, tenant: TenantId) -> None:
        self._database = database
        self._link = link
        self._tenant = tenant

    async def seats(self, account: AccountId, chat: str) -> tuple[SeatView, ...]:
        async with self._link.use() as tx:
            return await list_seats(tx, account, chat)

    async def people(self) -> tuple[PersonView, ...]:
        async with self._database.tenant(self._tenant, readonly=True) as tx:
            return await list_people(tx, self._tenant)

    async def invites(self) -> tuple[InviteView, ...]:
        async with self._database.tenant(self._tenant, readonly=True) as tx:
            return await list_invites(tx, self._tenant)

    async def invited_as(self, code: str) -> Role | None:
        async with self._database.tenant(self._tenant, readonly=True) as tx:
            return await find_invited_role(tx, self._tenant, code)

    async def held_by(self, desk: StreamId) -> tuple[ApprovalId, ...]:
        async with self._database.tenant(self._tenant, readonly=True) as tx:
            return await list_held(tx, self._tenant, desk)


async def list_people(tx: Transaction, tenant: TenantId) -> tuple[PersonView, ...]:
    return tuple(PersonView(**row) for row in await tx.fetch(_SQL["people"], tenant))


async def list_invites(tx: Transaction, tenant: TenantId) -> tuple[InviteView, ...]:
    return tuple(InviteView(**row) for row in await tx.fetch(_SQL["invites"], tenant))


async def find_invited_role(tx: Transaction, tenant: TenantId, code: str) -> Role | None:
    return await tx.fetchval(_SQL["invited_as"], tenant, hash_code(code))


async def list_held(tx: Transaction, tenant: TenantId, desk: StreamId) -> tuple[ApprovalId, ...]:
    return tuple(ApprovalId(row[0]) for row in await tx.fetch(_SQL["held"], tenant, desk))
