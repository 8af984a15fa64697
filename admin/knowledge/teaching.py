"""A question and its answer: shown without the customer's name and numbers, changed if need be, then remembered."""

from datetime import datetime

from admin.knowledge.adding import clean_name
from admin.knowledge.gaps import find_gap
from admin.knowledge.masking import mask_customer, mask_name
from admin.knowledge.memory import Lesson, drop_lesson, keep_lesson, read_kept
from admin.session import DeskTurn
from admin.texts import quote
from agents.actions.desks.declaring import propose
from agents.actions.desks.knowledge import ADD, AddArguments
from core.errors import Rejected
from core.ids import ApprovalId

LONGEST_QUESTION = 300
LONGEST_ANSWER = 3_000
_QUESTION, _ANSWER = 300, 450
"""Characters of each that are shown, so that the text fits beside buttons."""


def show_lesson(desk: DeskTurn, lesson: Lesson) -> None:
    desk.say(
        "kno_lesson", desk.button("kno_button_save", f"kno:save:{lesson.number}"),
        desk.button("kno_button_question", f"kno:editq:{lesson.number}"),
        desk.button("kno_button_answer", f"kno:edita:{lesson.number}"), question=quote(lesson.question, _QUESTION),
        answer=quote(lesson.answer, _ANSWER),
    )  # fmt: skip


def begin_lesson(
    desk: DeskTurn, question: str, answer: str, closes: tuple[str, ...], replaces: int | None = None
) -> bool:
    """False when the answer cannot be taken, after saying why."""
    answer = answer.replace("\0", "").strip()
    if not answer:
        desk.say("kno_only_words")
        return False
    if len(answer) > LONGEST_ANSWER:
        desk.say("kno_answer_too_long")
        return False
    show_lesson(desk, keep_lesson(desk, question[:LONGEST_QUESTION].strip(), answer, closes, replaces))
    return True


async def begin_remembering(desk: DeskTurn, approval_id: str) -> None:
    """After an owner answered a customer: the same for whoever asks next."""
    approval = await desk.approval(ApprovalId(approval_id))
    if approval is None or approval.kind != "escalation" or approval.status != "answer" or not approval.decided_text:
        desk.say("kno_gap_closed", desk.button("kno_button_gaps", "kno:gaps:0"))
        return
    gap = await find_gap(desk, approval_id)
    question = mask_customer(approval.question, approval.contact_name)
    answer = mask_name(approval.decided_text, approval.contact_name)
    begin_lesson(desk, question, answer, gap.ids if gap else (approval_id,))


def ask_change(desk: DeskTurn, number: int, what: str, at: datetime) -> None:
    """`what`: `question` or `answer`."""
    lesson = _find(desk, number)
    if lesson is None:
        return
    desk.ask("kno", what, at, number=number)
    key = "kno_write_question" if what == "question" else "kno_write_other_answer"
    desk.say(key, desk.button("button_cancel", "kno:cancel"), question=quote(lesson.question, _QUESTION))


def change(desk: DeskTurn, number: int, what: str, words: str) -> None:
    lesson = _find(desk, number)
    if lesson is None:
        return
    words = words.replace("\0", "").strip()
    question, answer = (words, lesson.answer) if what == "question" else (lesson.question, words)
    if not any(char.isalnum() for char in question):
        desk.say("kno_only_words")
        return
    begin_lesson(desk, question, answer, lesson.closes, lesson.replaces)


def save(desk: DeskTurn, number: int) -> None:
    lesson = _find(desk, number)
    if lesson is None:
        return
    name = clean_name(lesson.question) or "?"
    try:
        action = propose(
            ADD,
            AddArguments(
                origin="taught", name=name, exact=True, question=lesson.question, text=lesson.answer,
                closes=lesson.closes, replaces=lesson.replaces,
            ),
        )  # fmt: skip
    except Rejected:
        desk.say("kno_answer_too_long")
        return
    drop_lesson(desk)
    desk.propose(action)
    desk.note("knowledge.taught", questions=len(lesson.closes))


def _find(desk: DeskTurn, number: int) -> Lesson | None:
    """None when it was stored or put aside, or another was begun, after saying so."""
    lesson = read_kept(desk).lesson
    if lesson is None or lesson.number != number:
        desk.say("kno_lesson_gone", desk.button("kno_button_gaps", "kno:gaps:0"))
        return None
    return lesson
