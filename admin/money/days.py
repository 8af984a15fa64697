"""What day it is where the business is."""

from datetime import date

from admin.reports.periods import find_zone
from admin.session import DeskTurn


def today_of(desk: DeskTurn) -> date:
    return desk.tools.clock.now().astimezone(find_zone(desk.turn.tenant.time_zone)).date()
