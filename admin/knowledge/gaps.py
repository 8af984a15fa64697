"""`/gaps`: what customers asked and nothing answered, most frequent first; each can be taught or put aside."""

from datetime import datetime

from admin.cards import name_business
from admin.knowledge.alike import Gap, group_alike
from admin.knowledge.masking import mask_customer
from admin.knowledge.wording import LOOKS_BACK
from admin.section import may_use
from admin.session import DeskTurn
from admin.texts import quote, shorten
from core.desk_changes import HideGaps
from core.ids import ApprovalId
from core.messages import Button
from core.texts import write_date
from core.turns import Member

PAGE = 4
"""Two buttons each, and WhatsApp shows ten."""
_LOOKED_AT = 500
_LABEL = 20
_LINE, _QUESTION, _SHOWN = 90, 250, 2


async def show_gaps(desk: DeskTurn, member: Member, page: int = 0) -> None:
    gaps = await _find_gaps(desk)
    page = page if page * PAGE < len(gaps) else 0
    shown = gaps[page * PAGE : (page + 1) * PAGE]
    if not shown:
        desk.say("kno_no_gaps", desk.button("kno_button_list", "kno:list:0"), business=name_business(desk))
        return
    may_teach = may_use(member, "manager")
    lines = [desk.write("kno_gaps_title", business=name_business(desk))]
    rows: list[tuple[Button, ...]] = []
    for number, gap in enumerate(shown, page * PAGE + 1):
        lines += _describe(desk, number, gap)
        if may_teach:
            rows.append((_numbered(desk, number, "teach", gap), _numbered(desk, number, "hide", gap)))
    last = [desk.button("kno_button_list", "kno:list:0")]
    if len(gaps) > PAGE:
        following = page + 1 if (page + 1) * PAGE < len(gaps) else 0
        last.append(desk.button("kno_button_more", f"kno:gaps:{following}"))
    desk.send_rows("\n".join(lines), [*rows, tuple(last)])


def _describe(desk: DeskTurn, number: int, gap: Gap) -> list[str]:
    """How it was put last, how often, and how else."""
    times = f"×{len(gap.questions)}, " if len(gap.questions) > 1 else ""
    when = write_date(gap.first.at.date(), desk.language)
    asked = list(dict.fromkeys(quote(each.question, _LINE) for each in gap.questions))
    return [f"**{number}.** {asked[0]} ({times}{when})", *(f"– {question}" for question in asked[1:_SHOWN])]


def _numbered(desk: DeskTurn, number: int, what: str, gap: Gap) -> Button:
    label = desk.write("kno_button_teach" if what == "teach" else "kno_button_hide")
    return Button(id=f"kno:{what}:{gap.first.approval_id}", label=shorten(f"{number}. {label}", _LABEL))


async def ask_answer(desk: DeskTurn, approval: str, at: datetime) -> None:
    """The owner's next words are the answer."""
    gap = await find_gap(desk, approval)
    if gap is None:
        desk.say("kno_gap_closed", desk.button("kno_button_gaps", "kno:gaps:0"))
        return
    question = mask_customer(gap.first.question, gap.first.contact_name)
    desk.ask("kno", "teach", at, question=question, closes=[*gap.ids])
    desk.say("kno_write_answer", desk.button("button_cancel", "kno:cancel"), question=quote(question, _QUESTION))


async def hide_gap(desk: DeskTurn, approval: str) -> None:
    gap = await find_gap(desk, approval)
    if gap is None:
        desk.say("kno_gap_closed", desk.button("kno_button_gaps", "kno:gaps:0"))
        return
    desk.change(HideGaps(approvals=tuple(ApprovalId(each) for each in gap.ids)))
    desk.note("knowledge.gap_hidden", questions=len(gap.ids))
    desk.say("kno_hidden", desk.button("kno_button_gaps", "kno:gaps:0"))


async def find_gap(desk: DeskTurn, approval: str) -> Gap | None:
    """The one that this question belongs to."""
    return next((gap for gap in await _find_gaps(desk) if approval in gap.ids), None)


async def _find_gaps(desk: DeskTurn) -> tuple[Gap, ...]:
    since = desk.tools.clock.now() - LOOKS_BACK
    questions = await desk.office.knowledge.open_questions(since, _LOOKED_AT)
    return group_alike(questions, desk.turn.tenant.language)
