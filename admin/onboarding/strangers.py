"""Whoever has no seat, and may make a business of their own. Where they may not, nothing of it is to be seen."""

from admin.onboarding.beginning import NAME, ask_name, is_opening, take_name, take_opened
from admin.onboarding.progress import SECTION
from admin.session import DeskTurn
from core.events import ActionResult, ButtonTapped, MessageReceived, RecordedEvent
from core.ids import OPERATOR

_BEGIN = f"{SECTION}:begin"
_STOP = ("/cancel", "/start", "/help")


async def meet_stranger(desk: DeskTurn, event: MessageReceived | ButtonTapped, recorded: RecordedEvent) -> bool:
    """False: they hear what every stranger hears."""
    if not desk.office.signup_open or desk.turn.tenant.tenant_id != OPERATOR:
        return False
    asking, at = desk.state.asking, recorded.recorded_at
    words = event.text.strip() if isinstance(event, MessageReceived) else ""
    command = words.split()[0].split("@")[0].lower() if words.startswith("/") else ""
    if command == "/new" or (isinstance(event, ButtonTapped) and event.data == _BEGIN):
        await ask_name(desk, at)
    elif command in _STOP:
        desk.state = desk.state.expecting()
        _offer(desk)
    elif asking is not None and is_opening(asking, at):
        desk.say_once("onboarding_one_moment")
    elif asking is not None and asking.what == NAME and isinstance(event, MessageReceived) and not command:
        take_name(desk, event, at)
    else:
        _offer(desk)
    return True


async def tell_stranger(desk: DeskTurn, result: ActionResult) -> None:
    if result.action == "open_business":
        take_opened(desk, result)


def _offer(desk: DeskTurn) -> None:
    desk.say("onboarding_stranger", desk.button("onboarding_button_begin", _BEGIN))
