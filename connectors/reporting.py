"""From a carrier's events to the rows of the shipments and the events of their cases."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from connectors.reports import CarrierEvent
from core.clock import Clock
from core.events import NewEvent, ShipmentUpdated
from core.ids import INTERNAL, StreamId, TenantId, case_id, contact_id, conversation_id
from core.recording import Recorder
from db.database import Database, Transaction
from db.engine.directory import StoredConnection
from db.shipments import (
    Report,
    Shipment,
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
            conversations = await _find_conversations(tx, tenant, [shipments[reference] for reference in updated])
        await self._recorder.record(
            [
                _new_event(tenant, key, event, shipments[event.reference], conversations.get(event.reference))
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


async def _find_conversations(tx: Transaction, tenant: TenantId, shipments: Sequence[Shipment]) -> dict[str, StreamId]:
    """By reference, the conversation of the shipment's customer: only one that exists can be sent to."""
    accounts = await list_customer_accounts(tx, tenant) if shipments else []
    candidates = {
        shipment.reference: [
            conversation_id(tenant, account, shipment.contact_external_id)
            for channel, account in accounts
            if channel == shipment.channel
        ]
        for shipment in shipments
        if shipment.contact_external_id
    }
    wanted = [stream for streams in candidates.values() for stream in streams]
    existing = await find_known_streams(tx, tenant, wanted) if wanted else set[StreamId]()
    found = {reference: [s for s in streams if s in existing] for reference, streams in candidates.items()}
    return {reference: streams[0] for reference, streams in found.items() if streams}


def _new_event(
    tenant: TenantId, key: str, event: CarrierEvent, shipment: Shipment, conversation: StreamId | None
) -> NewEvent:
    person = None
    if shipment.channel and shipment.contact_external_id:
        person = contact_id(tenant, shipment.channel, shipment.contact_external_id)
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
            contact_id=person,
            conversation=conversation,
            language=shipment.language,
        ),
    )
