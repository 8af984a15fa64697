"""Suspending, resuming and deleting a business: asked for here, done by `jobs/operating.py`, told when it is done."""

from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict, ValidationError

from admin.session import DeskTurn
from admin.state import Asking
from admin.texts import quote
from agents.actions.desks.declaring import propose
from agents.actions.desks.operating import (
    DELETE_TENANT,
    SUSPEND_TENANT,
    DeleteArguments,
    SuspendArguments,
)
from core.events import ActionResult
from core.ids import TenantId
from core.office.operator import OperatorReader
from core.turns import Member

_LAPSES = timedelta(minutes=10)
_NAME = 60


class Told(BaseModel):
    """What an executor says of the business it was about."""

    model_config = ConfigDict(extra="ignore")

    code: str
    tenant_id: int = 0
    slug: str = ""
    name: str = ""
    suspended: bool = False

    @property
    def title(self) -> str:
        return quote(self.name or self.slug, _NAME)


class _Wanted(BaseModel):
    """The business that is to be deleted, in what the desk remembers of its question."""

    tenant_id: int
    slug: str


def read_told(result: ActionResult) -> Told | None:
    """None for a failure, or what an older version said."""
    try:
        return Told.model_validate(result.result) if result.ok else None
    except ValidationError:
        return None


def suspend(desk: DeskTurn, tenant: int, suspended: bool) -> None:
    desk.propose(propose(SUSPEND_TENANT, SuspendArguments(tenant_id=tenant, suspended=suspended)))


async def tell_suspended(desk: DeskTurn, member: Member, result: ActionResult) -> None:
    del member
    told = read_told(result)
    if told is None:
        desk.say("op_failed")
    elif told.code == "gone":
        desk.say("op_gone", desk.button("op_button_list", "op:list:0"))
    elif told.code == "deleting":
        desk.say("op_being_deleted", name=told.title)
    elif told.suspended:
        desk.say(
            "op_is_suspended",
            desk.button("op_button_resume", f"op:resume:{told.tenant_id}"),
            desk.button("op_button_delete", f"op:delete:{told.tenant_id}"),
            desk.button("op_button_card", f"op:show:{told.tenant_id}"),
            name=told.title,
        )
    else:
        desk.say("op_is_resumed", desk.button("op_button_card", f"op:show:{told.tenant_id}"), name=told.title)


async def ask_delete(desk: DeskTurn, office: OperatorReader, tenant: int, at: datetime) -> None:
    card = await office.tenant(TenantId(tenant))
    if card is None:
        desk.say("op_gone", desk.button("op_button_list", "op:list:0"))
    elif not card.line.suspended:
        button = desk.button("op_button_suspend", f"op:suspend:{tenant}")
        desk.say("op_suspend_first", button, name=quote(card.line.name, _NAME))
    else:
        desk.ask("op", "delete", at, tenant_id=tenant, slug=card.line.slug)
        desk.say("op_ask_slug", name=quote(card.line.name, _NAME), slug=card.line.slug)


def hear_slug(desk: DeskTurn, asking: Asking, words: str, at: datetime) -> None:
    """Anything but the very slug deletes nothing, and is not asked for again."""
    desk.state = desk.state.expecting()
    try:
        wanted = _Wanted.model_validate(asking.data)
    except ValidationError:
        desk.say("op_failed")
        return
    if at - asking.since > _LAPSES:
        desk.say("op_delete_lapsed")
    elif words.strip() != wanted.slug:
        button = desk.button("op_button_delete", f"op:delete:{wanted.tenant_id}")
        desk.say("op_delete_not", button, slug=wanted.slug)
    else:
        desk.propose(propose(DELETE_TENANT, DeleteArguments(tenant_id=wanted.tenant_id, slug=wanted.slug)))
        desk.say("op_delete_begun", slug=wanted.slug)


async def tell_deleted(desk: DeskTurn, member: Member, result: ActionResult) -> None:
    del member
    told = read_told(result)
    button = desk.button("op_button_list", "op:list:0")
    if told is None:
        desk.say("op_failed")
    elif told.code == "done":
        desk.say("op_is_deleted", button, name=told.title)
    elif told.code == "not_suspended":
        desk.say("op_suspend_first", desk.button("op_button_suspend", f"op:suspend:{told.tenant_id}"), name=told.title)
    else:
        desk.say("op_gone", button)
