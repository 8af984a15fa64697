"""Work that lasts longer than a talk: where it stands, and what a member wants of it."""

import re
from typing import Literal, cast

from admin.cards import name_business
from admin.session import DeskTurn
from admin.texts import load_catalogue, quote
from agents.cases.kinds import KINDS
from core.business import CaseView
from core.events import ButtonTapped, CaseOrder, OwnerNotice
from core.messages import Button, EditCard
from core.texts import write_moment
from core.turns import Member

Order = Literal["start", "done", "cancel"]
_TAPPED: tuple[Order, ...] = ("start", "done", "cancel")
"""Of all that a kind of case takes from members: what needs no words."""
_BUTTON = re.compile(r"case:(start|done|cancel):([0-9a-f]{8}):([^\x00-\x1f]{1,40})", re.ASCII)
_LONGEST_ID = 44
"""Bytes: what the tenant in front of it leaves of a button's id."""
_SHOWN = 8
_TITLE, _REFERENCE, _STEP, _LONGEST_REFERENCE = 160, 64, 60, 64


async def show_cases(desk: DeskTurn) -> None:
    cases = await desk.tools.reader.open_cases(_SHOWN + 1)
    for case in cases[:_SHOWN]:
        _send(desk, case)
    if not cases:
        desk.send_text(f"{name_business(desk)} · {desk.write('cases_none')}")
    elif len(cases) > _SHOWN:
        desk.say("cases_more")


async def show_case(desk: DeskTurn, reference: str) -> None:
    """One by its reference, also one that is closed."""
    reference = reference.replace("\0", "").strip()
    if not reference:
        desk.say("case_which")
        return
    case = await desk.tools.reader.find_case(reference) if len(reference) <= _LONGEST_REFERENCE else None
    if case is None:
        desk.say("case_unknown", reference=quote(reference, _REFERENCE))
    else:
        _send(desk, case)


async def tap_case(desk: DeskTurn, member: Member, tap: ButtonTapped) -> bool:
    """False for a button that is not a case's. What comes of an order the case itself decides, in its own turn."""
    if not tap.data.startswith("case:"):
        return False
    match = _BUTTON.fullmatch(tap.data)
    case = await desk.tools.reader.find_case(match[3]) if match else None
    if match is None or case is None or not case.stream_id.hex.startswith(match[2]):
        desk.say("card_invalid")
        return True
    order = cast("Order", match[1])
    if member.role == "viewer":
        desk.say("viewer_cannot")
    elif order not in _orders(case):
        desk.say("case_not_now", reference=quote(case.reference, _REFERENCE), step=name_step(desk, case))
        _refresh(desk, case, tap.message_id)
    else:
        desk.order_case(case, CaseOrder(order=order, by="member", name=member.name))
        text = f"{_describe(desk, case)}\n\n{desk.write(f'case_ordered_{order}')}"
        desk.send(EditCard(card=_name_card(case), text=text, message_id=tap.message_id))
        desk.say_once("case_passed_on", reference=quote(case.reference, _REFERENCE))
    return True


async def follow_case(desk: DeskTurn, notice: OwnerNotice) -> None:
    """The card of a case that moved on shows where it stands, and only the buttons that still fit."""
    reference = notice.fields.get("reference")
    if notice.notice not in ("case_due", "case_news") or not isinstance(reference, str):
        return
    if len(reference) <= _LONGEST_REFERENCE and (case := await desk.tools.reader.find_case(reference)) is not None:
        _refresh(desk, case, None)


def _refresh(desk: DeskTurn, case: CaseView, message_id: str | None) -> None:
    buttons = _buttons(desk, case)
    rows = (buttons,) if buttons else ()
    text = _describe(desk, case)
    desk.send(EditCard(card=_name_card(case), text=text, buttons=rows, message_id=message_id, quiet=True))


def name_kind(desk: DeskTurn, kind: str) -> str:
    key = f"kind_{kind}"
    return desk.write(key) if key in load_catalogue().keys else quote(kind.replace("_", " "), _STEP)


def name_step(desk: DeskTurn, case: CaseView) -> str:
    """Steps that the desk has no word for are shown as they are."""
    for key in (f"step_{case.kind}_{case.step}", f"step_{case.kind}"):
        if key in load_catalogue().keys:
            return desk.write(key)
    return quote(case.step.replace("_", " "), _STEP)


def _send(desk: DeskTurn, case: CaseView) -> None:
    desk.send_text(_describe(desk, case), *_buttons(desk, case), card=_name_card(case))


def _describe(desk: DeskTurn, case: CaseView) -> str:
    zone = desk.turn.tenant.time_zone
    title = desk.write(
        "case_title",
        reference=quote(case.reference, _REFERENCE),
        kind=name_kind(desk, case.kind),
        tenant=name_business(desk),
    )
    since = write_moment(case.changed_at, desk.language, zone)
    lines = [title, quote(case.title, _TITLE), desk.write("case_step", step=name_step(desk, case), since=since)]
    if case.deadline is not None and case.closed_at is None:
        lines.append(desk.write("case_deadline", deadline=write_moment(case.deadline, desk.language, zone)))
    if case.attempts:
        lines.append(desk.write("case_attempts", attempts=case.attempts))
    return "\n".join(line for line in lines if line)


def _orders(case: CaseView) -> tuple[Order, ...]:
    kind = KINDS.get(case.kind)
    if kind is None or case.closed_at is not None:
        return ()
    return tuple(order for order in _TAPPED if order in kind.orders.get(case.step, ()))


def _buttons(desk: DeskTurn, case: CaseView) -> tuple[Button, ...]:
    if desk.member is None or desk.member.role == "viewer":
        return ()
    place = f"{case.stream_id.hex[:8]}:{case.reference}"
    buttons = tuple(desk.button(f"button_case_{order}", f"case:{order}:{place}") for order in _orders(case))
    return () if any(len(button.id.encode()) > _LONGEST_ID for button in buttons) else buttons


def _name_card(case: CaseView) -> str:
    return f"case:{case.stream_id.hex}"
