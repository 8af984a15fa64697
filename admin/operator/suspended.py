"""The desk of a business that the operator has suspended: it says so, and lets people go elsewhere."""

from admin.cards import name_business
from admin.joining import find_code
from admin.session import DeskTurn
from core.events import ButtonTapped, Event, MessageReceived

_STILL = ("/switch", "/leave", "/people")
_STILL_TAPPED = ("ppl:seats:", "ppl:go:", "ppl:leave", "ppl:yes:leave", "ppl:no")


def answer_suspended(desk: DeskTurn, event: Event) -> bool:
    """False for what goes on all the same: news for the desk, another business, leaving."""
    match event:
        case MessageReceived():
            word = event.text.strip().split()[0].partition("@")[0].lower() if event.text.strip() else ""
            if word in _STILL or find_code(event.text) is not None:
                return False
        case ButtonTapped():
            if event.data.startswith(_STILL_TAPPED):
                return False
        case _:
            return False
    desk.listen_to(event.sender)
    desk.say_once("op_suspended_here", tenant=name_business(desk))
    return True
