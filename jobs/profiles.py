"""How a customer wants to be called and served, written when they say so, and set back by an owner."""

from functools import cache

from babel import Locale, UnknownLocaleError
from pydantic import JsonValue

from agents.actions.everyday import ProfileArguments
from core.actions import ActionCall
from core.clock import Clock
from core.errors import Rejected
from core.ids import ContactId
from core.texts import LANGUAGES, find_locale
from db.actions import ActionUse
from db.customers import find_customer, set_contact, set_preference
from db.database import Database, Transaction
from db.people import read_person
from jobs.acting import arguments_of, contact_of


class UpdateProfile:
    """`update_profile`. Name and language are the contact's, the rest are wishes.

    `before` is what undoing sets back. A try after a crash may find its own value there, and then there is no way back.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def __call__(self, call: ActionCall) -> dict[str, JsonValue]:
        asked = arguments_of(ProfileArguments, call)
        contact = contact_of(call)
        value = " ".join(asked.value.replace("\0", "").split())
        if asked.what == "language":
            value = read_language(value)
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
    customer = await find_customer(tx, call.tenant_id, contact)
    if customer is None:
        raise Rejected("The customer is not known")
    match what:
        case "name":
            return customer.name
        case "language":
            return customer.language
        case _:
            return (await read_person(tx, call.tenant_id, contact)).preferences.get(what, "")


async def _write(tx: Transaction, call: ActionCall, contact: ContactId, what: str, value: str, clock: Clock) -> None:
    match what:
        case "name" | "language":
            await set_contact(tx, call.tenant_id, contact, what, value)
        case _:
            if not await set_preference(tx, call.tenant_id, contact, what, value, clock.now()):
                raise Rejected("The customer does not want anything remembered")


def read_language(text: str) -> str:
    """The code of a language that is given by its code or by its name: `pt-BR`, `German`, `немецкий`.

    Raises Rejected for what is no language.
    """
    if code := _names().get(text.casefold()):
        return code
    try:
        locale = Locale.parse(text.replace("-", "_"))
    except (ValueError, UnknownLocaleError, TypeError):
        raise Rejected("There is no such language") from None
    return "-".join(filter(None, (locale.language, locale.territory)))


@cache
def _names() -> dict[str, str]:
    """Of the languages we speak, in each of them."""
    return {
        name.casefold(): code
        for code in LANGUAGES
        for spoken in LANGUAGES
        if (name := find_locale(code).get_language_name(spoken)) is not None
    }
