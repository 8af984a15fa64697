"""Deciding several alike at once: they are listed, asked about once, and decided in one turn.

What somebody decided meanwhile is left out, and said. Of more than `MOST` the rest comes after these.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from admin.action_fields import find_declared, name_action
from admin.action_rights import is_open, may_approve
from admin.action_taps import approve_asked
from admin.cards import name_business, name_customer
from admin.inbox.kept import Bulk, keep, read_kept
from admin.inbox.lines import list_lines, write_count
from admin.session import DeskTurn
from admin.texts import quote
from admin.words import decide
from core.ids import ApprovalId
from core.messages import Button, EditCard, SendText
from core.office.inbox import Waiting
from core.turns import Approval, Member

MOST = 8
"""What fits on one message with buttons."""
OLD = timedelta(days=1)
_LOOKED_AT = 50
"""Actions, longest waiting first: those that are alike are mostly beside each other."""
_TITLE = 60


async def find_alike(desk: DeskTurn, items: Sequence[Waiting]) -> tuple[ApprovalId, int] | None:
    """The first kind of action on the page of which several may be approved at once, and how many."""
    names = dict.fromkeys(item.asked.action.name for item in items if item.asked is not None)
    for name in names:
        if _is_harmless(desk, name) and len(alike := await _list_alike(desk, name)) > 1:
            return alike[0].approval_id, len(alike)
    return None


async def count_old(desk: DeskTurn) -> int:
    """Two or more: one is dismissed on its card."""
    old = await _list_old(desk)
    return len(old) if len(old) > 1 else 0


async def ask_alike(desk: DeskTurn, approval_id: ApprovalId) -> bool:
    """False for what is no action."""
    approval = await desk.approval(approval_id)
    if approval is None or approval.asked is None:
        return False
    name = approval.asked.action.name
    alike = await _list_alike(desk, name) if _is_harmless(desk, name) else []
    if not alike:
        desk.say("box_alike_none")
        return True
    title = quote(name_action(desk, name), _TITLE)
    text = desk.write("box_alike_ask", tenant=name_business(desk), title=title)
    _ask(desk, Bulk(number=desk.turn.upto_seq, verb="approve", ids=_ids(alike)), text, alike)
    return True


async def ask_old(desk: DeskTurn) -> None:
    old = await _list_old(desk)
    if old:
        text = desk.write("box_old_ask", tenant=name_business(desk))
        _ask(desk, Bulk(number=desk.turn.upto_seq, verb="dismiss", ids=_ids(old)), text, old)
    else:
        desk.say("box_old_none")


async def answer_bulk(desk: DeskTurn, member: Member, number: int, message_id: str, *, yes: bool) -> None:
    """Only what was listed, only once, and of that only what still waits."""
    kept = read_kept(desk)
    if kept.bulk is None or kept.bulk.number != number:
        desk.say("box_bulk_over")
        return
    keep(desk, replace(kept, bulk=None))
    if not yes:
        _close(desk, kept.bulk, desk.write("box_bulk_left"), message_id)
        return
    done, left = 0, list[str]()
    for approval_id in kept.bulk.ids:
        approval = await desk.approval(approval_id)
        if approval is not None and _decide(desk, member, approval, kept.bulk):
            done += 1
        elif approval is not None:
            left.append(name_customer(desk, approval.contact_name))
    text = f"{name_business(desk)} · {write_count(desk, f'box_bulk_{kept.bulk.verb}', done)}"
    if left:
        text += "\n" + desk.write("box_bulk_left_out", names=", ".join(left))
    _close(desk, kept.bulk, text, message_id)


def _decide(desk: DeskTurn, member: Member, approval: Approval, bulk: Bulk) -> bool:
    """Looks again at all that made it fit: rules and roles may have changed since it was listed."""
    asked = approval.asked
    if bulk.verb == "dismiss":
        if approval.status != "pending" or asked is not None:
            return False
        decide(desk, member, approval, "dismiss")
        return True
    if asked is None or not is_open(desk, approval) or not may_approve(desk, asked):
        return False
    if not _is_harmless(desk, asked.action.name):
        return False
    approve_asked(desk, member, approval)
    return True


def _is_harmless(desk: DeskTurn, name: str) -> bool:
    """By its declaration: nothing that is high risk, and no money that cannot come back."""
    declared = find_declared(desk, name)
    if declared is None or declared.risk == "high":
        return False
    return declared.reversal == "reversible" or not declared.money_moving


async def _list_alike(desk: DeskTurn, name: str) -> list[Waiting]:
    waiting = await desk.office.inbox.page(desk.tools.clock.now(), "action", _LOOKED_AT)
    fitting = [each for each in waiting if each.asked is not None and each.asked.action.name == name]
    return [each for each in fitting if each.asked is not None and may_approve(desk, each.asked)][:MOST]


async def _list_old(desk: DeskTurn) -> Sequence[Waiting]:
    now = desk.tools.clock.now()
    return await desk.office.inbox.old_questions(now - OLD, now, MOST)


def _ids(items: Sequence[Waiting]) -> tuple[ApprovalId, ...]:
    return tuple(item.approval_id for item in items)


def _ask(desk: DeskTurn, bulk: Bulk, text: str, items: Sequence[Waiting]) -> None:
    keep(desk, replace(read_kept(desk), bulk=bulk))
    yes = desk.write(f"box_yes_{bulk.verb}", count=len(items))
    buttons = (
        Button(id=f"box:yes:{bulk.number}", label=yes),
        Button(id=f"box:no:{bulk.number}", label=desk.write("button_cancel")),
    )
    text = f"{text}\n\n{list_lines(desk, items)}"
    desk.send(SendText(text=text, author="system", buttons=(buttons,), card=f"box:bulk:{bulk.number}"))


def _close(desk: DeskTurn, bulk: Bulk, text: str, message_id: str) -> None:
    desk.send(EditCard(card=f"box:bulk:{bulk.number}", text=text, message_id=message_id))
