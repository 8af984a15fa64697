"""The first question, and the business that comes of its answer."""

from datetime import datetime, timedelta

from admin.onboarding.places import guess_place
from admin.onboarding.progress import SECTION, title
from admin.onboarding.words import MOST_NAME, read_name
from admin.session import DeskTurn
from admin.state import Asking
from admin.texts import pick_language
from agents.actions.desks.declaring import propose
from agents.actions.desks.opening import OPEN_BUSINESS, OpenBusinessArguments
from core.events import ActionResult, MessageReceived
from core.ids import OPERATOR

NAME, OPENING = "name", "opening"
_PATIENCE = timedelta(minutes=1)
"""After that long without an outcome one may begin anew."""
_MOST_MEMBER_NAME = 100


async def may_open(desk: DeskTurn) -> bool:
    """The executor looks again. Raises Transient."""
    if desk.office.signup_open:
        return True
    seats = await desk.office.people.seats(desk.turn.account_id, desk.turn.chat)
    return any(seat.role == "owner" or seat.tenant_id == OPERATOR for seat in seats)


async def ask_name(desk: DeskTurn, at: datetime) -> None:
    if not await may_open(desk):
        desk.say_once("onboarding_closed")
        return
    desk.ask(SECTION, NAME, at)
    desk.say_once("onboarding_ask_name", title=title(desk, "name"))


def take_name(desk: DeskTurn, message: MessageReceived, at: datetime) -> None:
    name = read_name(message)
    if not name:
        desk.say_once("onboarding_name_empty")
    elif len(name) > MOST_NAME:
        desk.say_once("onboarding_name_long", most=MOST_NAME)
    else:
        _open(desk, message, name, at)


def _open(desk: DeskTurn, message: MessageReceived, name: str, at: datetime) -> None:
    sender = message.sender
    place = guess_place(sender.language, sender.phone)
    member = " ".join(sender.name.replace("\0", "").split()) or sender.username or desk.write("unnamed_member")
    desk.propose(
        propose(
            OPEN_BUSINESS,
            OpenBusinessArguments(
                name=name, language=place.language, time_zone=place.time_zone, currency=place.currency,
                member_name=member[:_MOST_MEMBER_NAME], member_language=(sender.language or "")[:35] or None,
                chat=desk.turn.chat,
            ),
        )
    )  # fmt: skip
    desk.ask(SECTION, OPENING, at, language=desk.language)


def is_opening(asking: Asking, at: datetime) -> bool:
    return asking.what == OPENING and at - asking.since < _PATIENCE


def take_opened(desk: DeskTurn, result: ActionResult) -> None:
    """The business speaks for itself at its own desk; only what went wrong is told here."""
    asking = desk.state.asking
    if asking is not None and asking.section == SECTION and asking.what == OPENING:
        desk.state = desk.state.expecting()
        if desk.member is None:
            desk.language = pick_language(str(asking.data.get("language") or ""))
    refused = result.result.get("refused") if result.ok else "failed"
    texts = {
        "closed": "onboarding_closed", "often": "onboarding_often", "full": "onboarding_full",
        "failed": "onboarding_failed",
    }  # fmt: skip
    if refused is not None:
        desk.say(texts.get(str(refused), "onboarding_failed"))
