"""Every message of a body becomes one event, whatever the other items look like."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pywa.types.base_update import RawUpdate
from pywa_async import WhatsApp
from pywa_async.types import CallbackButton, CallbackSelection, Message, MessageStatus

from bots.whatsapp.parse import Parsed, parse
from core.events import ButtonTapped, Event, MessageEdited, MessageReceived, OwnerEcho, ReactionReceived
from core.ids import AccountId
from core.media import Attachment
from tests.bots.whatsapp.whatsapp_samples import (
    AT,
    BSUID,
    CONTENTS,
    PHONE_NUMBER_ID,
    WA_ID,
    Json,
    account,
    body,
    change,
    contact,
    message,
    status,
)

HERE = account()
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


def only_event(parsed: Parsed) -> Event:
    assert (len(parsed.arrivals), parsed.rejected, parsed.ignored) == (1, 0, 0)
    return parsed.arrivals[0].event


def read(item: Json, **changes: Any) -> Event:
    return only_event(parse(body(change([item], **changes)), HERE))


def test_a_text_tells_who_wrote_what_and_when() -> None:
    event = read(message("text", context={"id": "wamid.QUOTED", "from": "1"}))
    assert isinstance(event, MessageReceived)
    assert (event.text, event.message_id, event.reply_to) == ("Do you deliver?", "wamid.0", "wamid.QUOTED")
    assert event.at == datetime.fromtimestamp(AT, UTC)
    sender = event.sender
    assert (sender.external_id, sender.name, sender.username, sender.phone) == (BSUID, "Ana", "ana.b", WA_ID)


@pytest.mark.parametrize(
    ("kind", "attachment", "text"),
    [
        ("image", Attachment(kind="photo", ref="111", mime="image/jpeg"), "This one"),
        ("document", Attachment(kind="document", ref="112", name="bill.pdf", mime="application/pdf"), ""),
        ("audio", Attachment(kind="voice", ref="113", mime="audio/ogg; codecs=opus"), ""),
        ("video", Attachment(kind="video", ref="114", mime="video/mp4"), ""),
        ("sticker", Attachment(kind="sticker", ref="115", mime="image/webp"), ""),
    ],
)
def test_files_are_attachments(kind: str, attachment: Attachment, text: str) -> None:
    event = read(message(kind))
    assert isinstance(event, MessageReceived)
    assert (event.attachments, event.text) == ((attachment,), text)


def test_audio_that_is_no_voice_note_is_audio() -> None:
    event = read(message("audio", audio={"id": "1", "mime_type": "audio/mpeg", "voice": False}))
    assert isinstance(event, MessageReceived)
    assert event.attachments[0].kind == "audio"


@pytest.mark.parametrize(
    ("kind", "data", "label"),
    [("button", "yes-1", "Yes"), ("button_reply", "b1", "Answer"), ("list_reply", "r1", "Rye")],
)
def test_taps(kind: str, data: str, label: str) -> None:
    event = read(message(kind, context={"id": "wamid.CARD"}))
    assert isinstance(event, ButtonTapped)
    assert (event.data, event.label, event.message_id) == (data, label, "wamid.0")


def test_places_and_people() -> None:
    place, person = read(message("location")), read(message("contacts"))
    assert isinstance(place, MessageReceived)
    assert isinstance(person, MessageReceived)
    assert place.location is not None
    assert person.shared_contact is not None
    assert (place.location.latitude, place.location.name) == (41.38, "Shop, Main St 1")
    assert (person.shared_contact.name, person.shared_contact.phone) == ("Bo Li", "+1 650 555 0000")


def test_reactions_given_and_taken_back() -> None:
    given_event = read(message("reaction"))
    taken = read(message("reaction", reaction={"message_id": "wamid.OURS"}))
    assert isinstance(given_event, ReactionReceived)
    assert isinstance(taken, ReactionReceived)
    assert (given_event.emoji, given_event.message_id, taken.emoji) == ("👍", "wamid.OURS", "")


def test_an_edit_names_the_message_it_changes() -> None:
    edit = {"original_message_id": "wamid.FIRST", "message": {"type": "text", "text": {"body": "Better"}}}
    event = read(message("text", type="edit", text=None, edit=edit))
    assert isinstance(event, MessageEdited)
    assert (event.message_id, event.text) == ("wamid.FIRST", "Better")


@pytest.mark.parametrize(
    "item",
    [
        message("text", type="system", text=None, system={"type": "user_changed_number", "body": "x", "wa_id": "1"}),
        message("text", type="unsupported", text=None, errors=[{"code": 131051, "title": "Unsupported"}]),
        message("text", type="order", text=None, order={}),
        message("text", type="interactive", text=None, interactive={"type": "nfm_reply", "nfm_reply": {}}),
        message("text", group_id="Y2FwaV9ncm91cDo"),
    ],
)
def test_what_no_agent_can_use_is_let_pass(item: Json) -> None:
    parsed = parse(body(change([item, message("text", 1)])), HERE)
    assert [arrival.external_id for arrival in parsed.arrivals] == ["wamid.1"]
    assert (parsed.ignored, parsed.rejected) == (1, 0)


@pytest.mark.parametrize(
    ("item", "contacts"),
    [
        (message("text"), [contact()]),
        (message("text", **{"from": None}), [contact(wa_id=None)]),
        (message("text", **{"from": None}), [contact(wa_id="")]),
        (message("text"), []),
        (message("text", from_user_id=None), [contact()]),
        (message("text", **{"from": None, "from_user_id": None}), [contact()]),
        (message("text"), [contact(user_id="US.2", wa_id="12"), contact()]),
    ],
)
def test_a_chat_stays_the_same_whether_the_number_shows_or_not(item: Json, contacts: list[Json]) -> None:
    parsed = parse(body(change([item], contacts=contacts)), HERE)
    assert parsed.arrivals[0].chat == BSUID
    event = only_event(parsed)
    assert isinstance(event, MessageReceived)
    assert event.sender.external_id == BSUID


def test_without_a_bsuid_the_number_is_the_chat() -> None:
    item = message("text", from_user_id=None)
    assert parse(body(change([item], contacts=[contact(user_id=None)])), HERE).arrivals[0].chat == WA_ID
    assert parse(body(change([item], contacts=[])), HERE).arrivals[0].chat == WA_ID


@pytest.mark.parametrize(
    ("item", "contacts"),
    [
        (message("text", **{"from": None, "from_user_id": None}), []),
        (message("text", **{"from": None, "from_user_id": None}), [contact(), contact(user_id="US.2", wa_id="2")]),
    ],
)
def test_a_message_of_nobody_is_rejected(item: Json, contacts: list[Json]) -> None:
    parsed = parse(body(change([item], contacts=contacts)), HERE)
    assert (parsed.arrivals, parsed.rejected) == ([], 1)


def test_the_name_comes_from_the_writers_own_contact() -> None:
    other = contact(user_id="US.2", wa_id="12", profile={"name": "Bo"})
    items = [
        message("text", 0),
        message("text", 1, from_user_id="US.2", **{"from": "12"}),
        message("text", 2, from_user_id="US.3"),
    ]
    events = [arrival.event for arrival in parse(body(change(items, contacts=[other, contact()])), HERE).arrivals]
    assert [event.sender.name for event in events if isinstance(event, MessageReceived)] == ["Ana", "Bo", ""]


def test_statuses_are_receipts() -> None:
    error = {"code": 131047, "title": "Re-engagement message", "message": "x", "error_data": {"details": "y"}}
    items = [status("sent", 0), status("delivered", 1), status("read", 2), status("played", 3)]
    items += [status("failed", 4, errors=[error]), status("warning", 5)]
    parsed = parse(body(change(statuses=items)), HERE)
    receipts = parsed.receipts
    assert [receipt.status for receipt in receipts] == ["sent", "delivered", "read", "read", "failed"]
    assert (receipts[4].error, receipts[4].message_id) == ("131047 Re-engagement message", "wamid.OURS4")
    assert {receipt.account_id for receipt in receipts} == {AccountId(7)}
    assert (parsed.ignored, parsed.rejected) == (1, 0)


BAD_ITEMS: list[Any] = [
    None, 5, "text", [], {}, {"type": "text"}, {"type": 5},
    message("text", text="hello"), message("text", text={"body": 5}), message("text", timestamp="soon"),
    message("text", timestamp=True), message("text", timestamp="99999999999999999999"), message("text", timestamp=-1),
    message("text", id=""), message("text", id="two words"), message("text", id="x" * 513),
    message("text", context="x"),
    message("image", image={"id": "../me"}), message("image", image={"id": "1", "caption": 5}),
    message("location", location={"latitude": "41", "longitude": 2}),
    message("location", location={"latitude": 91, "longitude": 2}),
    message("contacts", contacts=[]), message("reaction", reaction={"emoji": "👍"}),
]  # fmt: skip


@pytest.mark.parametrize("bad", BAD_ITEMS)
def test_a_bad_item_costs_the_others_nothing(bad: Any) -> None:
    changes = change([message("text", 1), bad, message("text", 2)], [status("read", 1), 7, status("read", 2)])
    parsed = parse(body(5, change([bad]), changes, {"field": "messages"}, None), HERE)
    assert [arrival.external_id for arrival in parsed.arrivals] == ["wamid.1", "wamid.2"]
    assert [receipt.message_id for receipt in parsed.receipts] == ["wamid.OURS1", "wamid.OURS2"]
    assert parsed.rejected == 6


@pytest.mark.parametrize("bad", [None, 5, "x", [], {}, {"entry": None}, {"entry": {}}, {"entry": "x"}])
def test_a_body_without_entries_is_malformed(bad: Any) -> None:
    with pytest.raises(ValueError, match="entries"):
        parse(bad, HERE)


def test_other_numbers_and_other_fields_are_left_alone() -> None:
    news = {"field": "account_update", "value": {"event": "VERIFIED_ACCOUNT"}}
    parsed = parse(body(change([message("text", 1)], phone_number_id="999"), news), HERE)
    assert (parsed.arrivals, parsed.rejected, parsed.ignored) == ([], 1, 1)


@given(json_values)
def test_nothing_raises_on_any_json(value: Any) -> None:
    for whole in (
        {"entry": [value]},
        body(value),
        body({"field": "messages", "value": value}),
        body(change([value], [value], [value])),
    ):
        parse(whole, HERE)


@given(st.sampled_from(sorted(CONTENTS)), st.data())
def test_nothing_raises_when_one_value_of_a_message_is_anything(kind: str, data: st.DataObject) -> None:
    item = message(kind)
    holder: Any = item
    while isinstance(holder, dict) and holder:
        name = data.draw(st.sampled_from(sorted(holder)))
        if not isinstance(holder[name], dict) or data.draw(st.booleans()):
            holder[name] = data.draw(json_values)
            break
        holder[name] = holder = dict(holder[name])
    parsed = parse(body(change([item, message("text", 1)])), HERE)
    assert parsed.arrivals[-1].external_id == "wamid.1"
    assert len(parsed.arrivals) + parsed.ignored + parsed.rejected == 2


@given(st.lists(st.lists(st.lists(st.sampled_from(sorted(CONTENTS)), max_size=5), max_size=4), max_size=3))
def test_a_body_of_n_messages_gives_n_events_in_order(entries: list[list[list[str]]]) -> None:
    count = iter(range(1000))
    whole = body()
    whole["entry"] = [
        {"id": "1", "changes": [change([message(kind, next(count)) for kind in kinds]) for kinds in changes]}
        for changes in entries
    ]
    parsed = parse(orjson.loads(orjson.dumps(whole)), HERE)
    assert [arrival.external_id for arrival in parsed.arrivals] == [f"wamid.{n}" for n in range(next(count))]
    assert (parsed.rejected, parsed.ignored) == (0, 0)


PYWA = WhatsApp(phone_id=HERE.external_id, validate_updates=False)


@given(
    st.sampled_from(sorted(CONTENTS)),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30),
    st.integers(0, 2_000_000_000),
)
def test_agrees_with_pywa_on_single_messages(kind: str, name: str, at: int) -> None:
    item = message(kind, timestamp=str(at), context={"id": "wamid.CARD", "from": "1"})
    whole = body(change([item], contacts=[contact(profile={"name": name})]))
    update = RawUpdate(orjson.dumps(whole), hmac_header=None, update_hash="")
    event: Any = only_event(parse(whole, HERE))
    assert event.sender.name == name
    match event:
        case ButtonTapped():
            theirs: Any = (CallbackSelection if kind == "list_reply" else CallbackButton).from_update(PYWA, update)
            assert (event.data, event.label) == (theirs.data, theirs.title)
            assert event.message_id == theirs.id
        case ReactionReceived():
            theirs = Message.from_update(PYWA, update)
            assert (event.message_id, event.emoji) == (theirs.reaction.message_id, theirs.reaction.emoji)
        case _:
            theirs = Message.from_update(PYWA, update)
            assert (event.message_id, event.text) == (theirs.id, theirs.text or theirs.caption or "")
            assert event.reply_to == theirs.reply_to_message.id
            assert [file.ref for file in event.attachments] == ([theirs.media.id] if theirs.media else [])
            assert [file.kind == "voice" for file in event.attachments] == (
                [bool(theirs.voice)] if theirs.media else []
            )
            if theirs.location:
                assert (event.location.latitude, event.location.longitude) == (
                    theirs.location.latitude,
                    theirs.location.longitude,
                )
    assert (event.at, event.sender.external_id, event.sender.phone) == (
        theirs.timestamp,
        theirs.from_user.bsuid,
        theirs.from_user.wa_id,
    )
    assert theirs.chat.id == event.sender.external_id if hasattr(theirs, "chat") else True


def test_agrees_with_pywa_on_a_status() -> None:
    error = {"code": 131047, "title": "Re-engagement message", "message": "Re-engagement message"}
    whole = body(change(statuses=[status("failed", errors=[error])]))
    theirs = MessageStatus.from_update(PYWA, RawUpdate(orjson.dumps(whole), hmac_header=None, update_hash=""))
    receipt = parse(whole, HERE).receipts[0]
    assert theirs.error is not None
    assert (receipt.message_id, receipt.status, receipt.at) == (theirs.id, theirs.status.value, theirs.timestamp)
    assert receipt.error == f"{theirs.error.code} {theirs.error.message}"


def echo(number: int, *, kind: str = "text", contacts: Any = None, **to: Any) -> dict[str, Any]:
    item = message(kind, number) | {"from": "15550783881"} | to
    del item["from_user_id"]
    value = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": PHONE_NUMBER_ID}}
    if contacts is not None:
        value["contacts"] = contacts
    return {"field": "smb_message_echoes", "value": value | {"message_echoes": [item]}}


def test_what_the_owner_writes_by_phone_is_in_the_chat_of_whom_it_went_to() -> None:
    """As the customer's own messages: by the business-scoped user id where there is one."""
    whole = body(
        echo(1, to=WA_ID, to_user_id=BSUID),
        echo(2, to=WA_ID),
        echo(3, to=WA_ID, contacts=[{"user_id": BSUID, "wa_id": WA_ID}]),
        echo(4, kind="image", to_user_id=BSUID),
        echo(5),
        echo(6, kind="reaction", to=WA_ID),
    )
    parsed = parse(whole, HERE)
    assert [(each.external_id, each.chat) for each in parsed.arrivals] == [
        ("wamid.1", BSUID), ("wamid.2", WA_ID), ("wamid.3", BSUID), ("wamid.4", BSUID),
    ]  # fmt: skip
    assert (parsed.rejected, parsed.ignored) == (1, 1)
    first, picture = parsed.arrivals[0].event, parsed.arrivals[3].event
    assert isinstance(first, OwnerEcho) and isinstance(picture, OwnerEcho)
    assert (first.text, first.message_id) == ("Do you deliver?", "wamid.1")
    assert picture.attachments[0].kind == "photo" and picture.text == "This one"
