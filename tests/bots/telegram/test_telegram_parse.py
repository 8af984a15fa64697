"""The lean parse against aiogram's own model of an update, and against anything at all."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bots.intake import Arrival
from bots.telegram.parse import parse_update
from bots.telegram.vendor import types
from core.events import BotCreated, ButtonTapped, ContactBlocked, MessageEdited, MessageReceived, ReactionReceived

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ids = st.integers(1, 2**52)
words = st.text(min_size=1, max_size=40)
dates = st.integers(1_600_000_000, 4_000_000_000)


def record(required: dict[str, Any], optional: dict[str, Any] | None = None) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(required, optional=optional or {})


users = record(
    {"id": ids, "is_bot": st.just(False), "first_name": words},
    {"last_name": words, "username": words, "language_code": st.sampled_from(["en", "pt-BR", "de"])},
)
chats = record({"id": ids, "type": st.just("private")}, {"first_name": words})
file = {"file_id": words, "file_unique_id": words}
sizes = record({**file, "width": st.integers(1, 5000), "height": st.integers(1, 5000)}, {"file_size": ids})
named = {"file_name": words, "mime_type": words, "file_size": ids}
frame = {"width": st.integers(1, 5000), "height": st.integers(1, 5000), "duration": st.integers(0, 9999)}
contents = st.one_of(
    record({"text": words}),
    record({"photo": st.lists(sizes, min_size=1, max_size=4)}, {"caption": words, "media_group_id": words}),
    record({"document": record(file, named)}, {"caption": words}),
    record({"voice": record({**file, "duration": st.integers(0, 9999)}, {"mime_type": words, "file_size": ids})}),
    record({"audio": record({**file, "duration": st.integers(0, 9999)}, {**named, "title": words})}),
    record({"video": record({**file, **frame}, named)}, {"caption": words}),
    record(
        {
            "sticker": record(
                {**file, "type": st.just("regular"), "width": ids, "height": ids}
                | {"is_animated": st.booleans(), "is_video": st.booleans()},
                {"emoji": words},
            )
        }
    ),
    record({"location": record({"latitude": st.floats(-90, 90), "longitude": st.floats(-180, 180)})}),
    record({"contact": record({"phone_number": words, "first_name": words}, {"last_name": words, "user_id": ids})}),
    record({"dice": record({"emoji": words, "value": st.integers(1, 6)})}),
)
heads = record({"message_id": ids, "date": dates, "chat": chats, "from": users})


def merge(*parts: dict[str, Any]) -> dict[str, Any]:
    return {key: value for part in parts for key, value in part.items()}


messages = st.builds(merge, heads, contents)
replies = st.builds(lambda message, replied: {**message, "reply_to_message": replied}, messages, messages)
edits = st.builds(lambda message, date: {**message, "edit_date": date}, messages, dates)
buttons = record({"text": words, "callback_data": words})
keyboards = record({"inline_keyboard": st.lists(st.lists(buttons, max_size=3), max_size=3)})
taps = record(
    {
        "id": words,
        "from": users,
        "chat_instance": words,
        "data": words,
        "message": st.builds(lambda message, keyboard: {**message, "reply_markup": keyboard}, messages, keyboards),
    }
)
emoji = record({"type": st.just("emoji"), "emoji": st.sampled_from(["👍", "❤", "🔥"])})
custom = record({"type": st.just("custom_emoji"), "custom_emoji_id": words})
given_reactions = st.lists(st.one_of(emoji, custom), max_size=2)
reactions = record(
    {"chat": chats, "message_id": ids, "user": users, "date": dates}
    | {"old_reaction": given_reactions, "new_reaction": given_reactions}
)
member = st.builds(lambda user: {"user": user, "status": "member"}, users)
kicked = st.builds(lambda user: {"user": user, "status": "kicked", "until_date": 0}, users)
membership = record(
    {"chat": chats, "from": users, "date": dates, "old_chat_member": st.one_of(member, kicked)}
    | {"new_chat_member": st.one_of(member, kicked)}
)
robots = record({"id": ids, "is_bot": st.just(True), "first_name": words, "username": words}, {"last_name": words})
managed = record({"user": users, "bot": robots})
updates = st.builds(
    lambda update_id, body: {"update_id": update_id, **body},
    ids,
    st.one_of(
        record({"message": st.one_of(messages, replies)}),
        record({"edited_message": edits}),
        record({"callback_query": taps}),
        record({"message_reaction": reactions}),
        record({"my_chat_member": membership}),
        record({"managed_bot": managed}),
        record({"inline_query": record({"id": words, "from": users, "query": words, "offset": words})}),
    ),
)
anything = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=6,
)


def paths(value: Any, prefix: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [prefix] if prefix else []
    keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        found += paths(value[key], (*prefix, key))
    return found


@settings(max_examples=300, deadline=None)
@given(updates)
def test_what_is_read_is_what_aiogram_reads(update: dict[str, Any]) -> None:
    model, parsed = types.Update.model_validate(update), parse_update(update, now=NOW)
    assert parsed != "rejected"
    if isinstance(parsed, str):
        assert_ignored_rightly(model)
        return
    assert parsed.external_id == f"u{model.update_id}"
    event = parsed.event
    match event:
        case MessageReceived():
            assert model.message is not None
            compare_message(parsed, event, model.message)
        case MessageEdited():
            edited = model.edited_message
            assert edited is not None and edited.edit_date is not None
            assert (event.message_id, event.text) == (str(edited.message_id), edited.text or edited.caption)
            assert event.at.timestamp() == edited.edit_date
        case ButtonTapped():
            query = model.callback_query
            assert query is not None and isinstance(query.message, types.Message)
            assert (event.data, event.callback_id, event.at) == (query.data, query.id, NOW)
            assert parsed.chat == str(query.message.chat.id)
            assert query.message.reply_markup is not None
            keys = [key for row in query.message.reply_markup.inline_keyboard for key in row]
            assert event.label == next((key.text for key in keys if key.callback_data == query.data), "")
            compare_sender(event, query.from_user)
        case ReactionReceived():
            changed = model.message_reaction
            assert changed is not None and changed.user is not None
            shown = [one.emoji for one in changed.new_reaction if isinstance(one, types.ReactionTypeEmoji)]
            assert event.emoji == (shown[0] if shown else "")
            compare_sender(event, changed.user)
        case ContactBlocked():
            assert model.my_chat_member is not None
            assert event.blocked == (model.my_chat_member.new_chat_member.status == "kicked")
            compare_sender(event, model.my_chat_member.from_user)
        case BotCreated():
            made = model.managed_bot
            assert made is not None
            assert (event.bot_id, event.username) == (str(made.bot_user.id), made.bot_user.username)
            assert (event.name, parsed.chat, event.at) == (made.bot_user.full_name, str(made.user.id), NOW)
            compare_sender(event, made.user)
        case _:
            raise AssertionError(event)


def compare_message(parsed: Arrival, event: MessageReceived, message: types.Message) -> None:
    assert message.from_user is not None
    compare_sender(event, message.from_user)
    assert (event.message_id, parsed.chat) == (str(message.message_id), str(message.chat.id))
    assert event.at == message.date
    assert event.text == (message.text or message.caption or "")
    replied = message.reply_to_message
    assert event.reply_to == (str(replied.message_id) if replied else None)
    refs = [attachment.ref for attachment in event.attachments]
    if message.photo:
        largest = max(size.width * size.height for size in message.photo)
        assert refs[0] in {size.file_id for size in message.photo if size.width * size.height == largest}
    else:
        sent = message.document or message.voice or message.audio or message.video or message.sticker
        assert refs == ([sent.file_id] if sent else [])
    if message.location:
        assert event.location is not None and event.location.latitude == message.location.latitude
    if message.contact:
        assert event.shared_contact is not None and event.shared_contact.phone == message.contact.phone_number


def compare_sender(event: Any, user: types.User) -> None:
    sender = event.sender
    assert (sender.external_id, sender.name) == (str(user.id), user.full_name)
    assert (sender.username, sender.language) == (user.username, user.language_code)


def assert_ignored_rightly(model: types.Update) -> None:
    if reaction := model.message_reaction:
        assert reaction.new_reaction and all(one.type == "custom_emoji" for one in reaction.new_reaction)
    elif edited := model.edited_message:
        assert not (edited.text or edited.caption)
    else:
        assert model.inline_query is not None or (model.message is not None and model.message.dice is not None)


@settings(max_examples=300, deadline=None)
@given(st.one_of(anything, updates), anything, st.data())
def test_nothing_at_all_makes_it_raise(update: Any, poison: Any, data: st.DataObject) -> None:
    places = paths(update)
    if places:
        *above, last = data.draw(st.sampled_from(places))
        holder = update
        for key in above:
            holder = holder[key]
        holder[last] = poison
    parsed = parse_update(update, now=NOW)
    assert isinstance(parsed, Arrival) or parsed in ("ignored", "rejected")


def plain(**changes: Any) -> dict[str, Any]:
    user = {"id": 5, "is_bot": False, "first_name": "Ada"}
    message = {"message_id": 3, "date": 1_700_000_000, "chat": {"id": 5, "type": "private"}, "from": user, "text": "hi"}
    return {"update_id": 1, "message": {**message, **changes}}


def test_groups_bots_and_service_messages_are_ignored() -> None:
    assert parse_update(plain(chat={"id": -5, "type": "group"}), now=NOW) == "ignored"
    robot = {"id": 6, "is_bot": True, "first_name": "R2"}
    assert parse_update(plain(**{"from": robot}), now=NOW) == "ignored"
    assert parse_update(plain(text=None, pinned_message={}), now=NOW) == "ignored"
    assert parse_update({"update_id": 1, "poll": {}}, now=NOW) == "ignored"
    made = {"bot": {"id": 7, "is_bot": True, "first_name": "Oven", "username": "oven_bot"}}
    assert parse_update(plain(text=None, managed_bot_created=made), now=NOW) == "ignored"  # the update tells it


def test_fields_of_a_wrong_type_make_an_update_malformed() -> None:
    wrong: list[dict[str, Any]] = [{"text": 5}, {"date": "now"}, {"date": 10**15}, {"message_id": True}, {"photo": []}]
    wrong += [{"from": {"id": "5", "first_name": "A"}}, {"location": {"latitude": 91, "longitude": 0}}, {"chat": None}]
    for changes in wrong:
        assert parse_update(plain(**changes), now=NOW) == "rejected", changes
    assert parse_update({"update_id": 1.5, "message": {}}, now=NOW) == "rejected"


def test_a_venue_keeps_its_name_and_a_round_video_is_a_video() -> None:
    place = {"location": {"latitude": 1, "longitude": 2.5}, "title": "Harbour", "address": "Quay 1"}
    parsed = parse_update(plain(text=None, venue=place, location=place["location"]), now=NOW)
    assert isinstance(parsed, Arrival) and isinstance(parsed.event, MessageReceived)
    assert parsed.event.location is not None and parsed.event.location.name == "Harbour"
    note = {"file_id": "f", "file_unique_id": "u", "length": 240, "duration": 3}
    parsed = parse_update(plain(text=None, video_note=note), now=NOW)
    assert isinstance(parsed, Arrival) and isinstance(parsed.event, MessageReceived)
    assert parsed.event.attachments[0].kind == "video"
