"""What people do in Telegram, by polling and by webhook, from the sandbox to recorded events."""

import asyncio
import io
import tracemalloc

import aiohttp
import orjson
import pytest

from core.errors import Misconfigured
from core.events import ButtonTapped, ContactBlocked, MessageEdited, MessageReceived, ReactionReceived
from core.ids import conversation_id, desk_id
from core.messages import Button, SendText
from tests.bots.telegram.harness import ADMIN_TOKEN, CHAT, TOKEN, Steward, account, secrets_of
from tests.sandbox.outside import Sandbox, until

MAYA = CHAT.format("maya")
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00\x90wS\xde"
    b"\x00\x00\x00\x0cIDATx\x9cc\xf8\xff\xff?\x00\x05\xfe\x02\xfe\r\xefF\xb8\x00\x00\x00\x00IEND\xaeB`\x82"
)


@pytest.fixture(params=["polling", "webhook"])
async def heard(request: pytest.FixtureRequest, edge: Steward) -> Steward:
    one = account(delivery=request.param)
    await edge.edge.start(one, secrets_of())
    if request.param == "webhook":
        await edge.edge.set_webhook(one, edge.url)
    return edge


async def upload(sandbox: Sandbox, name: str, data: bytes, mime: str, **fields: str) -> None:
    form = aiohttp.FormData(default_to_multipart=True)
    for field, value in fields.items():
        form.add_field(field, value)
    form.add_field("file", io.BytesIO(data), filename=name, content_type=mime)
    async with sandbox.http.post(f"{sandbox.url}/api/chats/{MAYA}/messages", data=form) as answer:
        assert answer.status == 200, await answer.text()


async def test_everything_a_person_can_do_becomes_an_event(sandbox: Sandbox, heard: Steward) -> None:
    message_id = await sandbox.say(MAYA, "Are you open on Sunday?")
    await sandbox.say(MAYA, "/hours today", reply_to=message_id)
    await until(lambda: len(heard.memory.kept) == 2)
    first, second = heard.memory.events
    assert isinstance(first, MessageReceived) and isinstance(second, MessageReceived)
    assert (first.text, first.message_id, first.sender.name) == ("Are you open on Sunday?", message_id, "Maya")
    assert (second.text, second.reply_to) == ("/hours today", message_id)
    new = next(iter(heard.memory.kept.values()))
    assert new.stream_id == conversation_id(new.tenant_id, new.account_id, new.chat)
    assert (new.stream_kind, new.tenant_id, new.chat) == ("conversation", 5, first.sender.external_id)

    await sandbox.say(MAYA, "", location={"latitude": 52.5, "longitude": 13.4})
    await sandbox.say(MAYA, "", contact={"name": "Maya", "phone": "+15550100001"})
    await upload(sandbox, "a.png", PNG, "image/png", text="look")
    await upload(sandbox, "bill.pdf", b"%PDF-1.4 bill", "application/pdf")
    await until(lambda: len(heard.memory.kept) == 6)
    events = heard.memory.events[2:]
    assert all(isinstance(event, MessageReceived) for event in events)
    place, card, photo, bill = [event for event in events if isinstance(event, MessageReceived)]
    assert place.location is not None and (place.location.latitude, place.location.longitude) == (52.5, 13.4)
    assert card.shared_contact is not None and card.shared_contact.name == "Maya"
    assert (photo.text, photo.attachments[0].kind) == ("look", "photo")
    assert (bill.attachments[0].kind, bill.attachments[0].name) == ("document", "bill.pdf")
    data = await heard.edge.channel.fetch(account(), bill.attachments[0].ref, limit_bytes=100)
    assert data == b"%PDF-1.4 bill"

    await sandbox.call("POST", f"/api/chats/{MAYA}/edit", {"message_id": message_id, "text": "And on Monday?"})
    (sent,) = await heard.send(SendText(text="Yes", buttons=((Button(id="ok", label="Fine"),),)), chat=new.chat)
    await sandbox.call("POST", f"/api/chats/{MAYA}/tap", {"message_id": sent, "data": "ok"})
    await sandbox.call("POST", f"/api/chats/{MAYA}/react", {"message_id": sent, "emoji": "👍"})
    await sandbox.call("POST", f"/api/chats/{MAYA}/block", {"blocked": True})
    await sandbox.call("POST", f"/api/chats/{MAYA}/block", {"blocked": False})
    await until(lambda: len(heard.memory.kept) == 11)
    edit, tap, reaction, blocked, freed = heard.memory.events[6:]
    assert isinstance(edit, MessageEdited) and (edit.message_id, edit.text) == (message_id, "And on Monday?")
    assert isinstance(tap, ButtonTapped) and (tap.message_id, tap.data, tap.label) == (sent, "ok", "Fine")
    assert isinstance(reaction, ReactionReceived) and (reaction.message_id, reaction.emoji) == (sent, "👍")
    assert isinstance(blocked, ContactBlocked) and blocked.blocked
    assert isinstance(freed, ContactBlocked) and not freed.blocked
    assert heard.troubles == []


async def test_taps_are_answered_so_that_the_button_stops_waiting(sandbox: Sandbox, heard: Steward) -> None:
    await sandbox.say(MAYA, "hi")
    await until(lambda: heard.memory.kept)
    chat = next(iter(heard.memory.kept.values())).chat
    (sent,) = await heard.send(SendText(text="?", buttons=((Button(id="x", label="Go"),),)), chat=chat)
    async with sandbox.http.ws_connect(f"{sandbox.url}/api/events") as socket:
        await sandbox.call("POST", f"/api/chats/{MAYA}/tap", {"message_id": sent, "data": "x"})
        while (news := orjson.loads((await socket.receive(timeout=5)).data)).get("type") != "toast":
            pass
    assert news["key"] == MAYA


async def test_a_lost_database_loses_no_message(sandbox: Sandbox, heard: Steward) -> None:
    heard.memory.down = True
    await sandbox.say(MAYA, "one")
    await sandbox.say(MAYA, "two")
    await until(lambda: heard.memory.calls >= 3)
    assert not heard.memory.kept
    heard.memory.down = False
    await until(lambda: len(heard.memory.kept) == 2)
    assert [event.text for event in heard.memory.events if isinstance(event, MessageReceived)] == ["one", "two"]


async def test_an_admin_bot_leads_to_the_desk_of_whoever_invited(sandbox: Sandbox, edge: Steward) -> None:
    desk = account(ADMIN_TOKEN, role="admin")
    await edge.edge.start(desk, secrets_of(ADMIN_TOKEN))
    await sandbox.say("tg:desk_bot:omar", "/start inv_abc")
    await sandbox.say("tg:desk_bot:omar", "/status")
    await until(lambda: len(edge.memory.kept) == 2)
    invited, later = edge.memory.kept.values()
    assert (invited.tenant_id, invited.stream_kind) == (77, "desk")
    assert invited.stream_id == desk_id(invited.tenant_id, desk.account_id, invited.chat)
    assert later.tenant_id == 1


async def test_bots_start_stop_and_change_their_token_while_running(sandbox: Sandbox, edge: Steward) -> None:
    await edge.edge.start(account(), secrets_of())
    await sandbox.say(MAYA, "one")
    await until(lambda: len(edge.memory.kept) == 1)
    await edge.edge.stop(account().account_id)
    await sandbox.say(MAYA, "while stopped")
    await edge.edge.start(account(), secrets_of())
    await until(lambda: len(edge.memory.kept) == 2)

    await sandbox.call("DELETE", f"/control/telegram/bots/{TOKEN}")
    await until(lambda: edge.troubles)
    assert edge.troubles == [(7001, edge.troubles[0][1])] and "@BotFather" in edge.troubles[0][1]
    assert TOKEN not in edge.troubles[0][1]
    fresh = "7001:fresh-token"
    await sandbox.put_bot(fresh, "new_baker_bot")
    await edge.edge.replace(account(), secrets_of(fresh))
    for text in ("one", "two", "with the new token"):  # the sandbox numbers a new token's updates from 1 again
        await sandbox.say("tg:new_baker_bot:maya", text)
    await until(lambda: len(edge.memory.kept) == 3)
    assert len(edge.troubles) == 1


async def test_a_forgotten_webhook_is_dropped_when_the_account_polls(sandbox: Sandbox, edge: Steward) -> None:
    hooked = account(delivery="webhook")
    await edge.edge.start(hooked, secrets_of())
    await edge.edge.set_webhook(hooked, edge.url)
    await edge.edge.replace(account(delivery="polling"), secrets_of())
    await sandbox.say(MAYA, "hi")
    await until(lambda: len(edge.memory.kept) == 1)
    assert edge.troubles == []


async def test_a_second_program_that_takes_the_updates_is_reported(sandbox: Sandbox, edge: Steward) -> None:
    await edge.edge.start(account(), secrets_of())

    async def rival() -> bool:
        await sandbox.http.post(f"{sandbox.url}/telegram/bot{TOKEN}/getUpdates", json={"timeout": 0})
        return bool(edge.troubles)

    await until(rival)
    assert "Another program" in edge.troubles[0][1]


async def test_the_vendors_faults_double_and_lose_nothing(sandbox: Sandbox, heard: Steward) -> None:
    await sandbox.faults(telegram={"deliveries": {"duplicate": 0.5, "drop": 0.3}, "calls": {"error_5xx": 0.2}})
    for number in range(30):
        await sandbox.say(MAYA, f"message {number}")
    await until(lambda: len(heard.memory.kept) == 30, seconds=30)
    assert heard.troubles == []


async def test_a_thousand_webhook_bots_cost_nearly_nothing_to_start(edge: Steward) -> None:
    tasks = len(asyncio.all_tasks())
    tokens = [f"{number}:{'x' * 35}" for number in range(8000, 9000)]
    tracemalloc.start()
    for token in tokens:
        await edge.edge.start(account(token, delivery="webhook"), secrets_of(token))
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert grown / 1000 < 10_000 and len(asyncio.all_tasks()) == tasks
    for token in tokens:
        await edge.edge.stop(account(token).account_id)
    assert (await edge.post(b"{}", path="path-8000"))[0] == 404


async def test_accounts_that_cannot_work_are_refused_before_anything_runs(edge: Steward) -> None:
    wrong = [{"token": "nonsense"}, {"token": "7001:a b"}, {"token": "7009:other-bot"}, {}, {"token": ""}]
    for values in wrong:
        with pytest.raises(Misconfigured) as caught:
            await edge.edge.start(account(), values)
        assert "other-bot" not in str(caught.value)
    with pytest.raises(Misconfigured, match="webhook_secret"):
        await edge.edge.start(account(delivery="webhook"), {"token": TOKEN})
    with pytest.raises(Misconfigured, match="letters"):
        await edge.edge.start(account(delivery="webhook"), {"token": TOKEN, "webhook_secret": "ü"})


async def test_a_stopped_poll_leaves_the_bots_voice(sandbox: Sandbox, edge: Steward) -> None:
    await edge.edge.start(account(), secrets_of())
    await sandbox.say(MAYA, "hi")
    await until(lambda: edge.memory.kept)
    await edge.edge.stop_polling()
    chat = next(iter(edge.memory.kept.values())).chat
    assert len(await edge.send(SendText(text="bye"), chat=chat)) == 1
    await sandbox.say(MAYA, "still there?")
    assert len(edge.memory.kept) == 1
