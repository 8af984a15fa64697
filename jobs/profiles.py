"""How a customer wants to be called and served, written when they say so, and set back by an owner."""

from pydantic import JsonValue

from agents.actions.everyday import ProfileArguments
from core.actions import ActionCall
from core.clock import Clock
from core.errors import Rejected
from core.ids import ContactId
from db.actions import ActionUse
from db.customers import find_customer, set_preference
from db.database import Database, Transaction
from db.people import read_person
from jobs.acting import arguments_of, contact_of


class UpdateProfile:
    """`update_profile`. A name or a language is not among it: those the channel and the customer's words tell anew.

    `before` is what undoing sets back. A try after a crash may find its own value there, and then there is no way back.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def __call__(self, call: ActionCall) -> dict[str, JsonValue]:
        asked = arguments_of(ProfileArguments, call)
        contact = contact_of(call)
        value = " ".join(asked.value.replace("\0", "").split())
        if not value:
            raise Rejected("There is nothing to note")
        async with self._database.tenant(call.tenant_id) as tx:
            before = await _read(tx, call, contact, asked.what)
            await _write(tx, call, contact, asked.what, value, self._clock)
        return {"what": asked.what, "value": value, "before": before}


class RestoreProfile:
    """Implements `jobs.undoing.Undoer` for `update_profile`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def __call__(self, call: ActionCall, use: ActionUse) -> dict[str, JsonValue]:
        done = use.result or {}
        what, value, before = (str(done.get(name, "")) for name in ("what", "value", "before"))
        if not what or value == before:
            raise Rejected("What it was before is not known")
        async with self._database.tenant(call.tenant_id) as tx:
            now = await _read(tx, call, use.contact_id, what)
            if now == before:  # set back by a try before this one
                return {"what": what, "value": before}
            if now != value:
                raise Rejected("It has been changed since")
            await _write(tx, call, use.contact_id, what, before, self._clock)
        return {"what": what, "value": before}


async def _read(tx: Transaction, call: ActionCall, contact: ContactId, what: str) -> str:
    """Raises Rejected when nobody is known by that id."""
    if await find_customer(tx, call.tenant_id, contact) is None:
        raise Rejected("The customer is not known")
    return (await read_person(tx, call.tenant_id, contact)).preferences.get(what, "")


async def _write(tx: Transaction, call: ActionCall, contact: ContactId, what: str, value: str, clock: Clock) -> None:
    if not await set_preference(tx, call.tenant_id, contact, what, value, clock.now()):
        raise Rejected("The customer does not want anything remembered")
