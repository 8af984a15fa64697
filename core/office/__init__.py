"""What an owner's desk looks up of its business: one protocol a subject, and all of them together."""

from dataclasses import dataclass

from core.office.inbox import InboxReader
from core.office.knowledge import KnowledgeReader
from core.office.money import MoneyReader
from core.office.notes import NotesReader
from core.office.operator import OperatorReader
from core.office.people import PeopleReader
from core.office.reports import ReportReader
from core.office.settings import SettingsReader
from core.office.watches import WatchReader


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """Of one tenant; each look-up is a short read-only transaction of its own. All raise Transient."""

    settings: SettingsReader
    people: PeopleReader
    inbox: InboxReader
    money: MoneyReader
    knowledge: KnowledgeReader
    watches: WatchReader
    notes: NotesReader
    reports: ReportReader
    signup_open: bool = False
    """Whether anybody may make a business here."""
    operator: OperatorReader | None = None
    """Only for the desks of the operator."""
