"""A person in the bot's place: every word goes to the customer it was meant for, or to nobody."""

from core.changes import SetMode
from core.events import CustomerRelayed, Location, MessageEdited, MessageReceived
from core.ids import AccountId, StreamId
from core.media import Attachment
from core.messages import EditCard, SendMedia
from tests.admin.desk_world import ADMIN_BOT, NOW, Seat, Tenant, World, buttons, decisions, texts


def said(stream: StreamId, name: str, text: str, *attachments: Attachment, suggestion: bool = False) -> CustomerRelayed:
    return CustomerRelayed(
        stream_id=stream, contact_name=name, channel="telegram", text=text, attachments=attachments,
        from_account=AccountId(7), suggestion=suggestion,
    )  # fmt: skip


async def taken(world: World, name: str = "Maya") -> tuple[Tenant, Seat, str, StreamId]:
    tenant = await world.open_tenant()
    ana = await tenant.join("Ana")
    approval, stream = await tenant.escalate(name)
    await ana.tap(f"esc:take_over:{approval}")
    return tenant, ana, approval, stream


async def test_taking_over_relays_both_ways_until_released(world: World) -> None:
    tenant = await world.open_tenant()
    ana = await tenant.join("Ana")
    approval, stream = await tenant.escalate("Maya")
    await world.superuser.execute(
        "INSERT INTO messages VALUES ($1, $2, 1, 0, 'customer', 'Hi *there*', now())", tenant.id, stream
    )
    outcome = await ana.tap(f"esc:take_over:{approval}")
    assert await tenant.mode(stream) == ("human", ana.desk)
    assert [d.decision for d in decisions(outcome)] == ["take_over"]
    assert "Hi \\*there\\*" in texts(outcome)[0]
    assert [b.id for b in buttons(outcome)] == [f"esc:release:{approval}"]
    card = ana.seen[-1]
    assert isinstance(card, EditCard)
    assert [b.id for row in card.buttons for b in row] == [f"esc:release:{approval}"]

    photo = Attachment(kind="photo", ref="p")
    outcome = await ana.take(ana.message("Hello Maya"), ana.message("look", photo))
    assert [event.external_id for event in outcome.events] == [
        f"relay:{ana.desk.hex}:{ana.seq - 1}",
        f"relay:{ana.desk.hex}:{ana.seq}",
    ]
    assert {event.stream_id for event in outcome.events} == {stream}
    assert [(d.decision, d.text, d.attachments, d.from_account) for d in decisions(outcome)] == [
        ("relay", "Hello Maya", (), None),
        ("relay", "look", (photo,), ADMIN_BOT),
    ]
    assert texts(outcome) == ["→ **Maya** · Bakery Lindenhof"]
    assert "Hello" not in str(outcome.audit)

    shown = await ana.take(said(stream, "Maya", "Thank [you](http://x)"))
    assert texts(shown) == ["**Maya** (Telegram · Bakery Lindenhof): Thank \\[you\\](http://x)"]
    assert [b.id for b in buttons(shown)] == [f"rel:suggest:{approval}"]

    released = await ana.write("/release")
    assert await tenant.mode(stream) == ("bot", None)
    assert [(d.decision, e.external_id) for d, e in zip(decisions(released), released.events, strict=True)] == [
        ("release", f"decision:{approval}:release")
    ]
    assert not (await ana.write("Hello?")).events
    assert texts(await ana.tap(f"esc:release:{approval}")) == ["Ana already handed Maya back to the bot."]


async def test_what_the_customer_sends_comes_as_files_too(world: World) -> None:
    _, ana, _, stream = await taken(world)
    voice = Attachment(kind="voice", ref="v", mime="audio/ogg")
    outcome = await ana.take(said(stream, "Maya", "", voice))
    assert texts(outcome) == ["**Maya** (Telegram · Bakery Lindenhof) sent:"]
    media = outcome.messages[-1]
    assert isinstance(media, SendMedia)
    assert (media.media, media.ref, media.from_account) == ("voice", "v", AccountId(7))
    outcome = await ana.take(said(stream, "Maya", "", Attachment(kind="sticker", ref="s")))
    assert texts(outcome) == ["**Maya** (Telegram · Bakery Lindenhof): (sticker)"]


async def test_of_two_conversations_only_the_chosen_one_gets_the_words(world: World) -> None:
    tenant, ana, maya, maya_stream = await taken(world)
    noor, noor_stream = await tenant.escalate("Noor")
    await ana.tap(f"esc:take_over:{noor}")
    assert [event.stream_id for event in (await ana.write("for Noor")).events] == [noor_stream]
    shown = await ana.take(said(maya_stream, "Maya", "Are you there?"))
    assert next((b.id, b.label) for b in buttons(shown)) == (f"esc:switch:{maya}", "Switch")
    assert [event.stream_id for event in (await ana.write("still for Noor")).events] == [noor_stream]
    await ana.tap(f"esc:switch:{maya}")
    outcome = await ana.write("for Maya")
    assert [event.stream_id for event in outcome.events] == [maya_stream]
    assert texts(outcome) == ["→ **Maya** · Bakery Lindenhof"]


async def test_after_one_of_two_is_released_nothing_is_sent_until_chosen(world: World) -> None:
    tenant, ana, maya, maya_stream = await taken(world)
    noor, _ = await tenant.escalate("Noor")
    await ana.tap(f"esc:take_over:{noor}")
    await ana.write("/release")
    outcome = await ana.write("meant for Noor")
    assert not outcome.events
    assert [(b.id, b.label) for b in buttons(outcome)] == [(f"esc:switch:{maya}", "Maya")]
    await ana.tap(f"esc:switch:{maya}")
    assert [event.stream_id for event in (await ana.write("for Maya")).events] == [maya_stream]


async def test_a_long_message_with_a_switch_keeps_its_button_apart(world: World) -> None:
    tenant, ana, maya, maya_stream = await taken(world)
    noor, _ = await tenant.escalate("Noor")
    await ana.tap(f"esc:take_over:{noor}")
    shown = await ana.take(said(maya_stream, "Maya", "long " * 300))
    assert len(shown.messages) == 2
    assert [b.id for b in buttons(shown)] == [f"esc:switch:{maya}"]


async def test_an_answer_in_between_goes_to_its_question_and_then_the_relay_goes_on(world: World) -> None:
    tenant, ana, _, maya_stream = await taken(world)
    noor, noor_stream = await tenant.escalate("Noor")
    await ana.tap(f"esc:answer:{noor}")
    outcome = await ana.write("for Noor")
    assert [(e.stream_id, d.decision) for e, d in zip(outcome.events, decisions(outcome), strict=True)] == [
        (noor_stream, "answer")
    ]
    assert "**Maya**" in texts(outcome)[-1]
    assert [event.stream_id for event in (await ana.write("for Maya")).events] == [maya_stream]


async def test_a_conversation_has_one_holder_also_with_two_questions(world: World) -> None:
    tenant, ana, _, stream = await taken(world)
    bob = await tenant.join("Bob", "manager")
    second, _ = await tenant.escalate("Maya", "And tomorrow?", stream=stream)
    outcome = await bob.tap(f"esc:take_over:{second}")
    assert not (outcome.changes or outcome.events)
    assert "Ana has taken over" in bob.last
    outcome = await ana.tap(f"esc:take_over:{second}")
    assert not any(isinstance(change, SetMode) for change in outcome.changes)
    assert await tenant.mode(stream) == ("human", ana.desk)


async def test_a_colleague_may_release_and_the_holder_learns_it(world: World) -> None:
    tenant, ana, approval, stream = await taken(world)
    bob = await tenant.join("Bob", "manager")
    inbox = await bob.write("/inbox")
    assert [b.id for b in buttons(inbox)] == [f"esc:release:{approval}"]
    await bob.tap(f"esc:release:{approval}")
    assert await tenant.mode(stream) == ("bot", None)
    assert "Bob handed **Maya** back" in ana.last
    assert not (await ana.write("Hello?")).events


async def test_words_typed_ahead_of_that_news_are_not_sent(world: World) -> None:
    tenant, ana, approval, _ = await taken(world)
    bob = await tenant.join("Bob", "manager")
    tenant.seats.remove(ana)
    await bob.tap(f"esc:release:{approval}")
    outcome = await ana.write("Hello?")
    assert not outcome.events
    assert "not sent" in ana.last


async def test_a_suggestion_is_sent_once_and_only_while_the_conversation_is_held(world: World) -> None:
    _, ana, _, stream = await taken(world)
    shown = await ana.take(said(stream, "", "We open at *eight*.", suggestion=True))
    assert "to **Maya**" in ana.last
    (button,) = buttons(shown)
    assert (button.id, button.label) == (f"sug:send:{ana.seq}", "Send this")
    outcome = await ana.tap(button.id)
    assert [(d.decision, d.text) for d in decisions(outcome)] == [("relay", "We open at *eight*.")]
    assert [event.external_id for event in outcome.events] == [f"relay:{ana.desk.hex}:{ana.seq}"]
    edit = outcome.messages[0]
    assert isinstance(edit, EditCard)
    assert edit.card == f"sug:{ana.seq - 1}"
    assert not (await ana.tap(button.id)).events
    await ana.take(said(stream, "Maya", "Another", suggestion=True))
    late = f"sug:send:{ana.seq}"
    await ana.write("/release")
    assert not (await ana.tap(late)).events


async def test_an_edit_is_refused_aloud_and_a_place_goes_as_a_link(world: World) -> None:
    _, ana, _, _ = await taken(world)
    outcome = await ana.take(MessageEdited(message_id="m", sender=ana.sender, at=NOW, text="x"))
    assert "Edits do not reach **Maya**" in ana.last
    assert not outcome.events
    place = Location(latitude=52.5, longitude=13.4, name="Shop")
    outcome = await ana.take(MessageReceived(message_id="m", sender=ana.sender, at=NOW, location=place))
    assert decisions(outcome)[0].text == "Shop\nhttps://maps.google.com/?q=52.500000,13.400000"


async def test_commands_and_codes_are_never_relayed(world: World) -> None:
    _, ana, _, _ = await taken(world)
    for text in ("/status", "/budget 50", "/nonsense", "/", "inv_abcdefgh", "/ what"):
        assert not (await ana.write(text)).events, text


async def test_a_lost_state_sends_nothing_and_the_inbox_still_releases(world: World) -> None:
    tenant, ana, approval, stream = await taken(world)
    ana.state = {"relays": "of an older version"}
    assert not (await ana.write("Hello?")).events
    assert [b.id for b in buttons(await ana.write("/inbox"))] == [f"esc:release:{approval}"]
    await ana.tap(f"esc:release:{approval}")
    assert await tenant.mode(stream) == ("bot", None)
