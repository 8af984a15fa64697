"""Charts at a desk: asked for with an action, shown when its result is there."""

from datetime import date
from typing import Literal

import structlog
from pydantic import BaseModel, ConfigDict, ValidationError

from admin.reports.periods import Period, name_days
from admin.session import DeskTurn
from agents.actions.desks.declaring import propose
from agents.actions.desks.drawing import DRAW_CHART, DrawChart
from core.events import ActionResult
from core.ids import INTERNAL
from core.messages import SendMedia
from core.money import Money
from core.texts import write_money, write_rounded_money, write_small_money
from core.turns import Member

_log = structlog.get_logger(__name__)


class Drawn(BaseModel):
    """What `jobs.drawing` says of a picture."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ref: str
    report: Literal["spending", "messages"]
    first: date
    last: date
    total: int
    """Micro-units, or messages."""
    currency: str
    expected: int | None = None
    limit: int | None = None


def draw_spending(desk: DeskTurn, period: Period) -> None:
    _draw(desk, period, "spending")


def draw_messages(desk: DeskTurn, period: Period) -> None:
    _draw(desk, period, "messages")


def _draw(desk: DeskTurn, period: Period, report: Literal["spending", "messages"]) -> None:
    arguments = DrawChart(report=report, first=period.first, last=period.last, language=desk.language)
    desk.propose(propose(DRAW_CHART, arguments))


async def show_picture(desk: DeskTurn, member: Member, result: ActionResult) -> None:
    del member
    try:
        drawn = Drawn.model_validate(result.result) if result.ok else None
    except ValidationError as error:
        _log.error("picture_result_unreadable", errors=error.error_count())
        drawn = None
    if drawn is None:
        desk.say("rep_no_picture")
        return
    name = f"{drawn.report}-{drawn.first.isoformat()}.png"
    desk.send(
        SendMedia(
            media="photo", from_account=INTERNAL, ref=drawn.ref, name=name, mime="image/png",
            caption=_caption(desk, drawn), author="system",
        )
    )  # fmt: skip


def _caption(desk: DeskTurn, drawn: Drawn) -> str:
    period = name_days(drawn.first, drawn.last, desk.language)
    if drawn.report == "messages":
        return desk.write("rep_caption_messages", period=period, count=drawn.total)
    money = Money(micros=drawn.total, currency=drawn.currency)
    parts = [desk.write("rep_caption_spending", period=period, amount=write_small_money(money, desk.language))]
    if drawn.expected is not None:
        expected = write_rounded_money(Money(micros=drawn.expected, currency=drawn.currency), desk.language, 2)
        parts.append(desk.write("rep_chart_expected", amount=expected))
    if drawn.limit is not None:
        limit = write_money(Money(micros=drawn.limit, currency=drawn.currency), desk.language)
        parts.append(desk.write("rep_chart_limit", amount=limit))
    return " · ".join(parts)
