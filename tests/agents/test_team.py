"""Agents reach their own files only, and ask each other three deep at most."""

import re
from pathlib import Path

import pytest

from agents.colleagues import MOST_DEPTH, Colleagues, Matter, RecordsAnswer, ShipmentAnswer, ShipmentQuery, Team
from agents.specialists.team import TEAM
from core.business import Whose
from core.errors import Exhausted
from tenants.agents import SPECIALISTS
from tests.agents.world import ANA_CONTACT, NOON, People

AGENTS = Path(__file__).parents[2] / "agents"
FILES = {
    r"reader\.shipments\(": {"specialists/logistics.py"},
    r"reader\.records\(": {"specialists/billing.py", "specialists/sales.py"},
}


@pytest.mark.parametrize("look_up", FILES)
def test_each_kind_of_file_has_its_agents(look_up: str) -> None:
    users = {
        str(path.relative_to(AGENTS)) for path in AGENTS.rglob("*.py") if re.search(look_up, path.read_text("utf-8"))
    }
    assert users == FILES[look_up]


def test_whoever_votes_is_an_agent() -> None:
    assert TEAM.opinions.keys() <= {*SPECIALISTS, "qa"}


async def test_questions_that_lead_to_questions_end() -> None:
    notes: list[str] = []

    async def endless(colleagues: Colleagues, query: ShipmentQuery) -> ShipmentAnswer:
        return await colleagues.ask_logistics(query)

    async def nothing(colleagues: Colleagues, query: object) -> RecordsAnswer:
        return RecordsAnswer(records=())

    team = Team(shipments=endless, invoices=nothing, orders=nothing, opinions={})
    matter = Matter(
        reader=People(), whose=Whose(contacts=frozenset({ANA_CONTACT})), words="", amounts=(),  # type: ignore[arg-type]
        suspicious=False, now=NOON,
        note=lambda *line: notes.append(" ".join(line)),
    )  # fmt: skip
    with pytest.raises(Exhausted, match=str(MOST_DEPTH)):
        await Colleagues(team, matter, asker="billing").ask_logistics(ShipmentQuery())
