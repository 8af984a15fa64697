"""Asking both vendors whose a token is, without any bot running."""

import pytest

from bots.identities import identify_bot, identify_number, read_webhook
from core.errors import Misconfigured, Transient
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
