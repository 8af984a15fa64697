"""What a turn's finish writes about a person. It never reads what is known of one: the role may not."""

import hashlib
from typing import assert_never

from core.errors import Stale
from core.ids import ContactId, TenantId
from core.person_changes import (
    CountHabits,
    CountLinkTry,
    EndFacts,
    ForgetFacts,
    ForgetPerson,
    LearnFact,
    OpenLinkCode,
    PersonChange,
    RedeemLink,
    SaveSummary,
    SetConsent,
    SetOptOut,
    SetPreference,
    Unlink,
)
from db.database import Transaction
from db.engine.streams import Lease
from db.people import LINK_TRIES, hash_link_code
from db.sql import load_queries

_SQL = load_queries("person_changes")
_MOST_FACTS = 150
"""That hold, for one contact: nobody fills the table by talking."""


async def apply_person_change(tx: Transaction, lease: Lease, change: PersonChange) -> None:
    """Raises Stale when a code was redeemed or replaced meanwhile."""
    tenant, contact = lease.tenant_id, change.contact_id
    if not isinstance(change, CountHabits | CountLinkTry):
        await tx.execute(_SQL["lock_person"], tenant, contact)
    match change:
        case LearnFact():
            keys = [_key(tenant, each) for each in change.ends]
            await tx.execute(
                _SQL["learn_fact"], tenant, contact, change.slot, change.text, _key(tenant, change.key),
                change.confidence, lease.stream_id, change.source_seq, change.since, change.single, keys, _MOST_FACTS,
            )  # fmt: skip
        case EndFacts():
            keys = [_key(tenant, each) for each in change.keys]
            await tx.execute(_SQL["end_facts"], tenant, contact, change.slot, keys, change.until)
        case ForgetPerson():
            await tx.execute(_SQL["forget"], tenant, contact, change.at, lease.stream_id)
        case ForgetFacts(facts=facts):
            keys = [_key(tenant, key) for _, key in facts]
            await tx.execute(_SQL["forget_facts"], tenant, contact, [slot for slot, _ in facts], keys)
        case SetPreference(value=""):
            await tx.execute(_SQL["drop_preference"], tenant, contact, change.name)
        case SetPreference():
            await tx.execute(_SQL["set_preference"], tenant, contact, change.name, change.value, change.since)
        case SetConsent():
            await tx.execute(_SQL["set_consent"], tenant, contact, change.consent)
            if change.consent == "withdrawn":
                await tx.execute(_SQL["forget"], tenant, contact, change.at, lease.stream_id)
        case SetOptOut():
            await tx.execute(_SQL["set_opt_out"], tenant, contact, sorted(change.kinds), change.out)
        case CountHabits(counts=counts):
            await tx.execute(_SQL["count_habits"], tenant, contact, list(counts), list(counts.values()), change.since)
        case OpenLinkCode():
            await tx.execute(_SQL["drop_expired_codes"], tenant)
            await tx.execute(
                _SQL["open_link_code"], tenant, contact, change.channel, lease.stream_id,
                hash_link_code(tenant, change.code), change.expires_at,
            )  # fmt: skip
        case RedeemLink():
            await _redeem(tx, tenant, contact, change)
        case CountLinkTry():
            await tx.execute(_SQL["count_try"], tenant, contact)
        case Unlink():
            await tx.execute(_SQL["unlink"], tenant, contact)
        case SaveSummary():
            await tx.execute(
                _SQL["save_summary"], tenant, change.stream_id, contact, change.upto_seq, change.text, change.asked_at
            )
        case _:
            assert_never(change)


async def _redeem(tx: Transaction, tenant: TenantId, contact: ContactId, change: RedeemLink) -> None:
    code, other = hash_link_code(tenant, change.code), change.opened_by
    if not await tx.fetchval(_SQL["redeem_code"], tenant, contact, code, other, LINK_TRIES):
        raise Stale("The code was used, replaced or has expired meanwhile")
    await tx.execute(_SQL["make_persons"], tenant, [other, contact])
    await tx.execute(_SQL["join_persons"], tenant, other, contact)
    await tx.execute(_SQL["join_permissions"], tenant, contact)


def _key(tenant: TenantId, value: str) -> bytes:
    return hashlib.blake2b(f"fact\x1f{tenant}\x1f{value}".encode(), digest_size=16).digest()
