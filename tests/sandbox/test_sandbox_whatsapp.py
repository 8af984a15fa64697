"""The Graph API server against the real pywa client, and the webhooks that Meta would post."""

import io
from typing import Any

import httpx
import orjson
import pytest
from PIL import Image
from pywa_async import WhatsApp
from pywa_async.errors import (
    ExpiredAccessToken,
    InvalidParameter,
    ReEngagementMessage,
    TemplateNotExists,
    TemplateParamCountMismatch,
    TooManyMessages,
    WhatsAppError,
)
from pywa_async.types import (
    Button,
    CallbackButton,
    CallbackSelection,
    Contact,
    Message,
    MessageStatus,
    RawUpdate,
    Section,
    SectionList,
    SectionRow,
    URLButton,
)
from pywa_async.types.templates import BodyText, QuickReplyButton, TemplateLanguage
from pywa_async.utils import UserIdentifier

from tests.sandbox.outside import NUMBER, WA_TOKEN, Hook, Sandbox, ToSandbox, running, until

MAYA = f"wa:{NUMBER}:maya"
MAYA_NUMBER = "15550100001"
SECTIONS = SectionList("Choose", [Section("Bread", [SectionRow("Rye", "rye", "Dark"), SectionRow("White", "white")])])


async def test_every_kind_of_message(sandbox: Sandbox, wa: WhatsApp) -> None:
    await sandbox.say(MAYA, "Hello")
    picture = io.BytesIO()
    Image.new("RGB", (10, 10)).save(picture, "JPEG")
    text = await wa.send_message(MAYA_NUMBER, "Plain", reply_to_message_id="wamid.x", tracker="t")
    await wa.send_message(MAYA_NUMBER, "Pick", buttons=[Button("A", "a"), Button("B", "b")], header="Top", footer="End")
    await wa.send_message(MAYA_NUMBER, "List", buttons=SECTIONS)
    await wa.send_message(MAYA_NUMBER, "Link", buttons=URLButton("Open", "https://example.com"))
    await wa.send_image(MAYA_NUMBER, picture.getvalue(), caption="Image", mime_type="image/jpeg")
    await wa.send_document(MAYA_NUMBER, b"%PDF-1", filename="a.pdf", mime_type="application/pdf")
    await wa.send_audio(MAYA_NUMBER, b"OggS", mime_type="audio/ogg")
    await wa.send_location(MAYA_NUMBER, 52.5, 13.4, name="Bakery")
    await wa.send_contact(MAYA_NUMBER, Contact(name=Contact.Name(formatted_name="Omar", first_name="Omar")))
    await wa.send_reaction(MAYA_NUMBER, "🔥", (await sandbox.messages(MAYA))[0]["id"])
    shown = await sandbox.messages(MAYA)
    kinds = [
        "text",
        "text",
        "interactive",
        "interactive",
        "interactive",
        "photo",
        "document",
        "audio",
        "location",
        "contact",
    ]
    assert [message["kind"] for message in shown] == kinds
    assert shown[0]["reaction"] == "🔥"
    assert shown[1]["id"] == text.id and shown[1]["status"] == "delivered"
    assert shown[2]["html"] == "<b>Top</b><br>Pick<br><i>End</i>" and len(shown[2]["buttons"]) == 2
    rows = shown[3]["list"]["sections"][0]["rows"]
    assert rows == [{"id": "rye", "title": "Rye", "description": "Dark"}, {"id": "white", "title": "White"}]
    assert shown[4]["buttons"] == [[{"label": "Open", "url": "https://example.com"}]]
    assert shown[6]["file"]["name"] == "a.pdf"
    assert [item["kind"] for item in await sandbox.accepted()] == [*kinds[1:], "reaction"]


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"text": "x" * 4097}, 100),
        ({"text": " "}, 100),
        ({"text": "x" * 1025, "buttons": [Button("A", "a")]}, 100),
        ({"text": "x", "buttons": [Button("x" * 21, "a")]}, 131009),
        ({"text": "x", "buttons": [Button(str(n), str(n)) for n in range(4)]}, 131009),
        ({"text": "x", "buttons": [Button("A", "a"), Button("B", "a")]}, 131009),
        (
            {"text": "x", "buttons": SectionList("C", [Section("S", [SectionRow(str(n), str(n)) for n in range(11)])])},
            131009,
        ),
        ({"text": "x", "buttons": SectionList("C", [Section("S", [SectionRow("x" * 25, "a")])])}, 131009),
    ],
)
async def test_refused(sandbox: Sandbox, wa: WhatsApp, values: dict[str, Any], code: int) -> None:
    await sandbox.say(MAYA, "Hello")
    with pytest.raises(WhatsAppError) as refused:
        await wa.send_message(MAYA_NUMBER, **values)
    assert refused.value.code == code
    assert isinstance(refused.value, InvalidParameter) == (code == 131009)
    assert await sandbox.accepted() == []


async def test_tokens_and_objects(sandbox: Sandbox, wa: WhatsApp) -> None:
    number = await wa.get_business_phone_number()
    assert number.display_phone_number == "+1 555 010 9999" and number.verified_name == "Baker"
    async with httpx.AsyncClient(transport=ToSandbox(sandbox.url)) as session:
        other = WhatsApp(phone_id=NUMBER, token="wrong", session=session)
        with pytest.raises(ExpiredAccessToken):
            await other.send_message(MAYA_NUMBER, "x")
    with pytest.raises(WhatsAppError) as refused:
        await wa.get_media_url("123456")
    assert (refused.value.code, refused.value.subcode) == (100, 33)
    with pytest.raises(WhatsAppError) as refused:
        await wa.send_message("4999", "x")
    assert refused.value.code == 131026


async def test_the_window_and_templates(sandbox: Sandbox, wa: WhatsApp, hook: Hook) -> None:
    with pytest.raises(ReEngagementMessage):
        await wa.send_message(MAYA_NUMBER, "Out of the blue")
    await sandbox.say(MAYA, "Hello")
    assert await wa.send_message(MAYA_NUMBER, "In time")
    await sandbox.call("POST", f"/api/chats/{MAYA}/age", {"hours": 25})
    with pytest.raises(ReEngagementMessage) as refused:
        await wa.send_message(MAYA_NUMBER, "Too late")
    assert refused.value.details is not None and "24 hours" in refused.value.details
    german, english = TemplateLanguage.GERMAN, TemplateLanguage.ENGLISH
    with pytest.raises(TemplateNotExists):
        await wa.send_template(MAYA_NUMBER, "ready", english)
    body = {"language": "de", "body": "Fertig: {{1}} für {{2}}", "buttons": ["Danke"]}
    await sandbox.call("PUT", "/control/whatsapp/templates/ready", body)
    with pytest.raises(TemplateParamCountMismatch):
        await wa.send_template(MAYA_NUMBER, "ready", german)
    params = [BodyText.params("Brot", "Maya"), QuickReplyButton.params(callback_data="thanks", index=0)]
    sent = await wa.send_template(MAYA_NUMBER, "ready", german, params)
    shown = (await sandbox.messages(MAYA))[-1]
    assert (shown["text"], shown["template"]) == ("Fertig: Brot für Maya", "ready")
    await sandbox.put_number(hook.url)
    await sandbox.call("POST", f"/api/chats/{MAYA}/tap", {"message_id": sent.id, "data": "thanks"})
    tapped = await until(lambda: [item for item in hook.items("messages") if item["type"] == "button"])
    assert tapped[0]["button"] == {"payload": "thanks", "text": "Danke"}
    assert await wa.send_message(MAYA_NUMBER, "Open again")


async def test_late_refusals_come_as_statuses(sandbox: Sandbox, wa: WhatsApp, hook: Hook) -> None:
    await sandbox.put_number(hook.url)
    await sandbox.faults(whatsapp={"calls": {"late_errors": 1}})
    late = await wa.send_message(MAYA_NUMBER, "Out of the blue", tracker="row-1")
    [status] = await until(lambda: hook.items("statuses"))
    assert (status["id"], status["status"], status["errors"][0]["code"]) == (late.id, "failed", 131047)
    assert status["biz_opaque_callback_data"] == "row-1"
    await sandbox.say(MAYA, "Hello")
    await sandbox.call("POST", f"/api/chats/{MAYA}/block", {"blocked": True})
    blocked = await wa.send_message(MAYA_NUMBER, "Anyone there?")
    failed = await until(lambda: [each for each in hook.items("statuses") if each["id"] == blocked.id])
    assert failed[0]["errors"][0]["code"] == 131026


async def test_pair_limit(sandbox: Sandbox, wa: WhatsApp) -> None:
    await sandbox.say(MAYA, "Hello")
    with pytest.raises(TooManyMessages):
        for ordinal in range(60):
            await wa.send_message(MAYA_NUMBER, f"{ordinal}")
    assert len(await sandbox.accepted()) == 45


async def test_media_both_ways(sandbox: Sandbox, wa: WhatsApp) -> None:
    uploaded = await wa.upload_media(b"%PDF-1.7", mime_type="application/pdf", filename="invoice.pdf")
    found = await wa.get_media_url(uploaded.id)
    assert (found.mime_type, found.file_size) == ("application/pdf", 8)
    assert await found.get_bytes() == b"%PDF-1.7"
    async with httpx.AsyncClient() as stranger:
        assert (await stranger.get(found.url)).status_code == 401
        changed = found.url.replace("hash=", "hash=0")
        bearer = {"Authorization": f"Bearer {WA_TOKEN}"}
        assert (await stranger.get(changed, headers=bearer)).status_code == 404
    assert await wa.delete_media(uploaded.id)
    with pytest.raises(WhatsAppError):
        await wa.get_media_url(uploaded.id)
    with pytest.raises(WhatsAppError) as refused:
        await wa.upload_media(b"MZ", mime_type="application/x-msdownload", filename="a.exe")
    assert refused.value.code == 100


async def test_read_and_typing(sandbox: Sandbox, wa: WhatsApp, hook: Hook) -> None:
    await sandbox.put_number(hook.url)
    message_id = await sandbox.say(MAYA, "Hello")
    assert await wa.indicate_typing(message_id)
    assert (await sandbox.call("GET", f"/api/chats/{MAYA}"))["typing"] is True
    assert (await sandbox.messages(MAYA))[0]["status"] == "read"
    with pytest.raises(WhatsAppError):
        await wa.mark_message_as_read("wamid.unknown")
    sent = await wa.send_message(MAYA_NUMBER, "Hi")
    assert await sandbox.call("POST", f"/api/chats/{MAYA}/read") == {"read": 1}
    statuses = await until(lambda: len(found := hook.items("statuses")) == 3 and found)
    assert [(each["id"], each["status"]) for each in statuses] == [
        (sent.id, each) for each in ("sent", "delivered", "read")
    ]


async def test_batches_mix_messages_and_statuses(sandbox: Sandbox, wa: WhatsApp, hook: Hook) -> None:
    await sandbox.say(MAYA, "One")
    await sandbox.say(MAYA, "Two")
    await wa.send_message(MAYA_NUMBER, "Three")
    await sandbox.say(f"wa:{NUMBER}:omar", "Four")
    await sandbox.put_number(hook.url)
    await until(lambda: len(hook.items("messages")) == 3 and len(hook.items("statuses")) == 2)
    assert len(hook.bodies) == 1
    assert [item["text"]["body"] for item in hook.items("messages")] == ["One", "Two", "Four"]
    known = {contact["user_id"] for value in hook.values for contact in value["contacts"]}
    assert {item["from_user_id"] for item in hook.items("messages")} <= known


async def test_a_hidden_number(sandbox: Sandbox, wa: WhatsApp, hook: Hook) -> None:
    await sandbox.put_number(hook.url)
    await sandbox.call("PUT", "/api/people/nina", {"name": "Nina", "language": "de", "hide_number": True})
    first = await sandbox.say(f"wa:{NUMBER}:nina", "Hallo")
    await sandbox.say(f"wa:{NUMBER}:nina", "Noch etwas", reply_to=first)
    messages = await until(lambda: len(found := hook.items("messages")) == 2 and found)
    contact = hook.values[0]["contacts"][0]
    assert "from" not in messages[0] and "wa_id" not in contact and "from" not in messages[1]["context"]
    sent = await wa.send_message(contact["user_id"], "Hallo Nina")
    assert sent.chat.id == contact["user_id"]
    [status, _] = await until(lambda: len(found := hook.items("statuses")) == 2 and found)
    assert "recipient_id" not in status and status["recipient_user_id"] == contact["user_id"]


async def test_pywa_reads_every_webhook(sandbox: Sandbox, wa: WhatsApp, hook: Hook) -> None:
    """Each kind of item, parsed by pywa's own types."""
    await sandbox.put_number(hook.url)
    await sandbox.say(MAYA, "Hello")
    sent = await wa.send_message(MAYA_NUMBER, "Pick", buttons=[Button("A", "a")])
    listed = await wa.send_message(MAYA_NUMBER, "List", buttons=SECTIONS)
    for path, body in (
        ("tap", {"message_id": sent.id, "data": "a"}),
        ("tap", {"message_id": listed.id, "data": "rye"}),
        ("react", {"message_id": sent.id, "emoji": "👍"}),
        ("messages", {"location": {"latitude": 1.5, "longitude": 2.5}}),
        ("messages", {"contact": {}}),
        ("messages", {"text": "A reply", "reply_to": sent.id}),
    ):
        await sandbox.call("POST", f"/api/chats/{MAYA}/{path}", body)
    await until(lambda: len(hook.items("messages")) == 7 and len(hook.items("statuses")) == 4)
    seen: list[Any] = []
    for value in hook.values:
        for kind in ("messages", "statuses"):
            for item in value.get(kind, []):
                alone = {**{name: value[name] for name in ("messaging_product", "metadata", "contacts")}, kind: [item]}
                update = RawUpdate(
                    orjson.dumps(
                        {"object": "x", "entry": [{"id": "9", "changes": [{"value": alone, "field": "messages"}]}]}
                    ),
                    hmac_header=None,
                    update_hash="x",
                )
                seen.append(_parsed(wa, kind, item, update))
    assert {type(each) for each in seen} == {Message, MessageStatus, CallbackButton, CallbackSelection}
    by_type = {each.type.value: each for each in seen if isinstance(each, Message)}
    assert by_type["location"].location.latitude == 1.5
    assert by_type["reaction"].reaction.emoji == "👍"
    assert by_type["contacts"].contacts[0].phones[0].phone == f"+{MAYA_NUMBER}"
    assert by_type["text"].from_user.wa_id == MAYA_NUMBER
    [reply] = [each for each in seen if isinstance(each, Message) and each.text == "A reply"]
    assert reply.reply_to_message is not None and reply.reply_to_message.id == sent.id
    assert UserIdentifier.BSUID in wa._user_identifier_priority


def _parsed(wa: WhatsApp, kind: str, item: dict[str, Any], update: RawUpdate) -> Any:
    if kind == "statuses":
        return MessageStatus.from_update(wa, update)
    reply = item.get("interactive", {}).get("type")
    kinds = {"button_reply": CallbackButton, "list_reply": CallbackSelection}
    return kinds.get(reply, Message).from_update(wa, update)


async def test_retries_and_the_challenge(sandbox: Sandbox, wa: WhatsApp, hook: Hook) -> None:
    hook.verify = "not this yet"
    await sandbox.put_number(hook.url)
    await sandbox.say(MAYA, "Hello")
    await until(lambda: hook.challenges >= 2)
    assert hook.bodies == []
    assert (await sandbox.call("GET", "/api/world"))["accounts"][0]["webhook_ok"] is False
    failing = iter([500, 403])
    answer = hook.answer

    def fail_twice(body: bytes) -> Any:
        response = answer(body)
        response.set_status(next(failing, 200))
        return response

    hook.answer = fail_twice
    hook.verify = "verify"
    await until(lambda: len(hook.bodies) == 3)

    async def settled() -> bool:
        return (await sandbox.call("GET", "/control/pending"))["total"] == 0

    await until(settled)
    assert len(set(hook.bodies)) == 1
    assert (await sandbox.messages(MAYA))[0]["status"] == "delivered"


async def test_faults(sandbox: Sandbox, wa: WhatsApp, hook: Hook) -> None:
    await sandbox.put_number(hook.url, statuses=False)
    await sandbox.faults(whatsapp={"deliveries": {"duplicate": 1, "batch_ms": 100}})
    await sandbox.say(MAYA, "One")
    await sandbox.say(MAYA, "Two")
    await until(lambda: len(hook.items("messages")) == 4)
    assert len({item["id"] for item in hook.items("messages")}) == 2
    for fault, error in (("rate_429", 130429), ("error_5xx", 131000)):
        await sandbox.faults(whatsapp={"calls": {fault: 1}})
        with pytest.raises(WhatsAppError) as refused:
            await wa.send_message(MAYA_NUMBER, "x")
        assert refused.value.code == error
        await sandbox.faults(whatsapp={"calls": {fault: 0}})
    await sandbox.faults(whatsapp={"calls": {"drop": 1}})
    with pytest.raises(httpx.RemoteProtocolError):
        await wa.send_message(MAYA_NUMBER, "Accepted all the same")
    assert [item["text"] for item in await sandbox.accepted()] == ["Accepted all the same"]
    await sandbox.call("PUT", "/control/faults", {"whatsapp": {"nonsense": 1}}, status=400)
    await sandbox.call("PUT", "/control/faults", {"whatsapp": {"drop": 2}}, status=400)


@pytest.mark.parametrize("channel", ["telegram", "whatsapp"])
async def test_burst(channel: str, hook: Hook) -> None:
    async with running(None, limits=False) as sandbox:
        await sandbox.put_bot()
        await sandbox.put_number(hook.url)
        hook_body = {"url": hook.url}
        await sandbox.call("POST", "/telegram/bot7001:baker-token/setWebhook", hook_body)
        who = {"bot": "baker_bot"} if channel == "telegram" else {"phone_number_id": NUMBER}
        await sandbox.call("POST", "/control/burst", {"channel": channel, "people": 20, "messages": 200, **who})

        async def delivered() -> Any:
            deliveries = (await sandbox.call("GET", "/control/deliveries"))["items"]
            return len(deliveries) == 200 and deliveries

        deliveries = await until(delivered)
        assert len({item["chat"] for item in deliveries}) == 20
        assert [item["n"] for item in deliveries] == list(range(1, 201))
        assert all(item["acked_ns"] > item["started_ns"] > 0 for item in deliveries)
        assert (await sandbox.call("GET", "/control/deliveries?after=150"))["items"][0]["n"] == 151
        await sandbox.call("POST", "/control/reset")
        assert (await sandbox.call("GET", "/control/deliveries"))["total"] == 0
