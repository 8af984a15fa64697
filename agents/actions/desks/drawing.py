"""Pictures for a member's desk."""

from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import Field, model_validator

from agents.actions.declaration import Arguments
from agents.actions.desks.declaring import declare

MOST_DAYS = 31


class DrawChart(Arguments):
    report: Literal["spending", "messages"]
    first: date
    last: date
    """Of a month that is under way its last day."""
    language: Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,2}$")]
    """Of the words in the picture."""

    @model_validator(mode="after")
    def _check_days(self) -> "DrawChart":
        if not timedelta(0) <= self.last - self.first < timedelta(days=MOST_DAYS):
            raise ValueError("from one to thirty-one days")
        return self


DRAW_CHART = declare(
    "draw_chart",
    "Draws what was spent, or how many messages came, day by day",
    DrawChart,
    "ref: the picture's place; and what it shows, in figures",
    seat="viewer",
    touches="nothing",
)
