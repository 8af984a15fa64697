"""`/note`: a word about a conversation for colleagues; customers and models never see it."""

from admin.cards import name_customer, name_member
from admin.session import DeskTurn
from admin.texts import quote
from core.desk_changes import KeepNote
from core.ids import StreamId
from core.texts import write_moment
from core.turns import Member

LONGEST_NOTE = 500
_SHOWN, _LONGEST_LINE = 5, 200


async def take_note(desk: DeskTurn, member: Member, text: str) -> None:
    """About the conversation that the member has right now. Without words: shows what was noted."""
    relay = desk.state.active_relay
    text = " ".join(text.replace("\0", "").split())
    if relay is None:
        desk.say("note_nobody")
    elif not text:
        shown = await describe_notes(desk, relay.stream_id)
        desk.send_text(shown) if shown else desk.say("note_how", customer=name_customer(desk, relay.name))
    elif len(text) > LONGEST_NOTE:
        desk.say("note_too_long", most=LONGEST_NOTE)
    else:
        desk.change(KeepNote(stream_id=relay.stream_id, member_id=member.member_id, text=text))
        desk.note("conversation.note", stream=relay.stream_id.hex)
        desk.say("note_kept", customer=name_customer(desk, relay.name))


async def describe_notes(desk: DeskTurn, stream: StreamId) -> str:
    """Markdown; empty when there are none."""
    zone = desk.turn.tenant.time_zone
    lines = [
        f"• {write_moment(each.at, desk.language, zone)}, {name_member(desk, each.member_name)}: "
        f"{quote(each.text, _LONGEST_LINE)}"
        for each in await desk.office.notes.notes(stream, _SHOWN)
    ]
    return "\n".join((desk.write("note_title"), *lines)) if lines else ""
