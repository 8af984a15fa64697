"""What a desk's turn changes of the business itself. Engine role; see `core/desk_changes.py`."""

from core.desk_changes import (
    BusinessChange,
    ChangeBusiness,
    HeldSeat,
    HideGaps,
    KeepNote,
    OpenInvite,
    PauseWatch,
    RemoveMember,
    RevokeInvite,
    SetRole,
    SnoozeApproval,
    SwitchDesk,
)
from core.errors import Stale
from core.ids import TenantId
from db.database import Transaction
from db.engine.directory import switch_desk
from db.engine.streams import Lease
from db.invites import hash_code
from db.sql import load_queries

_SQL = load_queries("desk_changes")


async def demand_seat(tx: Transaction, tenant: TenantId, seat: HeldSeat) -> None:
    """Before anything is applied: a turn may have waited for a model while its member was removed. Raises Stale."""
    _demand(await tx.fetchval(_SQL["holds_seat"], tenant, seat.member_id, seat.role), "The member's role was changed")


async def apply_business_change(tx: Transaction, lease: Lease, change: BusinessChange) -> None:
    """Raises Stale when somebody else was first."""
    tenant = lease.tenant_id
    match change:
        case OpenInvite():
            await tx.execute(
                _SQL["open_invite"], tenant, hash_code(change.code), change.role, change.expires_at, change.made_by,
                change.invitee,
            )  # fmt: skip
        case RevokeInvite():
            done = await tx.fetchval(_SQL["revoke_invite"], tenant, change.invite_id)
            _demand(done, "The invite was used or revoked meanwhile")
        case SetRole():
            done = await tx.fetchval(_SQL["set_role"], tenant, change.member_id, change.expected, change.role)
            _demand(done, "The member's role was changed meanwhile, or is the last owner's")
        case RemoveMember():
            done = await tx.fetchval(_SQL["remove_member"], tenant, change.member_id, change.expected)
            _demand(done, "The member was changed meanwhile, or is the last owner")
        case SwitchDesk():
            done = await switch_desk(tx, lease.account_id, lease.chat, change.tenant_id)
            _demand(done is not None, "This chat has no seat there any more")
        case ChangeBusiness():
            done = await tx.fetchval(
                _SQL["change_business"], tenant, change.expected, change.name, change.language, change.time_zone,
                change.currency, change.persona, change.agents, change.settings, change.spend_ceiling_micros,
            )  # fmt: skip
            _demand(done, "The business was changed meanwhile")
        case SnoozeApproval():
            done = await tx.fetchval(_SQL["snooze"], tenant, change.approval_id, change.until)
            _demand(done, "The approval was decided meanwhile")
        case KeepNote():
            await tx.execute(_SQL["keep_note"], tenant, change.stream_id, change.member_id, change.text)
        case HideGaps():
            await tx.execute(_SQL["hide_gaps"], tenant, list(change.approvals))
        case PauseWatch():
            await tx.execute(_SQL["pause_watch"], tenant, change.watch_id, change.paused)


def _demand(done: object, otherwise: str) -> None:
    if not done:
        raise Stale(otherwise)
