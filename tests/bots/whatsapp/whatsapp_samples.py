"""Webhook bodies as Meta sends them, built by hand for the tests of this folder."""

from typing import Any

from core.channels import Account
from core.ids import AccountId, TenantId

Json = dict[str, Any]

PHONE_NUMBER_ID = "106540352242922"
BSUID = "US.13491208655302741918"
WA_ID = "16505551234"
AT = 1_739_321_024


def account(role: Any = "customer", **changes: Any) -> Account:
    values: Json = {
        "account_id": AccountId(7),
        "tenant_id": TenantId(2),
        "channel": "whatsapp",
        "role": role,
        "external_id": PHONE_NUMBER_ID,
        "path_id": "path-of-seven",
        "delivery": "webhook",
    }
    return Account(**values | changes)


CONTENTS: dict[str, Json] = {
    "text": {"text": {"body": "Do you deliver?"}},
    "button": {"button": {"payload": "yes-1", "text": "Yes"}},
    "button_reply": {"interactive": {"type": "button_reply", "button_reply": {"id": "b1", "title": "Answer"}}},
    "list_reply": {
        "interactive": {"type": "list_reply", "list_reply": {"id": "r1", "title": "Rye", "description": ""}}
    },
    "image": {"image": {"id": "111", "mime_type": "image/jpeg", "sha256": "x", "caption": "This one"}},
    "document": {"document": {"id": "112", "mime_type": "application/pdf", "sha256": "x", "filename": "bill.pdf"}},
    "audio": {"audio": {"id": "113", "mime_type": "audio/ogg; codecs=opus", "sha256": "x", "voice": True}},
    "video": {"video": {"id": "114", "mime_type": "video/mp4", "sha256": "x"}},
    "sticker": {"sticker": {"id": "115", "mime_type": "image/webp", "sha256": "x", "animated": False}},
    "location": {"location": {"latitude": 41.38, "longitude": 2.17, "name": "Shop", "address": "Main St 1"}},
    "contacts": {
        "contacts": [
            {"name": {"formatted_name": "Bo Li", "first_name": "Bo"}, "phones": [{"phone": "+1 650 555 0000"}]},
        ]
    },
    "reaction": {"reaction": {"message_id": "wamid.OURS", "emoji": "👍"}},
}


def message(kind: str, number: int = 0, **changes: Any) -> Json:
    content = CONTENTS[kind]
    item: Json = {
        "from": WA_ID,
        "from_user_id": BSUID,
        "id": f"wamid.{number}",
        "timestamp": str(AT),
        "type": next(iter(content)),
        **content,
    }
    return {name: value for name, value in (item | changes).items() if value is not None}


def status(kind: str, number: int = 0, **changes: Any) -> Json:
    item: Json = {
        "id": f"wamid.OURS{number}",
        "status": kind,
        "timestamp": str(AT),
        "recipient_id": WA_ID,
        "recipient_user_id": BSUID,
    }
    return item | changes


def contact(**changes: Any) -> Json:
    whole: Json = {"profile": {"name": "Ana", "username": "ana.b"}, "wa_id": WA_ID, "user_id": BSUID} | changes
    return {name: value for name, value in whole.items() if value is not None}


def change(
    messages: list[Any] | None = None,
    statuses: list[Any] | None = None,
    contacts: list[Any] | None = None,
    phone_number_id: str = PHONE_NUMBER_ID,
) -> Json:
    value: Json = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550783881", "phone_number_id": phone_number_id},
        "contacts": [contact()] if contacts is None else contacts,
    }
    if messages is not None:
        value["messages"] = messages
    if statuses is not None:
        value["statuses"] = statuses
    return {"field": "messages", "value": value}


def body(*changes: Any) -> Json:
    return {"object": "whatsapp_business_account", "entry": [{"id": "102290129340398", "changes": list(changes)}]}
