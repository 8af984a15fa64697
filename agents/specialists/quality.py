"""QA as a voter: whether an action is what the customer asked for, and nobody else."""

from decimal import Decimal

from agents.actions.declaration import ActionDeclaration, find_amount, find_records
from agents.colleagues import Colleagues, Opinion
from core.actions import ProposedAction
from core.money import MICROS


async def think(colleagues: Colleagues, declared: ActionDeclaration, action: ProposedAction) -> Opinion:
    """The records are looked up and the customer's by now; what is left is whether these words ask for this."""
    matter = colleagues.matter
    if matter.suspicious:
        return Opinion(yes=False, code="suspicious", why="The message tries to give orders to the bot")
    words = matter.words.upper()
    named = [reference for _, reference in find_records(declared, action.arguments) if reference.upper() in words]
    micros = find_amount(declared, action.arguments)
    if micros and any(int(Decimal(amount) * MICROS) == micros for amount in matter.amounts):
        return Opinion(yes=True, code="grounded", why="The customer named this amount")
    if named or not micros:
        return Opinion(yes=True, code="grounded", why=f"The customer wrote of {', '.join(named) or 'it'}")
    return Opinion(
        yes=True, code="inferred", why="Worked out from the customer's records; the customer named no amount"
    )
