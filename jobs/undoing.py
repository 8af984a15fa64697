"""Taking back what was done by an approval, by whoever did it."""

from collections.abc import Mapping
from typing import Protocol

from pydantic import JsonValue

from agents.actions.registry import BUILT_IN
from agents.cases.kinds import KINDS
from core.actions import ActionCall
from core.errors import Rejected
from core.ids import ApprovalId, case_id
from core.recording import Recorder
from db.actions import ActionUse, find_given, find_use_of_approval, mark_undone
from db.database import Database
from jobs.acting import order_cancel

_TENANTS_OWN = "http"
"""The executor of every action that is not built in."""


class Undoer(Protocol):
    """Takes back what one kind of executor did."""

    async def __call__(self, call: ActionCall, use: ActionUse) -> dict[str, JsonValue]:
        """`call` is the one to take it back; with the same key the same is undone once.

        Raises Transient (tried again later), Rejected (there is nothing to take back any more), Misconfigured.
        """
        ...


class TakeBack:
    """`take_back`: what the approval of the call did is found by the approval, never taken from the arguments."""

    def __init__(self, database: Database, undoers: Mapping[str, Undoer]) -> None:
        """`undoers` by action, or else by executor."""
        self._database = database
        self._undoers = undoers

    async def __call__(self, call: ActionCall) -> dict[str, JsonValue]:
        approval = call.approval_id
        if approval is None:
            raise Rejected("Only what was approved can be taken back")
        use = await self._find(call, approval)
        result: dict[str, JsonValue] = {"action": use.name}
        if use.status == "undone":
            return result  # by a try before this one
        declared = BUILT_IN.get(use.name)
        executor = declared.executor if declared else _TENANTS_OWN
        undoer = self._undoers.get(use.name) or self._undoers.get(executor)
        if undoer is None:
            raise Rejected(f"{use.name} cannot be taken back")
        undone = await undoer(call, use)
        async with self._database.tenant(call.tenant_id) as tx:
            await mark_undone(tx, call.tenant_id, approval)
        return {**undone, **result}

    async def _find(self, call: ActionCall, approval: ApprovalId) -> ActionUse:
        async with self._database.tenant(call.tenant_id, readonly=True) as tx:
            use = await find_use_of_approval(tx, call.tenant_id, approval)
            given = await find_given(tx, call.tenant_id, approval)
        if use is None or given is None or use.key == call.key:
            raise Rejected("There is nothing to take back")
        if use.status == "undone" and given.undone_by != call.key:
            raise Rejected("It was taken back before")
        return use


class CancelOpened:
    """Implements `Undoer` for `open_case`: the case is cancelled, as a member would."""

    def __init__(self, database: Database, recorder: Recorder) -> None:
        self._database = database
        self._recorder = recorder

    async def __call__(self, call: ActionCall, use: ActionUse) -> dict[str, JsonValue]:
        done = use.result or {}
        kind, reference = str(done.get("kind", "")), str(done.get("reference", ""))
        if kind not in KINDS or not reference:
            raise Rejected("There is no case to take back")
        stream = case_id(call.tenant_id, kind, reference)
        await order_cancel(self._database, self._recorder, call, stream, by="member")
        return {"reference": reference}
