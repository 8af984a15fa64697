"""The last word before an executor is called: the guards once more, over what holds by now, and the approval used up.

The outbox is not trusted: whoever wrote a row into it, a model's turn or somebody else, the action is judged here by
what the database says of the records, the people, the approval and what was done before.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import structlog
from pydantic import JsonValue

from agents.actions.declaration import ActionDeclaration, find_amount, find_records
from agents.actions.registry import find_actions
from agents.policy.guards import find_rules
from agents.policy.hashing import hash_action
from agents.policy.judging import judge
from agents.policy.verdicts import Approved, Circumstances
from core.actions import ActionCall, ProposedAction
from core.clock import Clock
from core.errors import InDoubt, Rejected, StewardError, Transient
from core.ids import ContactId, StreamId, TenantId
from core.turns import TenantProfile
from db.actions import (
    GivenApproval,
    begin_use,
    end_use,
    find_given,
    find_owners,
    find_use,
    find_use_of_approval,
    lock_action,
    read_uses,
    redeem,
    redeem_undo,
    resume_use,
)
from db.database import Database, Transaction
from db.desk import find_seat
from db.people import read_person
from tenants.agents import read_policy

_log = structlog.get_logger(__name__)
_GRACE = timedelta(minutes=5)
"""An undo that was tapped in time is still done when it was queued for a while."""


class ActionGate:
    """Implements `core.actions.Admission`."""

    def __init__(
        self, database: Database, profile: Callable[[TenantId], Awaitable[TenantProfile]], clock: Clock
    ) -> None:
        self._database = database
        self._profile = profile
        self._clock = clock

    async def admit(self, call: ActionCall) -> dict[str, JsonValue] | None:
        profile = await self._profile(call.tenant_id)
        declared = find_actions(profile.agents).get(call.name)
        if declared is not None and declared.by == "desk" and call.contact is None and call.approval_id is None:
            async with self._database.tenant(call.tenant_id, readonly=True) as tx:
                member = await find_seat(tx, call.tenant_id, call.stream_id)
            _check(call, replace(self._circumstances(profile), seat=member.role if member else None))
            return None
        if declared is not None and declared.by == "platform" and call.contact is None:
            _check(call, self._circumstances(profile))  # nothing of anybody's is at stake: no look-up
            return None
        try:
            return await self._admit(call, profile, declared)
        except InDoubt:
            raise
        except Rejected as error:
            await self._give_up(call, error)
            raise

    async def _admit(
        self, call: ActionCall, profile: TenantProfile, declared: ActionDeclaration | None
    ) -> dict[str, JsonValue] | None:
        async with self._database.tenant(call.tenant_id) as tx:
            await lock_action(tx, call.tenant_id, call.name)
            known = await find_use(tx, call.tenant_id, call.key)
            if known is not None and known.status in ("done", "undone"):
                return dict(known.result or {})
            if known is not None and known.status == "failed":
                raise Rejected(f"{call.name} failed before")
            if known is not None and known.status == "running" and declared is not None and declared.money_moving:
                raise InDoubt(f"{call.name} was begun, and nobody knows how it ended")
            given = await _find_given(tx, call)
            _check(call, await self._look(tx, call, profile, declared, given))
            assert declared is not None, "what is not declared was refused"
            await _use_up(tx, call, declared, given, profile, self._clock)
            if known is None:
                await begin_use(tx, call.tenant_id, call, find_amount(declared, call.arguments))
            else:
                await resume_use(tx, call.tenant_id, call.key)
        return None

    async def _give_up(self, call: ActionCall, error: Rejected) -> None:
        """One that waited to be tried again and may not any more was never done: it must not go on counting."""
        async with self._database.tenant(call.tenant_id) as tx:
            await lock_action(tx, call.tenant_id, call.name)
            known = await find_use(tx, call.tenant_id, call.key)
            if known is not None and known.status == "waiting":
                await end_use(tx, call.tenant_id, call.key, "failed", {}, str(error)[:300])

    async def close(self, call: ActionCall, result: dict[str, JsonValue] | None, error: Exception | None) -> None:
        if call.contact is None or isinstance(error, InDoubt):
            return  # in doubt: it goes on counting as done
        text = str(error)[:300] if isinstance(error, StewardError) else type(error).__name__ if error else ""
        status = "waiting" if isinstance(error, Transient) else "failed" if error else "done"
        async with self._database.tenant(call.tenant_id) as tx:
            await end_use(tx, call.tenant_id, call.key, status, result or {}, text)

    async def _look(
        self,
        tx: Transaction,
        call: ActionCall,
        profile: TenantProfile,
        declared: ActionDeclaration | None,
        given: GivenApproval | None,
    ) -> Circumstances:
        tenant = call.tenant_id
        person: frozenset[ContactId] = frozenset()
        streams: frozenset[StreamId] = frozenset()
        if call.contact is not None:
            known = await read_person(tx, tenant, call.contact)
            person = frozenset(known.contact_ids)
            streams = frozenset(each.stream_id for each in known.conversations)
        keys = list(find_records(declared, call.arguments)) if declared else []
        return replace(
            self._circumstances(profile),
            person=person,
            own_stream=call.stream_id in streams,
            owners=await find_owners(tx, tenant, keys),
            uses=await read_uses(tx, tenant, call.name, person, besides=call.key),
            approved=Approved(role=given.decided_role) if given else None,
            tapped=given is not None and given.status == "undone",
        )

    def _circumstances(self, profile: TenantProfile) -> Circumstances:
        return Circumstances(
            actions=find_actions(profile.agents),
            policy=read_policy(profile.agents),
            now=self._clock.now(),
            time_zone=profile.time_zone,
        )


def _check(call: ActionCall, at: Circumstances) -> None:
    action = ProposedAction(
        name=call.name, arguments=call.arguments, agent=call.agent, contact=call.contact, approval_id=call.approval_id
    )
    verdict = judge(action, at)
    if verdict.decision != "allow":
        _log.warning("action_not_admitted", action=call.name[:40], guard=verdict.guard, stream=call.stream_id.hex)
        raise Rejected(verdict.says or f"{call.name[:40]} may not be done")
    declared = at.actions[call.name]
    if call.executor != (declared.executor if declared.executor != declared.name else ""):
        raise Rejected(f"{call.name} is not done by {call.executor[:40]}")


async def _find_given(tx: Transaction, call: ActionCall) -> GivenApproval | None:
    """Raises Rejected for one that is not there."""
    if call.approval_id is None:
        return None
    given = await find_given(tx, call.tenant_id, call.approval_id)
    if given is None:
        raise Rejected("There is no such approval")
    return given


async def _use_up(
    tx: Transaction,
    call: ActionCall,
    declared: ActionDeclaration,
    given: GivenApproval | None,
    profile: TenantProfile,
    clock: Clock,
) -> None:
    """Raises Rejected when the approval is not for this, was used before, or has expired."""
    if given is None or call.approval_id is None:
        return
    tenant, approval = call.tenant_id, call.approval_id
    if declared.by == "owner":
        await _check_undo(tx, call, profile, clock)
        if not await redeem_undo(tx, tenant, approval, call.key, call.stream_id):
            raise Rejected("This cannot be taken back")
        return
    wanted = hash_action(tenant, call.stream_id, call.name, call.arguments, given.expires_at)
    if not await redeem(tx, tenant, approval, call.key, wanted, call.stream_id):
        raise Rejected("The approval does not hold for this")


async def _check_undo(tx: Transaction, call: ActionCall, profile: TenantProfile, clock: Clock) -> None:
    assert call.approval_id is not None
    done = await find_use_of_approval(tx, call.tenant_id, call.approval_id)
    declared = find_actions(profile.agents).get(done.name) if done else None
    if done is None or declared is None or declared.reversal != "reversible" or done.ended_at is None:
        raise Rejected("This cannot be taken back")
    minutes = find_rules(read_policy(profile.agents), done.name).undo_minutes
    if clock.now() > done.ended_at + timedelta(minutes=minutes) + _GRACE:
        raise Rejected(f"It can be taken back for {minutes} minutes only")
