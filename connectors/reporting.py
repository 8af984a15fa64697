"""From a carrier's events to the rows of the shipments and the events of their cases."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from connectors.reports import CarrierEvent
from core.clock import Clock
from core.events import NewEvent, ShipmentUpdated
from core.ids import INTERNAL, ContactId, StreamId, TenantId, case_id, contact_id, conversation_id
from core.recording import Recorder
from db.database import Database, Transaction
from db.engine.directory import StoredConnection
from db.shipments import (
    Report,
    Shipment,
    find_contacts_of_phones,
    find_known_events,
    find_known_streams,
    list_customer_accounts,
    lock_shipments,
    save_reports,
)

Result = Literal["recorded", "duplicate", "outdated", "unknown_reference"]


class Reporting:
    def __init__(self, database: Database, recorder: Recorder, clock: Clock) -> None:
        self._database = database
        self._recorder = recorder
        self._clock = clock

    async def take(self, connection: StoredConnection, events: Sequence[CarrierEvent]) -> list[Result]:
        """What became of each event, in order. Returning means committed. Raises Transient.

        The shipment's row is written first: a crash before the event is recorded leaves it unanswered, and when the
        carrier sends it again it is no duplicate and writes the same row once more.
        """
        tenant = connection.tenant_id
        keys = [_external_id(connection, event) for event in events]
        async with self._database.tenant(tenant) as tx:
            known = await find_known_events(tx, tenant, keys)
            shipments = await lock_shipments(tx, tenant, {event.reference for event in events})
            results, updated = self._judge(events, keys, known, shipments)
            if updated:
                await save_reports(tx, tenant, [_report(shipments[reference]) for reference in updated])
            customers = await _find_customers(tx, tenant, [shipments[reference] for reference in updated])
        await self._recorder.record(
            [
                _new_event(tenant, key, event, shipments[event.reference], customers.get(event.reference))
                for key, event, result in zip(keys, events, results, strict=True)
                if result == "recorded"
            ]
        )
        return results

    def _judge(
        self, events: Sequence[CarrierEvent], keys: Sequence[str], known: set[str], shipments: dict[str, Shipment]
    ) -> tuple[list[Result], list[str]]:
        """Brings `shipments` up to date in memory; the second value names those that changed, each once."""
        now = self._clock.now()
        seen = set(known)
        results: list[Result] = []
        updated: dict[str, None] = {}
        for key, event in zip(keys, events, strict=True):
            shipment = shipments.get(event.reference)
            # A carrier whose clock is ahead must not shut out its own later events.
            at = now if event.occurred_at is None else min(event.occurred_at, now)
            if key in seen:
                results.append("duplicate")
            elif shipment is None:
                results.append("unknown_reference")
            elif shipment.reported_at is not None and at < shipment.reported_at:
                results.append("outdated")
            else:
                seen.add(key)
                updated[event.reference] = None
                shipments[event.reference] = replace(shipment, status=event.status, eta=event.eta, reported_at=at)
                results.append("recorded")
        return results, list(updated)


def _external_id(connection: StoredConnection, event: CarrierEvent) -> str:
    return f"carrier:{connection.connection_id}:{event.id}"


def _report(shipment: Shipment) -> Report:
    assert shipment.eta is not None and shipment.reported_at is not None
    return Report(reference=shipment.reference, status=shipment.status, eta=shipment.eta, at=shipment.reported_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Customer:
    contact: ContactId
    conversation: StreamId | None
    """Only one that exists can be sent to."""


async def _find_customers(tx: Transaction, tenant: TenantId, shipments: Sequence[Shipment]) -> dict[str, _Customer]:
    """By reference, of the shipments that say whose they are."""
    owned = [shipment for shipment in shipments if shipment.channel and shipment.contact_external_id]
    if not owned:
        return {}
    accounts = await list_customer_accounts(tx, tenant)
    numbers = [_digits(shipment) for shipment in owned if shipment.channel == "whatsapp"]
    contacts = await find_contacts_of_phones(tx, tenant, numbers) if numbers else []
    ids = {
        shipment.reference: [
            str(shipment.contact_external_id),
            *(each for phone, each in contacts if shipment.channel == "whatsapp" and phone == _digits(shipment)),
        ]
        for shipment in owned
    }
    places = {
        (shipment.reference, each): [
            conversation_id(tenant, account, each) for channel, account in accounts if channel == shipment.channel
        ]
        for shipment in owned
        for each in ids[shipment.reference]
    }
    existing = await find_known_streams(tx, tenant, [stream for streams in places.values() for stream in streams])
    found: dict[str, _Customer] = {}
    for shipment in owned:
        known = [
            (each, stream)
            for each in ids[shipment.reference]
            for stream in places[shipment.reference, each]
            if stream in existing
        ]
        person, conversation = known[0] if known else (ids[shipment.reference][-1], None)
        contact = contact_id(tenant, str(shipment.channel), person)
        found[shipment.reference] = _Customer(contact=contact, conversation=conversation)
    return found


def _digits(shipment: Shipment) -> str:
    return "".join(each for each in str(shipment.contact_external_id) if each.isdecimal())


def _new_event(
    tenant: TenantId, key: str, event: CarrierEvent, shipment: Shipment, customer: _Customer | None
) -> NewEvent:
    return NewEvent(
        tenant_id=tenant,
        stream_id=case_id(tenant, "shipment", shipment.reference),
        stream_kind="case",
        account_id=INTERNAL,
        external_id=key,
        chat="",
        event=ShipmentUpdated(
            reference=shipment.reference,
            status=event.status,
            eta=event.eta,
            promised=shipment.promised_at,
            contact_id=customer.contact if customer else None,
            conversation=customer.conversation if customer else None,
            language=shipment.language,
        ),
    )
