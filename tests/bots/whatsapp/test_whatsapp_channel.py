"""Sends, files and typing through pywa's calls to the sandbox, and what odd answers become."""

import io
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import orjson
import pytest
from aiohttp import web

from bots.whatsapp.channel import PACE, WhatsAppChannel
from bots.whatsapp.numbers import Numbers
from core.channels import Channel, Target
from core.errors import Misconfigured, Rejected, Transient
from core.events import ButtonTapped, MessageReceived, ReactionReceived
from core.ids import AccountId
from core.messages import Button, DeleteMessage, EditCard, React, RequestBot, SendMedia, SendTemplate, SendText
from tests.bots.whatsapp.conftest import SECRETS, Edge, serve, until
from tests.bots.whatsapp.whatsapp_samples import BSUID, PHONE_NUMBER_ID, account

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc000000301010018dd8db0"
    "0000000049454e44ae426082"
)
ROWS = ((Button(id="b1", label="Answer"), Button(id="b2", label="Take over")), (Button(id="b3", label="Dismiss"),))


def test_is_a_channel(edge: Edge) -> None:
    channel: Channel = edge.channel
    assert (channel.name, channel.pace) == ("whatsapp", PACE)


async def test_a_conversation(edge: Edge) -> None:
    target = await edge.target("Do you deliver?")
    event = edge.recorder.arrived[0]
    assert isinstance(event, MessageReceived)
    assert (event.text, event.sender.name) == ("Do you deliver?", "Maya")
    assert target.chat.startswith("US.")
    await edge.channel.show_typing(target, event.message_id)
    assert (await edge.call("GET", f"/api/chats/wa:{PHONE_NUMBER_ID}:maya"))["typing"] is True
    (sent,) = await edge.channel.send(target, SendText(text="**Yes**, daily.", reply_to=event.message_id))
    question, answer = await edge.chat()
    assert (question["status"], answer["id"], answer["text"]) == ("read", sent, "*Yes*, daily.")
    assert answer["reply_to"] == event.message_id
    await edge.person("read")
    await until(lambda: {"sent", "delivered", "read"} == {each.status for each in edge.recorder.receipts})
    assert {each.message_id for each in edge.recorder.receipts} == {sent}


async def test_the_chat_stays_the_same_when_the_number_is_hidden(edge: Edge) -> None:
    shown = await edge.target("first")
    await edge.call("PUT", "/api/people/maya", json={"hide_number": True})
    hidden = await edge.target("second")
    first, second = edge.recorder.events.values()
    assert (shown.chat, first.stream_id) == (hidden.chat, second.stream_id)
    phones = [event.sender.phone for event in edge.recorder.arrived]
    assert phones[0] is not None
    assert phones[1] is None
    assert await edge.channel.send(hidden, SendText(text="still here"))


async def test_a_number_without_bsuid_is_written_to_by_number(edge: Edge) -> None:
    target = await edge.target()
    phone = edge.recorder.arrived[0].sender.phone
    assert await edge.channel.send(replace(target, chat=phone), SendText(text="Hi"))
    assert (await edge.chat())[-1]["text"] == "Hi"


async def test_what_whatsapp_cannot_do_is_left_out(edge: Edge) -> None:
    """A message stays, and a key for a bot of Telegram's is not shown."""
    target = await edge.target()
    assert await edge.channel.send(target, DeleteMessage(message_id=(await edge.chat())[0]["id"])) == ()
    request = RequestBot(label="Create my bot", suggested_name="Oven", suggested_username="oven_bot")
    await edge.channel.send(target, SendText(text="One tap:", request_bot=request))
    await edge.channel.send(target, SendText(text="Thanks", close_keyboard=True))
    assert [message["text"] for message in await edge.chat()][1:] == ["One tap:", "Thanks"]


async def test_buttons_come_back_as_taps(edge: Edge) -> None:
    target = await edge.target()
    (sent,) = await edge.channel.send(target, SendText(text="A customer asks", buttons=ROWS, card="c1"))
    shown = (await edge.chat())[-1]
    assert [[button["label"] for button in row] for row in shown["buttons"]] == [["Answer"], ["Take over"], ["Dismiss"]]
    await edge.person("tap", message_id=sent, data="b2")
    event = await until(lambda: len(edge.recorder.arrived) == 2 and edge.recorder.arrived[1])
    assert isinstance(event, ButtonTapped)
    assert (event.data, event.label) == ("b2", "Take over")
    await edge.channel.show_typing(target, event.message_id)
    (changed,) = await edge.channel.send(replace(target, card_message_id=sent), EditCard(card="c1", text="Taken over"))
    last = (await edge.chat())[-1]
    assert (last["id"], last["text"], last["reply_to"]) == (changed, "Taken over", sent)


async def test_many_buttons_are_lists(edge: Edge) -> None:
    target = await edge.target()
    rows = tuple((Button(id=f"r{n}", label=f"Bread number {n} of the long list"),) for n in range(12))
    sent = await edge.channel.send(target, SendText(text="Which one?", buttons=rows))
    shown = [message for message in await edge.chat() if message["id"] in sent]
    assert [len(message["list"]["sections"][0]["rows"]) for message in shown] == [10, 2]
    await edge.person("tap", message_id=sent[1], data="r11")
    event = await until(lambda: len(edge.recorder.arrived) == 2 and edge.recorder.arrived[1])
    assert event.data == "r11"


async def test_long_text_arrives_whole_and_in_order(edge: Edge) -> None:
    target = await edge.target()
    text = " ".join(f"word{n}" for n in range(1500))
    sent = await edge.channel.send(target, SendText(text=text, buttons=ROWS))
    shown = (await edge.chat())[1:]
    assert tuple(message["id"] for message in shown) == sent
    assert " ".join(message["text"] for message in shown).split() == text.split()
    assert "buttons" in shown[-1]


async def test_reactions_both_ways(edge: Edge) -> None:
    target = await edge.target()
    question = edge.recorder.arrived[0].message_id
    assert await edge.channel.send(target, React(message_id=question, emoji="👍"))
    assert (await edge.chat())[0]["reaction"] == "👍"
    (sent,) = await edge.channel.send(target, SendText(text="Hi"))
    await edge.person("react", message_id=sent, emoji="🎉")
    event = await until(lambda: len(edge.recorder.arrived) == 2 and edge.recorder.arrived[1])
    assert isinstance(event, ReactionReceived)
    assert (event.message_id, event.emoji) == (sent, "🎉")


async def test_the_window_closes_and_a_template_still_reaches(edge: Edge) -> None:
    target = await edge.target()
    await edge.person("age", hours=25)
    with pytest.raises(Rejected, match="131047"):
        await edge.channel.send(target, SendText(text="Too late"))
    template = SendTemplate(name="shipment_update", language="en", parameters=("Maya", "A1", "late"), text="x")
    (sent,) = await edge.channel.send(target, template)
    last = (await edge.chat())[-1]
    assert (last["id"], last["template"]) == (sent, "shipment_update")
    with pytest.raises(Rejected, match="132001"):
        await edge.channel.send(target, replace(template, name="unknown"))
    with pytest.raises(Rejected, match="132000"):
        await edge.channel.send(target, replace(template, parameters=("one",)))


async def test_files_arrive_and_are_fetched(edge: Edge) -> None:
    form: Any = {"file": io.BytesIO(PNG), "text": "This one"}
    await edge.call("POST", f"/api/chats/wa:{PHONE_NUMBER_ID}:maya/messages", data=form)
    event = await until(lambda: edge.recorder.arrived and edge.recorder.arrived[0])
    (file,) = event.attachments
    data = await edge.channel.fetch(account(), file.ref, limit_bytes=1_000_000)
    assert len(data) > 40
    with pytest.raises(Rejected, match="larger"):
        await edge.channel.fetch(account(), file.ref, limit_bytes=len(data) - 1)
    target = Target(account=account(), chat=event.sender.external_id)
    back = SendMedia(media="document", from_account=AccountId(7), ref=file.ref, caption="**Yours**", name="x.png")
    assert await edge.channel.send(target, back)
    last = (await edge.chat())[-1]
    assert last["text"] == "*Yours*"


async def test_a_file_of_another_account_is_uploaded(edge: Edge) -> None:
    target = await edge.target()
    pdf = b"%PDF-1.4 " + b"x" * 1_500_000
    edge.elsewhere[AccountId(3), "tg-file"] = pdf
    name, caption = "bill \r\né.pdf", "w " * 900
    message = SendMedia(media="document", from_account=AccountId(3), ref="tg-file", name=name, caption=caption)
    sent = await edge.channel.send(target, message)
    file, text = (await edge.chat())[-2:]
    assert (file["id"], text["id"]) == sent
    assert (file["file"]["name"], file["file"]["size"]) == ("bill é.pdf", len(pdf))
    async with edge.http.get(f"{edge.sandbox}/api/files/{file['file']['id']}") as response:
        assert await response.read() == pdf


async def test_a_voice_note_stays_one(edge: Edge) -> None:
    target = await edge.target()
    edge.elsewhere[AccountId(3), "v"] = b"OggS" + b"\0" * 100
    voice = SendMedia(media="voice", from_account=AccountId(3), ref="v", mime="audio/ogg")
    assert await edge.channel.send(target, voice)
    assert (await edge.chat())[-1]["file"]["mime"].startswith("audio/ogg")


async def test_files_that_are_gone(edge: Edge) -> None:
    target = await edge.target()
    for ref in ("123456", "../me", "me?fields=id", "", "."):
        with pytest.raises(Rejected):
            await edge.channel.fetch(account(), ref, limit_bytes=1000)
    with pytest.raises(Rejected, match="gone"):
        await edge.channel.send(target, SendMedia(media="photo", from_account=AccountId(3), ref="nope"))


async def test_a_person_whatsapp_does_not_know(edge: Edge) -> None:
    with pytest.raises(Rejected, match="131026"):
        await edge.channel.send(Target(account=account(), chat=BSUID), SendText(text="Hi"))


async def test_wrong_credentials_and_numbers_say_what_to_do(edge: Edge) -> None:
    target = await edge.target()
    await edge.whatsapp.replace(account(), {**SECRETS, "token": "other"})
    with pytest.raises(Misconfigured, match="token"):
        await edge.channel.send(target, SendText(text="Hi"))
    await edge.channel.show_typing(target, "wamid.1")
    await edge.whatsapp.replace(account(), SECRETS)
    assert await edge.channel.send(target, SendText(text="Hi"))
    wrong = account(external_id="999")
    await edge.whatsapp.replace(wrong, SECRETS)
    with pytest.raises(Misconfigured, match="phone number id"):
        await edge.channel.send(replace(target, account=wrong), SendText(text="Hi"))
    await edge.whatsapp.stop(AccountId(7))
    with pytest.raises(Misconfigured, match="does not run"):
        await edge.channel.send(target, SendText(text="Hi"))
    for broken in ({}, {"token": "t"}, {"app_secret": "s"}, {"token": "t\n", "app_secret": "s"}):
        with pytest.raises(Misconfigured):
            await edge.whatsapp.start(account(), broken)


async def test_a_number_can_be_pointed_elsewhere(edge: Edge) -> None:
    moved = account(path_id="new-path")
    await edge.whatsapp.replace(moved, SECRETS)
    await edge.whatsapp.set_webhook(moved, edge.url + "/")
    assert (await edge.target("over here")).chat
    await edge.whatsapp.replace(moved, {**SECRETS, "verify_token": "other"})
    with pytest.raises(Rejected, match="2200"):
        await edge.whatsapp.set_webhook(moved, "http://127.0.0.1:9")


async def test_a_blocked_chat_is_told_by_receipt(edge: Edge) -> None:
    target = await edge.target()
    await edge.person("block", blocked=True)
    (sent,) = await edge.channel.send(target, SendText(text="Hi"))
    receipt = await until(lambda: next((each for each in edge.recorder.receipts if each.status == "failed"), None))
    assert (receipt.message_id, receipt.error) == (sent, "131026 Message undeliverable")


@pytest.mark.parametrize("fault", ["rate_429", "error_5xx", "drop"])
async def test_bad_days_are_transient(edge: Edge, fault: str) -> None:
    target = await edge.target()
    await edge.call("PUT", "/control/faults", json={"whatsapp": {"calls": {fault: 1}}})
    with pytest.raises(Transient) as caught:
        await edge.channel.send(target, SendText(text="Hi"))
    assert (caught.value.retry_after is not None) == (fault == "rate_429")


async def test_nothing_to_say_is_rejected(edge: Edge) -> None:
    target = await edge.target()
    with pytest.raises(Rejected, match="empty"):
        await edge.channel.send(target, SendText(text="  "))


@dataclass
class Odd:
    url: str
    channel: WhatsAppChannel
    answers: list[web.Response]


@pytest.fixture
async def odd() -> AsyncIterator[Odd]:
    """A Graph API that answers whatever it is told to."""
    answers: list[web.Response] = []

    async def answer(_: web.Request) -> web.Response:
        return answers.pop(0)

    async def fetch_media(holder: AccountId, ref: str) -> bytes:
        raise Rejected("gone")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    async with serve(app) as url:
        numbers = Numbers(url)
        numbers.put(account(), SECRETS)
        yield Odd(url, WhatsAppChannel(numbers, fetch_media), answers)
        await numbers.close()


TARGET = Target(account=account(), chat=BSUID)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"{}", b'{"messages": []}', b'{"messages": [{}]}', b'{"messages": [{"id": 5}]}']
)
async def test_an_answer_without_an_id_is_transient(odd: Odd, body: bytes) -> None:
    channel, answers = odd.channel, odd.answers
    answers.append(web.Response(body=body))
    with pytest.raises(Transient):
        await channel.send(TARGET, SendText(text="Hi"))


async def test_a_broken_off_message_goes_on_where_it_stopped(odd: Odd) -> None:
    channel, answers = odd.channel, odd.answers
    first, second, again = (web.json_response({"messages": [{"id": f"wamid.{n}"}]}) for n in range(3))
    limited = web.json_response({"error": {"code": 131056, "message": "pair rate limit hit"}}, status=400)
    answers += [first, limited, second, again]
    text = SendText(text="w" * 5000)
    with pytest.raises(Transient) as caught:
        await channel.send(TARGET, text)
    assert caught.value.retry_after == timedelta(seconds=6)
    assert await channel.send(replace(TARGET, chat="US.2"), SendText(text="Hi")) == ("wamid.1",)
    answers.append(web.json_response({"messages": [{"id": "wamid.3"}]}))
    assert await channel.send(TARGET, text) == ("wamid.0", "wamid.2")
    assert len(answers) == 1


async def test_a_redirected_send_is_not_followed(odd: Odd) -> None:
    channel, answers = odd.channel, odd.answers
    answers.append(web.Response(status=302, headers={"Location": "http://127.0.0.1:9/"}))
    with pytest.raises(Transient):
        await channel.send(TARGET, SendText(text="Hi"))


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("http://127.0.0.1:9/file", Rejected), ("https://evil.example/file", Rejected),
        ("file:///etc/passwd", Rejected), ("http://lookaside.fbsbx.com/x", Rejected),
        ("https://lookaside.fbsbx.com.evil.example/x", Rejected), ("https://lookaside.fbsbx.com:8443/x", Rejected),
        ("https://lookaside.fbsbx.com@evil.example/", Rejected),
        ("//[broken", Rejected), (5, Transient), (None, Transient),
    ],
)  # fmt: skip
async def test_the_token_goes_to_no_strange_host(odd: Odd, url: Any, error: type[Exception]) -> None:
    channel, answers = odd.channel, odd.answers
    answers.append(web.Response(body=orjson.dumps({"url": url, "file_size": 3})))
    with pytest.raises(error):
        await channel.fetch(account(), "123", limit_bytes=1000)


async def test_downloads_are_bounded_while_they_stream(odd: Odd) -> None:
    channel, answers = odd.channel, odd.answers
    info = orjson.dumps({"url": f"{odd.url}/file", "file_size": "3"})
    answers += [web.Response(body=info), web.Response(body=b"x" * 5000)]
    with pytest.raises(Rejected, match="larger"):
        await channel.fetch(account(), "123", limit_bytes=4999)
    answers += [
        web.Response(body=info),
        web.Response(status=302, headers={"Location": "/there"}),
        web.Response(body=b"abc"),
    ]
    assert await channel.fetch(account(), "123", limit_bytes=3) == b"abc"
    answers += [web.Response(body=info), web.Response(status=302, headers={"Location": "http://127.0.0.1:9/"})]
    with pytest.raises(Rejected, match="none of its own"):
        await channel.fetch(account(), "123", limit_bytes=3)
    for status, error in ((404, Rejected), (500, Transient), (401, Misconfigured)):
        answers += [web.Response(body=info), web.Response(status=status)]
        with pytest.raises(error):
            await channel.fetch(account(), "123", limit_bytes=3)
    answers += [web.Response(body=info), *(web.Response(status=302, headers={"Location": "/"}) for _ in range(4))]
    with pytest.raises(Transient, match="circles"):
        await channel.fetch(account(), "123", limit_bytes=3)


async def test_an_unreachable_vendor_is_transient() -> None:
    async def fetch_media(holder: AccountId, ref: str) -> bytes:
        raise Rejected("gone")

    numbers = Numbers("http://127.0.0.1:9")
    numbers.put(account(), SECRETS)
    with pytest.raises(Transient, match="reached"):
        await WhatsAppChannel(numbers, fetch_media).send(TARGET, SendText(text="Hi"))
    await numbers.close()
