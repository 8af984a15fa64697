"""Asking both vendors whose a token is, without any bot running."""

import pytest

from bots.identities import WrongNumber, fetch_managed_token, identify_bot, identify_number, read_webhook
from core.errors import Misconfigured, Rejected, Transient
from tests.sandbox.outside import NUMBER, TOKEN, WA_TOKEN, running

NOBODY = "http://127.0.0.1:9"


async def test_a_bot_says_who_it_is() -> None:
    async with running(None) as sandbox:
        await sandbox.put_bot()
        me = await identify_bot(f"{sandbox.url}/telegram", TOKEN)
        assert (me.external_id, me.username, me.name) == ("7001", "baker_bot", "Baker")
        for wrong in ("nonsense", "7001:never-issued", "7001:a/../b", ""):
            with pytest.raises(Misconfigured, match="@BotFather"):
                await identify_bot(f"{sandbox.url}/telegram", wrong)


async def test_how_telegram_delivers_to_a_bot() -> None:
    async with running(None) as sandbox:
        await sandbox.put_bot()
        state = await read_webhook(f"{sandbox.url}/telegram", TOKEN)
        assert (state.url, state.waiting, state.last_error, state.last_error_at) == ("", 0, "", None)
        await sandbox.call("POST", f"/telegram/bot{TOKEN}/setWebhook", {"url": f"{NOBODY}/hook"})
        assert (await read_webhook(f"{sandbox.url}/telegram", TOKEN)).url == f"{NOBODY}/hook"


async def test_a_number_says_who_it_is() -> None:
    async with running(None) as sandbox:
        await sandbox.put_number()
        url = f"{sandbox.url}/whatsapp/v26.0"
        found = await identify_number(url, WA_TOKEN, NUMBER)
        assert (found.external_id, found.name, found.display_number) == (NUMBER, "Baker", "+1 555 010 9999")
        for token, number, says in (
            ("other", NUMBER, "token"),
            ("t\nX-Other: 1", NUMBER, "characters"),
            (WA_TOKEN, "999", "may not use"),
            (WA_TOKEN, "../me", "digits"),
            (WA_TOKEN, "", "digits"),
        ):
            with pytest.raises(Misconfigured, match=says):
                await identify_number(url, token, number)


async def test_a_vendor_out_of_reach_is_no_wrong_token() -> None:
    with pytest.raises(Transient, match="network and STEWARD_TELEGRAM_URL"):
        await identify_bot(NOBODY, TOKEN)
    with pytest.raises(Transient, match="network and STEWARD_WHATSAPP_URL"):
        await identify_number(f"{NOBODY}/v26.0", WA_TOKEN, NUMBER)


async def test_a_number_that_the_token_may_not_use_is_told_from_a_wrong_token() -> None:
    async with running(None) as sandbox:
        await sandbox.put_number()
        url = f"{sandbox.url}/whatsapp/v26.0"
        with pytest.raises(WrongNumber):
            await identify_number(url, WA_TOKEN, "999")
        with pytest.raises(Misconfigured) as wrong:
            await identify_number(url, "other", NUMBER)
        assert not isinstance(wrong.value, WrongNumber)


async def test_the_token_of_a_managed_bot_is_its_managers_to_fetch_and_replace() -> None:
    async with running(None) as sandbox:
        await sandbox.put_bot(manages=True)
        url, chat = f"{sandbox.url}/telegram", "tg:baker_bot:omar"
        assert (await identify_bot(url, TOKEN)).manages
        await sandbox.say(chat, "/start")
        people = (await sandbox.call("GET", "/api/world"))["people"]
        omar = next(person for person in people if person["id"] == "omar")["user_id"]
        key = {"text": "Make", "request_managed_bot": {"request_id": 1}}
        body = {"chat_id": omar, "text": "One tap:", "reply_markup": {"keyboard": [[key]]}}
        await sandbox.call("POST", f"/telegram/bot{TOKEN}/sendMessage", body)
        request = {"request_id": 1, "name": "Oven", "username": "oven_bot"}
        made = await sandbox.call("POST", f"/api/chats/{chat}/managed_bot", request)
        token = await fetch_managed_token(url, TOKEN, str(made["id"]))
        me = await identify_bot(url, token)
        assert (me.external_id, me.username, me.manages) == (str(made["id"]), "oven_bot", False)
        newer = await fetch_managed_token(url, TOKEN, str(made["id"]), replace=True)
        assert (await identify_bot(url, newer)).username == "oven_bot"
        with pytest.raises(Misconfigured):
            await identify_bot(url, token)
        with pytest.raises(Rejected):
            await fetch_managed_token(url, TOKEN, "123")
        with pytest.raises(Misconfigured):
            await fetch_managed_token(url, token, str(made["id"]))
