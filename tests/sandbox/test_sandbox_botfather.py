"""BotFather and Meta's dashboard: what an owner makes by hand and copies from there."""

import re
from pathlib import Path

import httpx
import pytest
from aiogram.exceptions import TelegramUnauthorizedError
from pywa_async import WhatsApp

from tests.sandbox.outside import Hook, Sandbox, ToSandbox, running, telegram_bot, until

REAL_TOKEN = re.compile(r"\d{8,10}:[A-Za-z0-9_-]{35}")
BAKERY = {"name": "Corner Bakery", "username": "corner_bakery_bot"}


async def test_a_new_bot_and_its_token(sandbox: Sandbox) -> None:
    made = await sandbox.call("POST", "/api/botfather/bots", BAKERY)
    assert REAL_TOKEN.fullmatch(made["token"]) and made["owner"] == "omar" and not made["managed"]
    async with telegram_bot(sandbox, made["token"]) as bot:
        me = await bot.get_me()
        assert (me.username, me.first_name) == ("corner_bakery_bot", "Corner Bakery")
    [listed] = (await sandbox.call("GET", "/api/botfather/bots"))["bots"]
    assert "token" not in listed and listed["username"] == "corner_bakery_bot"
    again = await sandbox.call("POST", "/api/botfather/bots", {**BAKERY, "username": "Corner_Bakery_Bot"}, status=409)
    assert "taken" in again["error"]
    second = await sandbox.call("POST", "/api/botfather/bots", {**BAKERY, "username": "second_bot"})
    assert second["id"] != made["id"] and second["tenant"] == "second_bot"


async def test_a_revoked_token(sandbox: Sandbox, hook: Hook) -> None:
    made = await sandbox.call("POST", "/api/botfather/bots", BAKERY)
    async with telegram_bot(sandbox, made["token"]) as bot:
        await bot.set_webhook(hook.url)
        revoked = await sandbox.call("POST", "/api/botfather/bots/@corner_bakery_bot/revoke")
        assert REAL_TOKEN.fullmatch(revoked["token"]) and revoked["token"] != made["token"]
        with pytest.raises(TelegramUnauthorizedError):
            await bot.get_me()
    await sandbox.say("tg:corner_bakery_bot:maya", "Anyone there?")
    async with telegram_bot(sandbox, revoked["token"]) as bot:
        assert (await bot.get_webhook_info()).pending_update_count == 1
        await bot.set_webhook(hook.url)
        await until(lambda: len(hook.bodies) == 1)
    await sandbox.call("POST", "/api/botfather/bots/nobody_bot/revoke", status=404)


async def test_a_bot_that_was_put_out_comes_back_with_a_new_token(sandbox: Sandbox) -> None:
    made = await sandbox.call("POST", "/api/botfather/bots", BAKERY)
    await sandbox.call("DELETE", f"/control/telegram/bots/{made['token']}")
    back = await sandbox.call("POST", "/api/botfather/bots/corner_bakery_bot/revoke")
    async with telegram_bot(sandbox, back["token"]) as bot:
        assert (await bot.get_me()).id == made["id"]


async def test_kept_across_a_restart(tmp_path: Path) -> None:
    async with running(tmp_path) as sandbox:
        await sandbox.put_bot(role="admin")
        made = await sandbox.call("POST", "/api/botfather/bots", BAKERY)
        await sandbox.say("tg:corner_bakery_bot:maya", "Before")
        revoked = await sandbox.call("POST", "/api/botfather/bots/corner_bakery_bot/revoke")
        number = await sandbox.call("POST", "/api/meta/numbers", {"name": "Corner Bakery"})
    async with running(tmp_path) as sandbox:
        async with telegram_bot(sandbox, made["token"]) as bot:
            with pytest.raises(TelegramUnauthorizedError):
                await bot.get_me()
        async with telegram_bot(sandbox, revoked["token"]) as bot:
            [update] = await bot.get_updates()
            assert update.message is not None and update.message.text == "Before"
        assert [each["id"] for each in (await sandbox.call("GET", "/api/meta/numbers"))["numbers"]] == [number["id"]]
        other = await sandbox.call("POST", "/api/botfather/bots", {"name": "Two", "username": "second_bot"})
        assert other["id"] > made["id"]


async def test_a_new_number(sandbox: Sandbox, hook: Hook) -> None:
    await sandbox.call("POST", "/api/botfather/bots", BAKERY)
    made = await sandbox.call("POST", "/api/meta/numbers", {"name": "corner bakery"})
    assert re.fullmatch(r"\d{15}", made["phone_number_id"]) and made["tenant"] == "corner_bakery_bot"
    assert re.fullmatch(r"EAA[A-Za-z0-9]{57,}", made["access_token"])
    assert re.fullmatch(r"[0-9a-f]{32}", made["app_secret"])
    second = await sandbox.call("POST", "/api/meta/numbers", {"name": "Corner Bakery"})
    assert second["tenant"] != made["tenant"] and second["id"] != made["id"]
    webhook = f"/api/meta/numbers/{made['id']}/webhook"
    wrong = await sandbox.call("PUT", webhook, {"url": hook.url, "verify_token": "nonsense"})
    assert not wrong["passed"] and "verify token" in wrong["why"] and wrong["webhook_url"] == ""
    right = await sandbox.call("PUT", webhook, {"url": f" {hook.url} ", "verify_token": "verify"})
    assert right["passed"] and right["webhook_ok"] and right["why"] == ""
    key = f"wa:{made['id']}:maya"
    await sandbox.say(key, "Hello")
    await until(lambda: hook.items("messages"))
    async with httpx.AsyncClient(transport=ToSandbox(sandbox.url)) as session:
        wa = WhatsApp(phone_id=made["id"], token=made["access_token"], session=session, verify_token="verify")
        await wa.send_text(hook.values[0]["contacts"][0]["wa_id"], "Good morning")
    assert (await sandbox.messages(key))[-1]["text"] == "Good morning"
    listed = (await sandbox.call("GET", "/api/meta/numbers"))["numbers"][0]
    assert not {"access_token", "app_secret", "verify_token"} & listed.keys()


async def test_a_webhook_that_does_not_pass_leaves_the_old_one(sandbox: Sandbox, hook: Hook) -> None:
    made = await sandbox.call("POST", "/api/meta/numbers", {"name": "Bakery"})
    webhook = f"/api/meta/numbers/{made['id']}/webhook"
    await sandbox.call("PUT", webhook, {"url": hook.url, "verify_token": "verify"})
    for url, why in ((hook.url + "/elsewhere", "404"), ("http://127.0.0.1:1/hook", "Nobody answers")):
        refused = await sandbox.call("PUT", webhook, {"url": url, "verify_token": "verify"})
        assert not refused["passed"] and why in refused["why"] and refused["webhook_url"] == hook.url
    await sandbox.say(f"wa:{made['id']}:maya", "Still delivered")
    await until(lambda: hook.items("messages"))


async def test_another_access_token(sandbox: Sandbox) -> None:
    made = await sandbox.call("POST", "/api/meta/numbers", {"name": "Bakery"})
    fresh = await sandbox.call("POST", f"/api/meta/numbers/{made['id']}/token")
    for token, status in ((made["access_token"], 401), (fresh["access_token"], 200)):
        headers = {"Authorization": f"Bearer {token}"}
        async with sandbox.http.get(f"{sandbox.url}/whatsapp/v24.0/{made['id']}", headers=headers) as answer:
            assert answer.status == status


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/api/botfather/bots", {}, 400),
        ("POST", "/api/botfather/bots", {"name": "Bakery", "username": "bakery"}, 400),
        ("POST", "/api/meta/numbers", {"name": ""}, 400),
        ("PUT", "/api/meta/numbers/1/webhook", {"url": "http://127.0.0.1:1/", "verify_token": "x"}, 404),
        ("POST", "/api/meta/numbers/1/token", {}, 404),
        ("PUT", "/api/meta/numbers/100200300/webhook", {"url": "", "verify_token": "x"}, 400),
        ("PUT", "/api/meta/numbers/100200300/webhook", {"url": "http://127.0.0.1:1/", "verify_token": ""}, 400),
        ("PUT", "/api/meta/numbers/100200300/webhook", {"url": "https://example.com/", "verify_token": "x"}, 400),
        ("POST", "/api/chats/tg:baker_bot:omar/managed_bot", {"request_id": 1}, 409),
        ("POST", "/api/chats/wa:100200300:omar/managed_bot", {"request_id": 1}, 409),
        ("POST", "/api/chats/tg:baker_bot:maya/echo", {"text": "Hi"}, 400),
        ("POST", "/api/chats/wa:100200300:maya/echo", {"text": " "}, 400),
        ("PUT", "/api/people/ana", {"role": "queen"}, 400),
    ],
    ids=str,
)
async def test_calls_that_make_no_sense(sandbox: Sandbox, method: str, path: str, body: object, status: int) -> None:
    await sandbox.put_bot(role="admin")
    await sandbox.put_number()
    refused = await sandbox.call(method, path, body, status=status)
    assert len(refused["error"]) > 15


async def test_the_owner_types_on_the_shops_own_phone(sandbox: Sandbox, hook: Hook) -> None:
    await sandbox.put_number(hook.url)
    key = "wa:100200300:maya"
    said = (await sandbox.call("POST", f"/api/chats/{key}/echo", {"text": "I will call you"}))["message_id"]
    await until(lambda: hook.items("message_echoes"))
    [change] = [change for update in hook.updates for entry in update["entry"] for change in entry["changes"]]
    [echo] = change["value"]["message_echoes"]
    [contact] = change["value"]["contacts"]
    assert change["field"] == "smb_message_echoes" and change["value"]["metadata"]["phone_number_id"] == "100200300"
    assert echo["id"] == said and echo["text"] == {"body": "I will call you"} and echo["type"] == "text"
    assert (echo["from"], echo["to"], echo["to_user_id"]) == ("15550109999", contact["wa_id"], contact["user_id"])
    [shown] = await sandbox.messages(key)
    assert shown["from"] == "bot" and shown["by"] == "phone"
    await sandbox.call("POST", f"/api/chats/{key}/read")
    await sandbox.call("PUT", "/api/people/maya", {"hide_number": True})
    await sandbox.call("POST", f"/api/chats/{key}/echo", {"text": "Still there?"})
    await until(lambda: len(hook.items("message_echoes")) == 2)
    assert "to" not in hook.items("message_echoes")[1]
    assert hook.items("statuses") == []  # the number's owner reads those on the phone


async def test_an_echo_opens_no_window(sandbox: Sandbox, wa: WhatsApp, hook: Hook) -> None:
    await sandbox.put_number(hook.url)
    key = "wa:100200300:maya"
    await sandbox.say(key, "Hello")
    await sandbox.call("POST", f"/api/chats/{key}/age", {"hours": 25})
    await sandbox.call("POST", f"/api/chats/{key}/echo", {"text": "Late"})
    await until(lambda: hook.items("message_echoes") and hook.items("messages"))
    with pytest.raises(Exception, match="24 hours"):
        await wa.send_text(hook.items("messages")[0]["from"], "Too late")


async def test_echoes_messages_and_statuses_in_one_body(sandbox: Sandbox, hook: Hook) -> None:
    await sandbox.faults(whatsapp={"deliveries": {"batch_ms": 100}})
    await sandbox.put_number(hook.url)
    await until(lambda: hook.challenges)
    key = "wa:100200300:maya"
    for ordinal in range(4):
        await sandbox.say(key, f"{ordinal}")
        await sandbox.call("POST", f"/api/chats/{key}/echo", {"text": f"{ordinal}"})
    await until(lambda: len(hook.items("messages")) == len(hook.items("message_echoes")) == 4)
    for update in hook.updates:
        for change in update["entry"][0]["changes"]:
            echoes = "message_echoes" in change["value"]
            assert (change["field"] == "smb_message_echoes") is echoes
            assert not (echoes and "messages" in change["value"])
