"""The `core.office.Office` over the database: what an owner's desk looks up of its business."""

from core.ids import OPERATOR, TenantId
from core.office import Office
from db.database import Database
from db.engine.link import Link
from db.office.inbox import InboxDesk
from db.office.knowledge import KnowledgeDesk
from db.office.money import MoneyDesk
from db.office.notes import NotesDesk
from db.office.operator import OperatorDesk
from db.office.people import PeopleDesk
from db.office.reports import ReportDesk
from db.office.settings import SettingsDesk
from db.office.watches import WatchDesk


def open_office(database: Database, link: Link, tenant: TenantId, *, signup_open: bool = False) -> Office:
    """`link` is the engine's: for what spans tenants."""
    return Office(
        settings=SettingsDesk(database, tenant),
        people=PeopleDesk(database, link, tenant),
        inbox=InboxDesk(database, tenant),
        money=MoneyDesk(database, tenant),
        knowledge=KnowledgeDesk(database, tenant),
        watches=WatchDesk(database, tenant),
        notes=NotesDesk(database, tenant),
        reports=ReportDesk(database, tenant),
        signup_open=signup_open,
        operator=OperatorDesk(database, link) if tenant == OPERATOR else None,
    )
