"""How long a conversation that was taken over has been silent: a timer of the desk, put forward with every word."""

from datetime import timedelta

from admin.session import DeskTurn
from core.ids import ApprovalId

SECTION_NAME = "rel"
QUIET = timedelta(hours=1)
"""Without a word of the owner or the customer."""


def watch_silence(desk: DeskTurn, approval_id: ApprovalId) -> None:
    desk.set_timer(SECTION_NAME, f"quiet:{approval_id}", desk.at + QUIET, approval=approval_id)


def stop_watching(desk: DeskTurn, approval_id: ApprovalId) -> None:
    desk.set_timer(SECTION_NAME, f"quiet:{approval_id}", None)
