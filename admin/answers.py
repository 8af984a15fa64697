"""*Answer*: the owner's next words go to the customer as the answer to one question."""

from dataclasses import replace
from datetime import datetime

from admin.cards import describe_decided, name_customer
from admin.session import DeskTurn
from admin.state import ANSWER_LAPSES, Answering
from admin.takeover import remind_active
from admin.texts import quote
from admin.words import Words, decide
from core.ids import ApprovalId
from core.turns import Approval, Member

_QUESTION = 420


def begin_answer(desk: DeskTurn, approval: Approval, at: datetime) -> None:
    answering = Answering(approval_id=approval.approval_id, name=approval.contact_name, since=at)
    desk.state = desk.state.expecting(answering=answering)
    cancel = desk.button("button_cancel", f"esc:cancel:{approval.approval_id}")
    customer = name_customer(desk, approval.contact_name)
    question = quote(approval.question, _QUESTION) or desk.write("no_words")
    desk.say("write_answer", cancel, customer=customer, question=question)


async def give_answer(desk: DeskTurn, member: Member, answering: Answering, words: Words, at: datetime) -> None:
    """`at` is when the words were recorded."""
    customer = name_customer(desk, answering.name)
    if not words.sendable:
        desk.say("cannot_pass_on", customer=customer)
        return
    desk.state = replace(desk.state, answering=None)
    approval = await desk.approval(answering.approval_id)
    if approval is None or approval.status != "pending":
        reason = describe_decided(desk, approval) if approval else desk.write("card_invalid")
        desk.send_text(f"{reason} {desk.write('not_sent')}")
    elif at - answering.since > ANSWER_LAPSES:
        again = desk.button("button_answer", f"esc:answer:{approval.approval_id}")
        desk.say("answer_lapsed", again, customer=customer)
    else:
        decide(desk, member, approval, "answer", words)
        remember = desk.button("kno_button_remember", f"kno:keep:{approval.approval_id}")
        desk.say("answer_sent", *([remember] if words.text else []), customer=customer)
    remind_active(desk)


def cancel_answer(desk: DeskTurn, approval_id: ApprovalId | None) -> None:
    """None cancels whatever answer was begun."""
    answering = desk.state.answering
    if answering is None or approval_id not in (None, answering.approval_id):
        desk.say("nothing_to_cancel")
        return
    desk.state = replace(desk.state, answering=None)
    desk.say("answer_cancelled", customer=name_customer(desk, answering.name))
    remind_active(desk)
