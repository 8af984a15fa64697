"""The team: who answers colleagues, who votes, who serves which wish by rules."""

from collections.abc import Awaitable, Callable, Mapping

from agents.colleagues import Team
from agents.draft import Draft
from agents.intake.request import Request
from agents.specialists import billing, general, logistics, quality, sales

TEAM = Team(
    shipments=logistics.answer,
    invoices=billing.answer,
    orders=sales.answer,
    opinions={
        "logistics": logistics.think, "billing": billing.think, "sales": sales.think, "qa": quality.think,
    },
)  # fmt: skip
Server = Callable[[Draft, Request], Awaitable[bool]]
SERVERS: Mapping[str, tuple[Server, ...]] = {
    "logistics": (logistics.serve, sales.serve, general.serve),
    "sales": (sales.serve, logistics.serve, general.serve),
    "billing": (billing.serve, general.serve),
}
"""By agent, in the order in which they try; True: served. All others are general."""
OTHERS: tuple[Server, ...] = (general.serve,)
