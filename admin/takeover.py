"""A person in the bot's place: taking a conversation over, choosing between several, handing back."""

from dataclasses import replace

from admin.cards import describe_decided, name_customer
from admin.conversations.notes import describe_notes
from admin.conversations.silence import stop_watching, watch_silence
from admin.conversations.summaries import describe_taken
from admin.session import DeskTurn
from admin.state import Relay
from admin.texts import quote, shorten
from admin.words import decide
from core.changes import SetMode
from core.ids import ApprovalId
from core.messages import Button
from core.turns import Approval, Member

_HISTORY_SHOWN, _HISTORY_CHARACTERS = 6, 140
_OPEN_LOOKED_AT = 200
_LABEL = 20


async def take_over(desk: DeskTurn, member: Member, approval: Approval) -> None:
    """A conversation has one holder, also when several of its questions wait."""
    mine = desk.state.relay_of(approval.stream_id)
    if mine is not None:
        _write_to(desk, mine)
        return
    holding = await _find_holding(desk, approval)
    if holding is not None:
        desk.send_text(describe_decided(desk, holding))
        return
    decide(desk, member, approval, "take_over")
    desk.change(SetMode(stream_id=approval.stream_id, mode="human", holder=desk.turn.stream_id))
    relay = Relay(
        approval_id=approval.approval_id,
        stream_id=approval.stream_id,
        name=approval.contact_name,
        channel=approval.channel,
    )
    desk.state = desk.state.with_relay(relay).expecting()
    watch_silence(desk, relay.approval_id)
    await _show_history(desk, approval)
    desk.say("taken_over", release_button(desk, relay.approval_id), customer=name_customer(desk, relay.name))


async def release(desk: DeskTurn, member: Member, approval: Approval) -> None:
    """Whoever may decide may also hand back what a colleague left taken over. Sums up what was said meanwhile."""
    if approval.status != "take_over":
        tell_standing(desk, approval)
        return
    decide(desk, member, approval, "release")
    desk.change(SetMode(stream_id=approval.stream_id, mode="bot", holder=None))
    desk.state = desk.state.without_relay(approval.approval_id)
    stop_watching(desk, approval.approval_id)
    desk.say("released", customer=name_customer(desk, approval.contact_name))
    if summary := await describe_taken(desk, approval):
        desk.send_text(summary)
    ask_whom(desk)


def switch(desk: DeskTurn, approval: Approval) -> None:
    relay = desk.state.relay(approval.approval_id)
    if relay is None or approval.status != "take_over":
        tell_standing(desk, approval)
    else:
        _write_to(desk, relay)


def tell_standing(desk: DeskTurn, approval: Approval) -> None:
    """Says why a tap changes nothing. On a conversation that this desk has, it goes on with that one."""
    relay = desk.state.relay(approval.approval_id)
    if approval.status == "pending":
        desk.say("not_taken_over", customer=name_customer(desk, approval.contact_name))
    elif relay is not None and approval.status == "take_over":
        _write_to(desk, relay)
    else:
        desk.send_text(describe_decided(desk, approval))


def ask_whom(desk: DeskTurn) -> None:
    """When it is open to whom the owner writes next: the latest three, which is what fits on a card."""
    if desk.state.active is None and desk.state.relays:
        buttons = (_name_button(desk, relay) for relay in desk.state.relays[:-4:-1])
        desk.say("whom_to_write", *buttons)


def remind_active(desk: DeskTurn) -> None:
    if relay := desk.state.active_relay:
        desk.say("still_writing_to", customer=name_customer(desk, relay.name))


def release_button(desk: DeskTurn, approval_id: ApprovalId) -> Button:
    return desk.button("button_release", f"esc:release:{approval_id}")


def switch_button(desk: DeskTurn, approval_id: ApprovalId) -> Button:
    return desk.button("button_switch", f"esc:switch:{approval_id}")


def _write_to(desk: DeskTurn, relay: Relay) -> None:
    desk.state = replace(desk.state.expecting(), active=relay.approval_id)
    desk.say("switched", release_button(desk, relay.approval_id), customer=name_customer(desk, relay.name))


def _name_button(desk: DeskTurn, relay: Relay) -> Button:
    button = switch_button(desk, relay.approval_id)
    return replace(button, label=shorten(relay.name, _LABEL) or button.label)


async def _find_holding(desk: DeskTurn, approval: Approval) -> Approval | None:
    """Another question of the same conversation, for which somebody has taken it over."""
    for other in await desk.tools.reader.taken_over(_OPEN_LOOKED_AT):
        if other.stream_id == approval.stream_id:
            current = await desk.approval(other.approval_id)
            if current is not None and current.status == "take_over":
                return current
    return None


async def _show_history(desk: DeskTurn, approval: Approval) -> None:
    customer = name_customer(desk, approval.contact_name)
    authors = {"customer": customer, "bot": desk.write("author_bot"), "owner": desk.write("author_owner")}
    lines = [
        f"**{authors[message.author]}:** {quote(message.text, _HISTORY_CHARACTERS)}"
        for message in await desk.tools.reader.history(approval.stream_id, _HISTORY_SHOWN)
        if message.author in authors and message.text.strip()
    ]
    if lines:
        desk.send_text("\n".join((desk.write("history_title"), *lines)))
    if notes := await describe_notes(desk, approval.stream_id):
        desk.send_text(notes)
