"""Every change is shown, then confirmed: once, by an owner, over the business as it was shown."""

from admin.agents.memory import Memory, Pending, Proposal, read_memory, write_memory
from admin.agents.pages import show_card
from admin.agents.proposals import Impossible, make, preview
from admin.session import DeskTurn
from core.messages import Button
from core.turns import Member


def is_owner(desk: DeskTurn, member: Member) -> bool:
    """Says so where not."""
    if member.role != "owner":
        desk.say("agt_owner_only")
    return member.role == "owner"


async def propose(desk: DeskTurn, proposal: Proposal, *, after: str = "") -> None:
    """`after`: more to see before deciding, such as a sample. What waited before is not confirmed any more."""
    business = await desk.business()
    memory = read_memory(desk)
    try:
        text = preview(desk, business, proposal)
    except Impossible as error:
        write_memory(desk, memory.model_copy(update={"pending": None}))
        desk.send_text(str(error))
        return
    serial = memory.serial + 1
    pending = Pending(serial=serial, version=business.version, proposal=proposal)
    write_memory(desk, Memory(serial=serial, pending=pending))
    parts = [text, *([after] if after else []), desk.write("agt_shall_it")]
    buttons = (
        desk.button("agt_button_confirm", f"agt:yes:{serial}"), desk.button("agt_button_leave", f"agt:no:{serial}"),
    )  # fmt: skip
    show_card(desk, _card(serial), "\n\n".join(parts), (buttons,))


async def confirm(desk: DeskTurn, serial: int) -> Proposal | None:
    """What was made of it; None when nothing was."""
    pending = _take(desk, serial)
    if pending is None:
        return None
    business = await desk.business()
    if business.version != pending.version:
        desk.edit_card(_card(serial), desk.write("agt_changed_meanwhile"))
        await propose(desk, pending.proposal)
        return None
    try:
        text = preview(desk, business, pending.proposal)
        await make(desk, business, pending.proposal)
    except Impossible as error:
        desk.edit_card(_card(serial), str(error))
        return None
    more = _lead_on(desk, pending.proposal)
    desk.edit_card(_card(serial), f"{desk.write('agt_done')}\n{text}", more)
    return pending.proposal


def leave(desk: DeskTurn, serial: int) -> None:
    if _take(desk, serial) is not None:
        desk.edit_card(_card(serial), desk.write("agt_left"))


def _take(desk: DeskTurn, serial: int) -> Pending | None:
    """Once. Says so when it is over."""
    memory = read_memory(desk)
    if memory.pending is None or memory.pending.serial != serial:
        desk.say_once("agt_preview_gone")
        return None
    write_memory(desk, memory.model_copy(update={"pending": None}))
    return memory.pending


def _lead_on(desk: DeskTurn, proposal: Proposal) -> Button:
    match proposal.kind:
        case "rules":
            return desk.button("agt_button_actions", "agt:acts")
        case "add" | "remove":
            return desk.button("agt_button_team", "agt:team")
        case "tone":
            return desk.button("agt_button_tone", "agt:tone")
        case "guide" | "unguide":
            return desk.button("agt_button_rules", "agt:rules")


def _card(serial: int) -> str:
    return f"agt:p:{serial}"
