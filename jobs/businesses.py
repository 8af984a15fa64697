"""Executor behind `/new`: a business of its own, with whoever asked as its owner, at a desk of its own."""

import re
import unicodedata
from collections.abc import Callable
from datetime import timedelta
from hashlib import blake2b
from typing import Literal
from zoneinfo import available_timezones

import structlog
from pydantic import JsonValue

from admin.onboarding.budgets import starter_budget
from agents.actions.desks.opening import OpenBusinessArguments
from core.actions import ActionCall
from core.channels import Account
from core.errors import Rejected
from core.events import DeskOpened, NewEvent
from core.ids import OPERATOR, AccountId, TenantId, desk_id
from core.recording import Recorder
from core.turns import TenantProfile
from db.database import Database, Transaction
from db.engine.directory import bind_desk, list_seats
from db.engine.link import Link
from db.engine.openings import count_openings, lock_openings
from db.openings import save_ceiling, save_settings, seat_first_owner
from db.tenants import find_slug, new_tenant_id, save_tenant
from jobs.acting import arguments_of
from tenants.settings import BusinessSettings

_log = structlog.get_logger(__name__)
SignUp = Literal["open", "members"]
A_CHAT_A_DAY = 3
_DAY = timedelta(days=1)
_LONGEST_SLUG = 30
_LATIN = str.maketrans(
    {
        **dict(zip("абвгдезийклмнопрстуфцыэіїєґ", "abvgdezijklmnoprstufcyeiieg", strict=True)),
        "ё": "e", "ж": "zh", "х": "kh", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ь": "", "ю": "yu", "я": "ya",
        "ß": "ss", "æ": "ae", "ø": "o", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "&": " and ",
    }
)  # fmt: skip


class OpenBusiness:
    """`open_business`. A key opens one business."""

    def __init__(
        self,
        database: Database,
        link: Link,
        recorder: Recorder,
        account: Callable[[AccountId], Account | None],
        *,
        sign_up: SignUp,
        starter: int,
        ceiling: int,
        a_day: int,
    ) -> None:
        """`starter`: the limit to begin with, `ceiling`: the most that may be spent in a month whatever the owner sets;
        see `starter_budget`. `a_day`: how many businesses the installation takes in a day."""
        self._database = database
        self._link = link
        self._recorder = recorder
        self._account = account
        self._sign_up = sign_up
        self._starter = starter
        self._ceiling = ceiling
        self._a_day = a_day

    async def __call__(self, call: ActionCall) -> dict[str, JsonValue]:
        asked = arguments_of(OpenBusinessArguments, call)
        self._check(call, asked)
        slug = name_slug(asked.name, call.key)
        async with self._link.transaction() as tx:
            await lock_openings(tx)
            tenant = await find_slug(tx, slug)
            if tenant is None:
                refused = await self._refuse(tx, call.account_id, asked.chat)
                if refused is not None:
                    _log.info("business_refused", reason=refused)
                    return {"refused": refused}
                tenant = await new_tenant_id(tx)
                await self._write(tenant, slug, call.account_id, asked)
            await bind_desk(tx, call.account_id, asked.chat, tenant)
        await self._recorder.record([_opened(call, tenant, asked.chat)])
        return {"tenant": tenant}

    def _check(self, call: ActionCall, asked: OpenBusinessArguments) -> None:
        """Only a desk's own turn can ask, and only for its own chat."""
        account = self._account(call.account_id)
        if account is None or account.role != "admin":
            raise Rejected("A business is made in a chat with the admin bot")
        if desk_id(call.tenant_id, call.account_id, asked.chat) != call.stream_id:
            raise Rejected("A business is made for the chat in which it is asked for")
        if asked.time_zone not in available_timezones():
            raise Rejected("There is no such time zone")

    async def _refuse(self, tx: Transaction, account: AccountId, chat: str) -> str | None:
        seats = await list_seats(tx, account, chat)
        known = any(seat.role == "owner" or seat.tenant_id == OPERATOR for seat in seats)
        if self._sign_up != "open" and not known:
            return "closed"
        opened = await count_openings(tx, account, chat, _DAY)
        if opened.here >= A_CHAT_A_DAY:
            return "often"
        return "full" if opened.all >= self._a_day else None

    async def _write(self, tenant: TenantId, slug: str, account: AccountId, asked: OpenBusinessArguments) -> None:
        settings = BusinessSettings(set_up=False).model_dump_json(exclude_defaults=True)
        profile = TenantProfile(
            tenant_id=tenant, slug=slug, name=asked.name, language=asked.language, time_zone=asked.time_zone,
            currency=asked.currency, persona="",
        )  # fmt: skip
        async with self._database.tenant(tenant) as tx:
            await save_tenant(tx, profile)
            await save_settings(tx, tenant, settings)
            if (ceiling := starter_budget(self._ceiling, asked.currency)) is not None:
                await save_ceiling(tx, tenant, ceiling.micros)
            await seat_first_owner(
                tx, tenant, name=asked.member_name, language=asked.member_language, account=account, chat=asked.chat,
                desk=desk_id(tenant, account, asked.chat), budget=starter_budget(self._starter, asked.currency),
            )  # fmt: skip


def _opened(call: ActionCall, tenant: TenantId, chat: str) -> NewEvent:
    """By the admin bot's own account: the desk's stream begins with it, and answers through it."""
    return NewEvent(
        tenant_id=tenant, stream_id=desk_id(tenant, call.account_id, chat), stream_kind="desk",
        account_id=call.account_id, external_id=f"opened:{call.key}", chat=chat, event=DeskOpened(why="new"),
    )  # fmt: skip


def name_slug(name: str, key: str) -> str:
    """Latin letters of the name, and what makes it the only one: the same for every try of an action."""
    plain = unicodedata.normalize("NFKD", name.lower().translate(_LATIN)).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST_SLUG].strip("-")
    base = words if words[:1].isalpha() else f"shop-{words}".strip("-")
    return f"{base[:_LONGEST_SLUG].strip('-')}-{blake2b(key.encode(), digest_size=4).hexdigest()}"
