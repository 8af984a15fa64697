"""The operator's desk is the desk of tenant 1, and nothing here is for any other."""

from admin.session import DeskTurn
from core.ids import OPERATOR
from core.office.operator import OperatorReader


def find_office(desk: DeskTurn) -> OperatorReader | None:
    """None at every other desk."""
    return desk.office.operator if desk.turn.tenant.tenant_id == OPERATOR else None
