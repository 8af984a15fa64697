"""What agents say, through the sandbox, which is as strict as Telegram."""

from typing import Any

import pytest

from bots.identities import fill_menu
from core.channels import Target
from core.errors import Blocked, Misconfigured, Rejected, Transient
from core.messages import (
    Button,
    DeleteMessage,
    EditCard,
    React,
    RequestBot,
    SendMedia,
    SendTemplate,
    SendText,
)
from tests.bots.telegram.harness import ADMIN_TOKEN, CHAT, TOKEN, Steward, account, secrets_of
from tests.bots.telegram.test_telegram_inbound import PNG, upload
from tests.sandbox.outside import Sandbox, running, until

MAYA = CHAT.format("maya")


@pytest.fixture
async def chat(sandbox: Sandbox, edge: Steward) -> str:
    """The id of Maya's chat with the bot, which is by webhook so that nothing polls."""
    one = account(delivery="webhook")
    await edge.edge.start(one, secrets_of())
    await edge.edge.set_webhook(one, edge.url)
    return await open_chat(sandbox, edge)


async def open_chat(sandbox: Sandbox, edge: Steward, key: str = MAYA) -> str:
    before = len(edge.memory.kept)
    await sandbox.say(key, "/start")
    await until(lambda: len(edge.memory.kept) > before)
    return list(edge.memory.kept.values())[-1].chat


async def said(sandbox: Sandbox, key: str = MAYA) -> list[dict[str, Any]]:
    return [message for message in await sandbox.messages(key) if message["from"] == "bot"]


async def test_markdown_is_shown_as_formatting(sandbox: Sandbox, edge: Steward, chat: str) -> None:
    await edge.send(SendText(text="Hello **Maya** 😀, see [our page](https://example.com/a_b) & `x<y`"), chat=chat)
    (message,) = await said(sandbox)
    assert message["text"] == "Hello Maya 😀, see our page & x<y"
    assert "<b>Maya</b>" in message["html"] and "https://example.com/a_b" in message["html"]
    assert "<code>x&lt;y</code>" in message["html"]


@pytest.mark.parametrize("text", ["*", "**a", "_[x](", "`", "<b>", "a_b*c", "```", "> ", "# ", "\\", "[a](tg://x y)"])
async def test_broken_markdown_is_sent_all_the_same(sandbox: Sandbox, edge: Steward, chat: str, text: str) -> None:
    assert len(await edge.send(SendText(text=text), chat=chat)) == 1


async def test_long_texts_arrive_whole_in_order_with_buttons_at_the_end(
    sandbox: Sandbox, edge: Steward, chat: str
) -> None:
    words = " ".join(f"word{number}" for number in range(1300))
    reply_to = (await sandbox.messages(MAYA))[0]["id"]
    rows = ((Button(id="a" * 64, label="Yes"), Button(id="n", label="No")),)
    ids = await edge.send(SendText(text=f"**{words}**", buttons=rows, reply_to=reply_to), chat=chat)
    messages = await said(sandbox)
    assert [message["id"] for message in messages] == list(ids) and len(ids) == 3
    assert " ".join(message["text"] for message in messages) == words
    assert all(message["html"].startswith("<b>") and len(message["text"]) <= 4096 for message in messages)
    assert [bool(message.get("buttons")) for message in messages] == [False, False, True]
    assert [bool(message.get("reply_to")) for message in messages] == [True, False, False]


async def test_cards_are_edited_and_sent_anew_when_gone(sandbox: Sandbox, edge: Steward, chat: str) -> None:
    rows = ((Button(id="x", label="Answer"),),)
    (card,) = await edge.send(SendText(text="Question", buttons=rows), chat=chat)
    done = EditCard(card="c", text="**Answered** by Omar")
    assert await edge.send(done, chat=chat, card=card) == (card,)
    assert await edge.send(done, chat=chat, card=card) == (card,)  # "message is not modified"
    (message,) = await said(sandbox)
    assert (message["text"], message.get("buttons") or []) == ("Answered by Omar", [])
    (second,) = await edge.send(done, chat=chat, card="424242")
    assert second not in ("424242", card)
    (third,) = await edge.send(done, chat=chat, card=None)
    assert [message["id"] for message in await said(sandbox)] == [card, second, third]
    await edge.send(EditCard(card="c", text="x" * 5000), chat=chat, card=card)
    assert len((await said(sandbox))[0]["text"]) == 4096


async def test_files_go_by_id_within_a_bot_and_by_bytes_between_bots(
    sandbox: Sandbox, edge: Steward, chat: str
) -> None:
    other = account(ADMIN_TOKEN).account_id
    edge.files[other, "pdf"] = b"%PDF-1.4 from the desk"
    edge.files[other, "png"] = PNG
    media = SendMedia(media="document", from_account=other, ref="pdf", name="offer.pdf", caption="Our *offer*")
    await edge.send(media, chat=chat)
    (document,) = await said(sandbox)
    assert (document["file"]["name"], document["text"], document["file"]["kind"]) == (
        "offer.pdf",
        "Our offer",
        "document",
    )
    assert "<i>offer</i>" in document["html"]
    await edge.send(SendMedia(media="photo", from_account=other, ref="png", caption="y" * 1500), chat=chat)
    photo, caption = (await said(sandbox))[1:]
    assert (photo["file"]["kind"], photo["text"], caption["text"]) == ("photo", "", "y" * 1500)
    async with sandbox.http.get(f"{sandbox.url}/api/files/{document['file']['id']}") as answer:
        assert await answer.read() == b"%PDF-1.4 from the desk"


async def test_what_is_no_photo_goes_as_a_document(sandbox: Sandbox, edge: Steward, chat: str) -> None:
    other = account(ADMIN_TOKEN).account_id
    edge.files[other, "odd"] = b"not an image at all"
    await edge.send(SendMedia(media="photo", from_account=other, ref="odd", name="odd.heic"), chat=chat)
    (sent,) = await said(sandbox)
    assert (sent["file"]["kind"], sent["file"]["name"]) == ("document", "odd.heic")


async def test_templates_reactions_and_typing(sandbox: Sandbox, edge: Steward, chat: str) -> None:
    await edge.send(SendTemplate(name="late", language="en", text="Your parcel is late"), chat=chat)
    assert (await said(sandbox))[0]["text"] == "Your parcel is late"
    first = (await sandbox.messages(MAYA))[0]["id"]
    assert await edge.send(React(message_id=first, emoji="👍"), chat=chat) == ()
    assert (await sandbox.messages(MAYA))[0]["reaction"] == "👍"
    target = Target(account=account(), chat=chat)
    await edge.edge.channel.show_typing(target, first)
    assert (await sandbox.call("GET", f"/api/chats/{MAYA}"))["typing"]
    await edge.edge.channel.show_typing(Target(account=account(), chat="1"), first)
    await edge.edge.channel.show_typing(Target(account=account("9:x"), chat="1"), first)
    await fill_menu(f"{sandbox.url}/telegram", TOKEN, {"en": [("status", "How things are")]})
    bots = (await sandbox.call("GET", "/api/world"))["accounts"]
    assert next(bot for bot in bots if bot.get("username") == "baker_bot")["commands"]


async def test_refusals_say_what_to_do_next(sandbox: Sandbox, edge: Steward, chat: str) -> None:
    with pytest.raises(Rejected, match="chat not found"):
        await edge.send(SendText(text="x"), chat="424242")
    with pytest.raises(Rejected, match="empty"):
        await edge.send(SendText(text=" \n "), chat=chat)
    with pytest.raises(Rejected, match="no Telegram chat"):
        await edge.send(SendText(text="x"), chat="wamid")
    with pytest.raises(Rejected, match="64 bytes"):
        await edge.send(SendText(text="x", buttons=((Button(id="ä" * 33, label="x"),),)), chat=chat)
    with pytest.raises(Misconfigured, match="does not run"):
        await edge.send(SendText(text="x"), chat=chat, token="9:x")
    with pytest.raises(Rejected):
        await edge.edge.channel.fetch(account(), "no-such-file", limit_bytes=10)
    await sandbox.call("POST", f"/api/chats/{MAYA}/block", {"blocked": True})
    with pytest.raises(Blocked):
        await edge.send(SendText(text="x"), chat=chat)
    await sandbox.call("DELETE", f"/control/telegram/bots/{TOKEN}")
    with pytest.raises(Misconfigured, match="@BotFather") as caught:
        await edge.send(SendText(text="x"), chat=chat)
    assert TOKEN not in str(caught.value)


async def test_troubles_of_the_vendor_are_transient(sandbox: Sandbox, edge: Steward, chat: str) -> None:
    await sandbox.faults(telegram={"calls": {"error_5xx": 1}})
    with pytest.raises(Transient):
        await edge.send(SendText(text="x"), chat=chat)
    await sandbox.faults(telegram={"calls": {"error_5xx": 0, "rate_429": 1}})
    with pytest.raises(Transient) as caught:
        await edge.send(SendText(text="x"), chat=chat)
    assert caught.value.retry_after is not None
    await sandbox.faults(telegram={"calls": {"rate_429": 0, "drop": 1}})
    with pytest.raises(Transient) as caught:
        await edge.send(SendText(text="x"), chat=chat)
    assert TOKEN not in repr(caught.value) and TOKEN not in str(caught.value.__cause__)


async def test_a_message_that_broke_off_goes_on_where_it_stopped() -> None:
    async with running(None, limits=True) as sandbox:
        await sandbox.put_bot()
        from tests.bots.telegram.harness import steward

        async with steward(sandbox) as edge:
            one = account(delivery="webhook")
            await edge.edge.start(one, secrets_of())
            await edge.edge.set_webhook(one, edge.url)
            chat = await open_chat(sandbox, edge)
            text = "\n\n".join(f"{letter}" * 4000 for letter in "abcdefg")
            with pytest.raises(Transient) as caught:
                await edge.send(SendText(text=text), chat=chat)
            assert caught.value.retry_after is not None
            accepted = len(await said(sandbox))
            assert 0 < accepted < 7

            async def finished() -> tuple[str, ...]:
                try:
                    return await edge.send(SendText(text=text), chat=chat)
                except Transient:
                    return ()

            ids = await until(finished, seconds=10)
            messages = await said(sandbox)
            assert [message["text"][0] for message in messages] == list("abcdefg")
            assert [message["id"] for message in messages] == list(ids)


async def test_files_larger_than_the_limit_are_not_loaded(sandbox: Sandbox, edge: Steward, chat: str) -> None:
    edge.files[account(ADMIN_TOKEN).account_id, "big"] = b"x" * 3_000_000
    big = SendMedia(media="document", from_account=account(ADMIN_TOKEN).account_id, ref="big", name="big.bin")
    await edge.send(big, chat=chat)
    before = len(edge.memory.kept)
    await upload(sandbox, "big.bin", b"y" * 3_000_000, "application/octet-stream")
    await until(lambda: len(edge.memory.kept) > before)
    attachment = list(edge.memory.events)[-1].attachments[0]  # type: ignore[union-attr]
    with pytest.raises(Rejected, match="larger than 2 MB"):
        await edge.edge.channel.fetch(account(), attachment.ref, limit_bytes=2 * 1024 * 1024)


async def test_a_key_below_the_text_field_asks_for_a_bot_and_goes_again(
    sandbox: Sandbox, edge: Steward, chat: str
) -> None:
    await sandbox.put_bot(manages=True)
    request = RequestBot(label="Create my bot", suggested_name="Oven", suggested_username="oven_fresh_bot")
    await edge.send(SendText(text="One tap:", request_bot=request), chat=chat)
    (message,) = await said(sandbox)
    ((key,),) = message["keyboard"]
    assert key["label"] == "Create my bot"
    assert key["request_managed_bot"]["suggested_username"] == "oven_fresh_bot"
    await edge.send(SendText(text="Thank you", close_keyboard=True), chat=chat)
    assert (await said(sandbox))[-1]["keyboard"] == []


async def test_a_persons_message_is_taken_away_and_one_that_is_gone_is_no_trouble(
    sandbox: Sandbox, edge: Steward, chat: str
) -> None:
    secret = await sandbox.say(MAYA, "123456789:a-token")
    await until(lambda: len(edge.memory.kept) > 1)
    for _ in range(2):
        assert await edge.send(DeleteMessage(message_id=secret), chat=chat) == ()
    assert secret not in [message["id"] for message in await sandbox.messages(MAYA)]
