"""While a person has a conversation: the owner's words to the customer, the customer's to the owner."""

import re
from dataclasses import replace

from admin.cards import describe_decided, name_business, name_customer, name_place
from admin.conversations.silence import watch_silence
from admin.conversations.suggesting import suggest_button
from admin.conversations.translating import find_other_language, translate
from admin.session import TEXT_WITH_BUTTONS, DeskTurn
from admin.state import Relay, Suggestion
from admin.takeover import ask_whom, switch_button
from admin.texts import quote
from admin.words import Words, pass_words
from core.events import ButtonTapped, CustomerRelayed
from core.messages import SendMedia
from core.turns import Approval, Member

_SUGGESTION = re.compile(r"sug:send:([0-9]{1,18})", re.ASCII)
_SUGGESTION_SHOWN = 800


async def relay_words(desk: DeskTurn, member: Member, relay: Relay, words: Words, seq: int) -> None:
    customer = name_customer(desk, relay.name)
    approval = await _find_held(desk, relay)
    if approval is None:
        return
    if not words.sendable:
        desk.say("cannot_pass_on", customer=customer)
        return
    watch_silence(desk, relay.approval_id)
    translated = await translate(desk, words.text, relay.language) if relay.language else None
    if translated is None:
        pass_words(desk, member, approval, words, seq)
        _say_relayed(desk, customer)
        return
    pass_words(desk, member, approval, replace(words, text=translated), seq)
    desk.say("relayed_translated", customer=customer, text=quote(translated, _SUGGESTION_SHOWN))


async def show_customer(desk: DeskTurn, event: CustomerRelayed, seq: int) -> None:
    """Says from whom it is; when the owner writes to somebody else right now, *Switch* turns to this one."""
    relay = desk.state.relay_of(event.stream_id)
    if event.suggestion:
        _show_suggestion(desk, event, relay, seq)
        return
    name = event.contact_name or (relay.name if relay else "")
    who = {"customer": name_customer(desk, name), "channel": name_place(desk, event.channel)}
    media = [item for item in event.attachments if item.kind != "sticker"]
    words = quote(event.text) if event.text.strip() else ""
    if not words and len(media) < len(event.attachments):
        words = desk.write("sticker")
    text = desk.write("customer_says", text=words, **who) if words or not media else desk.write("customer_sent", **who)
    if relay is not None:
        watch_silence(desk, relay.approval_id)
        text += await _translate_for(desk, relay, event.text)
    elsewhere = relay is not None and desk.state.active != relay.approval_id
    buttons = (switch_button(desk, relay.approval_id),) if relay is not None and elsewhere else ()
    if relay is not None and words and len(text) <= TEXT_WITH_BUTTONS:
        buttons += (suggest_button(desk, relay),)
    if buttons and len(text) > TEXT_WITH_BUTTONS:
        desk.send_text(text)
        desk.say("switch_to", *buttons, customer=who["customer"])
    else:
        desk.send_text(text, *buttons)
    for item in media:
        assert item.kind != "sticker"
        desk.send(
            SendMedia(
                media=item.kind,
                from_account=event.from_account,
                ref=item.ref,
                name=item.name,
                mime=item.mime,
                author="system",
            )
        )


async def _translate_for(desk: DeskTurn, relay: Relay, text: str) -> str:
    """The words in the owner's language, on a line of its own. Remembers what the customer writes in."""
    other = find_other_language(text, desk.language)
    if other != relay.language and (other is not None or text.strip()):
        desk.state = desk.state.speaking(relay.approval_id, other)
    translated = await translate(desk, text, desk.language) if other else None
    return f"\n🌐 {quote(translated, _SUGGESTION_SHOWN)}" if translated else ""


async def tap_suggestion(desk: DeskTurn, member: Member, tap: ButtonTapped, seq: int) -> bool:
    """False when the tap is none on a suggestion. A suggestion is sent once."""
    match = _SUGGESTION.fullmatch(tap.data)
    if match is None:
        return False
    suggestion = desk.state.suggestion(int(match[1]))
    relay = desk.state.relay(suggestion.approval_id) if suggestion else None
    if member.role == "viewer":
        desk.say("viewer_cannot")
    elif suggestion is None or relay is None:
        desk.say("suggestion_gone")
    elif (approval := await _find_held(desk, relay)) is not None:
        pass_words(desk, member, approval, Words(text=suggestion.text), seq)
        desk.state = desk.state.without_suggestion(suggestion.seq)
        customer = name_customer(desk, relay.name)
        shown = quote(suggestion.text, _SUGGESTION_SHOWN)
        desk.edit_card(_name_card(suggestion.seq), desk.write("suggestion_sent", customer=customer, text=shown))
        _say_relayed(desk, customer)
    return True


def refuse_edit(desk: DeskTurn) -> None:
    """What was passed on cannot be taken back; silence would look as if it had been."""
    if relay := desk.state.active_relay:
        desk.say("edit_not_sent", customer=name_customer(desk, relay.name))


def _show_suggestion(desk: DeskTurn, event: CustomerRelayed, relay: Relay | None, seq: int) -> None:
    name = event.contact_name or (relay.name if relay else "")
    customer = name_customer(desk, name)
    text = desk.write("suggestion", customer=customer, text=quote(event.text, _SUGGESTION_SHOWN))
    if relay is None:
        desk.send_text(text)
        return
    desk.state = desk.state.with_suggestion(Suggestion(seq=seq, approval_id=relay.approval_id, text=event.text))
    desk.send_text(text, desk.button("button_send", f"sug:send:{seq}"), card=_name_card(seq))


def _say_relayed(desk: DeskTurn, customer: str) -> None:
    desk.say_once("relayed", customer=customer, tenant=name_business(desk))


async def _find_held(desk: DeskTurn, relay: Relay) -> Approval | None:
    """None, and the owner told, when the conversation is no longer this desk's."""
    approval = await desk.approval(relay.approval_id)
    if approval is not None and approval.status == "take_over":
        return approval
    desk.state = desk.state.without_relay(relay.approval_id)
    reason = describe_decided(desk, approval) if approval else desk.write("card_invalid")
    desk.send_text(f"{reason} {desk.write('not_sent')}")
    ask_whom(desk)
    return None


def _name_card(seq: int) -> str:
    return f"sug:{seq}"
