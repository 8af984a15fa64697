"""What a chart shows, in figures and words; nothing of how it looks."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Label = Annotated[str, Field(max_length=80)]


class Outlook(BaseModel):
    """Of a month that is under way: what it comes to, and what it may."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    so_far: int = Field(ge=1)
    """How many of the days are begun; the sum ends at the last of them."""
    heading: Label
    expected: float | None = None
    """At the end of the month."""
    expected_label: Label = ""
    limit: float | None = None
    limit_label: Label = ""


class Chart(BaseModel):
    """Bars, one a day; with an outlook also their sum, above them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Label
    subtitle: Label = ""
    heading: Label = ""
    """Of the bars, where there is an outlook too."""
    days: tuple[Label, ...] = Field(min_length=1, max_length=31)
    values: tuple[float, ...] = Field(min_length=1, max_length=31)
    language: str
    currency: str | None = None
    """Values are money; None: counts."""
    outlook: Outlook | None = None
