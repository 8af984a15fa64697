"""Two tenants with a row in every table. Whatever is B's says so: its words hold `of-b`."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from core.actions import ProposedAction
from core.changes import AskedAction
from core.events import MessageReceived, Sender, encode_event
from core.ids import AccountId, ApprovalId, ContactId, StreamId, TenantId
from db.asked import dump_asked
from db.invites import hash_code
from db.people import hash_link_code

A, B = TenantId(2), TenantId(3)
MARK = "of-b"
AT = datetime(2026, 11, 23, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Belongings:
    """The ids of what a tenant has."""

    tenant: TenantId
    slug: str
    account: AccountId
    chat: str
    stream: StreamId
    desk: StreamId
    approval: ApprovalId
    invite: str
    watch: int
    item: str
    phone: str
    shipment: str
    path: str
    event: str
    code: str
    """What its words end with."""


async def furnish(owner: asyncpg.Connection, tenant: TenantId, code: str) -> Belongings:
    """Adds the tenant and a row in each table, as the schema's owner."""
    stream, desk = StreamId(UUID(int=tenant * 100)), StreamId(UUID(int=tenant * 100 + 1))
    account = AccountId(tenant * 10)
    watch = tenant * 1000
    insert = {
        "tenants": {
            "slug": f"slug-{code}", "name": f"Tenant {code}", "language": "en", "time_zone": "UTC", "currency": "EUR",
            "persona": f"persona {code}", "knowledge_version": int(tenant) + 40, "models": f'{{"allowed": "{code}"}}',
        },
        "channel_accounts": {
            "account_id": account, "channel": "telegram", "role": "customer", "external_id": f"bot {code}",
            "name": f"bot {code}", "path_id": f"path-{code}", "delivery": "polling", "secrets": code.encode(),
        },
        "contacts": {
            "contact_id": stream, "channel": "whatsapp", "external_id": f"person {code}", "name": f"Person {code}",
            "phone": f"49 {code}",
        },
        "members": {
            "member_id": tenant * 7, "name": f"Owner {code}", "role": "owner" if tenant == B else "viewer",
            "account_id": account, "chat": f"desk {code}", "desk": desk,
        },
        "invites": {"code_hash": hash_code(code), "role": "owner", "expires_at": AT + timedelta(days=36500)},
        "streams": {
            "stream_id": stream, "kind": "conversation", "account_id": account, "chat": f"chat {code}", "last_seq": 1,
            "done_seq": 0, "dirty": True, "lease_token": 1, "last_inbound_at": AT, "state": f'"{code}"',
        },
        "inbox": {
            "stream_id": stream, "seq": 1, "account_id": 0, "external_id": f"event {code}", "recorded_at": AT,
            "event": encode_event(
                MessageReceived(message_id="1", sender=Sender(external_id=code), at=AT, text=f"words {code}")
            ),
        },
        "outbox": {
            "stream_id": stream, "seq": 1, "n": 1, "account_id": account, "chat": f"chat {code}", "is_action": False,
            "author": "bot", "status": "sent", "payload": f'"payload {code}"', "created_at": AT, "card": f"card {code}",
        },
        "messages": {"stream_id": stream, "seq": 1, "n": 0, "author": "customer", "text": f"words {code}", "at": AT},
        "turns": {
            "stream_id": stream, "upto_seq": 1, "from_seq": 1, "worker_id": 1, "attempt": 0, "started_at": AT,
            "finished_at": AT, "trace": f'{{"why": "{code}", "used": ["source {code}"]}}',
        },
        "timers": {"stream_id": stream, "name": f"timer {code}", "due_at": AT, "payload": f'"{code}"'},
        "approvals": {
            "approval_id": f"approval {code}", "stream_id": stream, "kind": "escalation", "question": f"what {code}",
            "reason": f"why {code}", "contact_name": f"Person {code}", "channel": "telegram", "created_at": AT,
        },
        "dead_letters": {"stream_id": stream, "seq": 1, "error": f"error {code}"},
        "audit": {"actor": f"actor {code}", "action": f"action {code}"},
        "budgets": {"scope": "month", "limit_micros": tenant * 1000, "currency": "EUR", "set_by": 1},
        "budget_extras": {"day": AT.date(), "micros": tenant, "currency": "EUR", "given_by": 1},
        "budget_alerts": {
            "scope": "month", "key": "2026-11", "threshold": 100, "limit_micros": tenant, "used_micros": tenant,
            "currency": "EUR", "at": AT,
        },
        "ledger": {
            "entry_id": stream, "call_id": stream, "attempt": 0, "kind": "chat", "agent": f"agent {code}",
            "workflow": "conversation", "stream_kind": "conversation", "stream_id": stream, "seq": 1,
            "provider": f"provider {code}", "model": f"model {code}", "status": "reserved", "reserved_micros": 5,
            "currency": "EUR", "price_certainty": "exact", "rate": 1, "rate_date": AT.date(), "day": AT.date(),
            "expires_at": AT, "decision": f'{{"why": "{code}"}}',
        },
        "spend": {
            "currency": "EUR", "scope": "month", "key": "2026-11", "reserved_micros": 5, "spent_micros": tenant,
            "day": AT.date(),
        },
        "whatsapp_messages": {
            "account_id": account, "month": AT.date().replace(day=1), "category": "service", "sent": tenant,
        },
        "model_keys": {"provider": f"provider {code}", "secrets": code.encode(), "trouble": f"trouble {code}"},
        "model_outcomes": {"model": f"model {code}", "difficulty": 1, "good": tenant, "bad": 0},
        "contact_links": {"contact_id": stream, "person_id": desk},
        "link_codes": {
            "contact_id": desk, "channel": "telegram", "stream_id": stream, "expires_at": AT + timedelta(days=36500),
            "code_hash": hash_link_code(tenant, f"{tenant:08}"),
        },
        "link_tries": {"contact_id": desk, "since": AT, "tries": 1},
        "profiles": {"contact_id": stream, "consent": "given", "opted_out": [f"kind {code}"]},
        "preferences": {"contact_id": stream, "name": f"wish {code}", "value": f"value {code}", "since": AT},
        "habits": {"contact_id": stream, "habit": f"topic:{code}", "times": tenant},
        "facts": {
            "contact_id": stream, "slot": "home", "text": f"home {code}", "key": code.encode(), "confidence": 0.9,
            "source": stream, "source_seq": 1, "since": AT,
        },
        "summaries": {
            "stream_id": stream, "contact_id": stream, "upto_seq": 1, "text": f"summary {code}", "made_at": AT,
        },
        "notes": {"stream_id": stream, "member_id": tenant, "text": f"note {code}"},
        "pictures": {
            "picture_id": stream, "mime": f"image/{code}", "bytes": code.encode(),
            "expires_at": AT + timedelta(days=36500),
        },
        "knowledge_files": {
            "file_id": tenant * 11, "name": f"source {code}", "origin": "link", "url": f"https://{code}.example",
            "call_key": f"call {code}", "refresh_at": AT, "added_by": tenant * 7, "trouble": f"trouble {code}",
        },
        "knowledge": {"file_id": tenant * 11, "source": f"source {code}", "text": f"text {code}"},
        "watches": {
            "watch_id": watch, "kind": "price_list", "name": f"watch {code}", "settings": f'{{"url": "{code}"}}',
            "every_seconds": 60, "next_due_at": AT,
        },
        "agreed_prices": {"watch_id": watch, "item": f"item {code}", "agreed_micros": 5, "currency": "EUR"},
        "connections": {
            "kind": "carrier", "name": f"carrier {code}", "path_id": f"way-{code}", "secrets": code.encode(),
        },
        "shipments": {
            "reference": f"ref {code}", "promised_at": AT, "language": "en", "channel": "whatsapp",
            "contact_external_id": f"person {code}",
        },
    }  # fmt: skip
    for table, values in [*insert.items(), *_of_actions(tenant, code, stream)]:
        await _insert(owner, table, {"tenant_id": tenant, **values})
    settled = {
        **insert["ledger"], "tenant_id": tenant, "entry_id": desk, "agent": "read_document", "status": "settled",
        "cost_micros": tenant,
    }  # fmt: skip
    await _insert(owner, "ledger", settled)
    for number in range(tenant):  # so that what is only counted differs, too
        said = {**insert["messages"], "tenant_id": tenant, "seq": 100 + number}
        case = {"stream_id": UUID(int=tenant * 100 + 50 + number), "kind": "call", "reference": f"C {number} {code}"}
        await _insert(owner, "messages", said)
        await _insert(owner, "cases", {"tenant_id": tenant, "step": "open", **case})
        parcel = {**insert["shipments"], "tenant_id": tenant, "reference": f"ref {number} {code}"}
        await _insert(owner, "shipments", parcel)
    return Belongings(
        tenant=tenant, slug=f"slug-{code}", account=account, chat=f"desk {code}", stream=stream, desk=desk,
        approval=ApprovalId(f"approval {code}"), invite=code, watch=watch, item=f"item {code}", phone=f"49 {code}",
        shipment=f"ref {code}", path=f"way-{code}", event=f"event {code}", code=code,
    )  # fmt: skip


def _of_actions(tenant: TenantId, code: str, stream: StreamId) -> list[tuple[str, dict[str, Any]]]:
    """Approvals of actions in two states, what was done by them, and whatever else came with actions."""
    contact = ContactId(stream)
    action = ProposedAction(name=f"action {code}", arguments={"of": code}, agent="general", contact=contact)
    later = AT + timedelta(days=36500)
    asked = AskedAction(action=action, action_hash=f"hash {code}", expires_at=later, approver="owner")
    columns = dict(zip(("action", "action_hash", "expires_at"), dump_asked(asked), strict=True))
    approval = {
        "stream_id": stream, "kind": "action", "question": f"what {code}", "reason": f"why {code}",
        "contact_name": f"Person {code}", "channel": "whatsapp", "created_at": AT, **columns,
    }  # fmt: skip
    asking = {
        "stream_id": stream, "kind": "escalation", "question": f"what {code}", "reason": f"why {code}",
        "contact_name": f"Person {code}", "channel": "telegram", "created_at": AT - timedelta(days=int(tenant)),
    }  # fmt: skip
    use = {
        "stream_id": stream, "name": f"action {code}", "agent": "general", "contact_id": stream,
        "arguments": f'{{"of": "{code}"}}', "micros": tenant,
    }  # fmt: skip
    return [
        (
            "approvals",
            {
                "approval_id": f"gap {code}", "stream_id": stream, "kind": "escalation", "question": f"what {code}",
                "reason": "not_in_knowledge", "contact_name": f"Person {code}", "channel": "telegram",
                "created_at": AT, "status": "dismiss",
            },
        ),
        ("approvals", {**approval, "approval_id": f"given {code}", "status": "approve"}),
        ("approvals", {**approval, "approval_id": f"used {code}", "status": "undone", "used_by": f"done {code}"}),
        ("action_uses", {**use, "key": f"waiting {code}", "status": "waiting", "error": f"error {code}"}),
        (
            "action_uses",
            {
                **use, "key": f"done {code}", "approval_id": f"used {code}", "status": "done", "ended_at": AT,
                "result": f'{{"id": "{code}"}}',
            },
        ),
        (
            "business_records",
            {
                "kind": "invoice", "reference": f"invoice {code}", "channel": "whatsapp",
                "contact_external_id": f"person {code}", "status": f"status {code}", "micros": tenant,
                "currency": "EUR", "details": f'{{"shipment": "{code}"}}',
            },
        ),
        (
            "cases",
            {
                "stream_id": stream, "kind": "ticket", "reference": f"T {code}", "title": f"title {code}",
                "step": "open", "contact_id": stream, "conversation": stream,
            },
        ),
        (
            "streams",
            {
                "stream_id": UUID(int=tenant * 100 + 2), "kind": "conversation", "account_id": tenant * 10,
                "chat": f"held {code}", "last_seq": 1, "done_seq": 1, "dirty": False, "lease_token": 1,
                "mode": "human", "holder": UUID(int=tenant * 100 + 1),
            },
        ),
        *(  # so that the two have different numbers of questions
            ("approvals", {**asking, "approval_id": f"older {number} {code}"})
            for number in range(tenant)
        ),
        (
            "approvals",
            {
                "approval_id": f"held {code}", "stream_id": UUID(int=tenant * 100 + 2), "kind": "escalation",
                "question": f"what {code}", "reason": f"why {code}", "contact_name": f"Person {code}",
                "channel": "telegram", "created_at": AT, "status": "take_over",
            },
        ),
        (
            "readings",
            {
                "key": f"reading {code}", "member_id": tenant * 7, "reason": f"a good reason {code}",
                "until": AT + timedelta(days=36500),
            },
        ),
        ("case_numbers", {"kind": f"kind {code}", "last": 1000 + tenant}),
        ("shared_state", {"key": f"shared {code}", "version": 1, "value": f'{{"of": "{code}"}}'}),
        ("action_secrets", {"name": f"secret {code}", "sealed": code.encode()}),
        (
            "training_examples",
            {
                "contact_id": stream, "question": f"question {code}", "draft": f"draft {code}",
                "correction": f"correction {code}", "reason": f"reason {code}",
            },
        ),
    ]  # fmt: skip


async def _insert(owner: asyncpg.Connection, table: str, row: dict[str, Any]) -> None:
    places = ", ".join(f"${n}" for n in range(1, len(row) + 1))
    await owner.execute(
        f"INSERT INTO {table} ({', '.join(row)}) OVERRIDING SYSTEM VALUE VALUES ({places})", *row.values()
    )


async def tenant_tables(owner: asyncpg.Connection) -> list[str]:
    """Every table with a tenant_id."""
    return [
        row[0]
        for row in await owner.fetch(
            "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' "
            "WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace ORDER BY 1"
        )
    ]


async def snapshot(owner: asyncpg.Connection, tenant: TenantId) -> dict[str, list[str]]:
    """Everything a tenant has, by table, as text."""
    return {
        table: [
            row[0]
            for row in await owner.fetch(f"SELECT t::text FROM {table} t WHERE tenant_id = $1 ORDER BY 1", tenant)
        ]
        for table in await tenant_tables(owner)
    }
