"""Splits a webhook body into single messages and statuses: every entry, every change, every item, each on its own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import cast

from pydantic import ValidationError

from bots.intake import Arrival
from bots.whatsapp.payloads import KINDS, STATUSES, Contact, Head, Metadata, Recipient, Status
from core.channels import Account
from core.events import MessageReceived, OwnerEcho, Sender
from core.recording import DeliveryReceipt

_FIELDS = ("messages", "smb_message_echoes")


@dataclass(slots=True, kw_only=True)
class Parsed:
    arrivals: list[Arrival] = field(default_factory=list[Arrival])
    receipts: list[DeliveryReceipt] = field(default_factory=list[DeliveryReceipt])
    rejected: int = 0
    """Items of a wrong shape, and changes for another number."""
    ignored: int = 0
    """Items in order that no agent has a use of."""


def parse(body: object, account: Account) -> Parsed:
    """Reads a decoded webhook body for one number.

    Raises ValueError when the body has no list of entries; anything wrong further in is counted as rejected.
    """
    top = cast("dict[str, object]", body) if isinstance(body, dict) else {}
    if not isinstance(top.get("entry"), list):
        raise ValueError("no list of entries")
    parsed = Parsed()
    for entry in _dicts(top, "entry", parsed):
        for change in _dicts(entry, "changes", parsed):
            value = change.get("value")
            if change.get("field") not in _FIELDS:  # others: template and account news
                parsed.ignored += 1
            elif isinstance(value, dict):
                _read_value(cast("dict[str, object]", value), account, parsed)
            else:
                parsed.rejected += 1
    return parsed


def _read_value(value: dict[str, object], account: Account, parsed: Parsed) -> None:
    """Items by their own lists, as the field of a change only says which of them it may hold."""
    try:
        metadata = Metadata.model_validate(value.get("metadata"))
    except ValidationError:
        parsed.rejected += 1
        return
    if metadata.phone_number_id != account.external_id:
        parsed.rejected += 1
        return
    contacts = [contact for item in _dicts(value, "contacts", parsed) if (contact := _contact(item, parsed))]
    for item in _dicts(value, "messages", parsed):
        _read_message(item, contacts, parsed)
    for item in _dicts(value, "message_echoes", parsed):
        _read_echo(item, contacts, parsed)
    for item in _dicts(value, "statuses", parsed):
        _read_status(item, account, parsed)


def _read_message(item: dict[str, object], contacts: Sequence[Contact], parsed: Parsed) -> None:
    kind = item.get("type")
    if not isinstance(kind, str):
        parsed.rejected += 1
        return
    model = KINDS.get(kind)
    if model is None:
        parsed.ignored += 1
        return
    try:
        message = model.model_validate(item)
    except ValidationError:
        parsed.rejected += 1
        return
    if message.group_id is not None:  # a group is nobody's private conversation
        parsed.ignored += 1
        return
    sender = _sender(message, contacts)
    if sender is None:
        parsed.rejected += 1
        return
    event = message.event(sender)
    if event is None:
        parsed.ignored += 1
        return
    # The chat is the BSUID where there is one, so that it stays the same when the person hides or shows the number.
    parsed.arrivals.append(Arrival(external_id=message.id, chat=sender.external_id, event=event))


def _read_echo(item: dict[str, object], contacts: Sequence[Contact], parsed: Parsed) -> None:
    """What the owner wrote on their own phone, in the chat of whoever it went to."""
    model = KINDS.get(kind) if isinstance(kind := item.get("type"), str) else None
    if model is None:
        parsed.ignored += 1
        return
    try:
        echo, recipient = model.model_validate(item), Recipient.model_validate(item)
    except ValidationError:
        parsed.rejected += 1
        return
    only = contacts[0].user_id if len(contacts) == 1 else None
    chat = recipient.to_user_id or only or recipient.to
    if chat is None:
        parsed.rejected += 1
        return
    written = echo.event(Sender(external_id=chat))
    if echo.group_id is not None or not isinstance(written, MessageReceived):
        parsed.ignored += 1
        return
    event = OwnerEcho(message_id=echo.id, at=written.at, text=written.text, attachments=written.attachments)
    parsed.arrivals.append(Arrival(external_id=echo.id, chat=chat, event=event))


def _read_status(item: dict[str, object], account: Account, parsed: Parsed) -> None:
    try:
        status = Status.model_validate(item)
    except ValidationError:
        parsed.rejected += 1
        return
    known = STATUSES.get(status.status)
    if known is None:
        parsed.ignored += 1
        return
    receipt = DeliveryReceipt(
        account_id=account.account_id,
        message_id=status.id,
        status=known,
        at=status.timestamp,
        error=str(status.errors[0]) if status.errors else "",
    )
    parsed.receipts.append(receipt)


def _contact(item: dict[str, object], parsed: Parsed) -> Contact | None:
    try:
        return Contact.model_validate(item)
    except ValidationError:
        parsed.rejected += 1
        return None


def _sender(message: Head, contacts: Sequence[Contact]) -> Sender | None:
    """Who wrote; None when that cannot be said for sure."""
    contact = _contact_of(message, contacts)
    user_id = message.from_user_id or (contact.user_id if contact else None)
    phone = message.from_number or (contact.wa_id if contact else None)
    external_id = user_id or phone
    if external_id is None:
        return None
    profile = contact.profile if contact else None
    return Sender(
        external_id=external_id,
        name=(profile.name if profile else None) or "",
        username=profile.username if profile else None,
        phone=phone,
    )


def _contact_of(message: Head, contacts: Sequence[Contact]) -> Contact | None:
    """The contact of a message: by BSUID, else by number; a message without either belongs to the only contact."""
    for contact in contacts:
        if message.from_user_id is not None and contact.user_id is not None:
            if message.from_user_id == contact.user_id:
                return contact
        elif message.from_number is not None and message.from_number == contact.wa_id:
            return contact
    nameless = message.from_user_id is None and message.from_number is None
    return contacts[0] if nameless and len(contacts) == 1 else None


def _dicts(holder: dict[str, object], name: str, parsed: Parsed) -> Iterator[dict[str, object]]:
    """The objects of a list; anything else is counted as rejected. A missing list is an empty one."""
    items = holder.get(name)
    if items is None:
        return
    if not isinstance(items, list):
        parsed.rejected += 1
        return
    for item in cast("list[object]", items):
        if isinstance(item, dict):
            yield cast("dict[str, object]", item)
        else:
            parsed.rejected += 1
