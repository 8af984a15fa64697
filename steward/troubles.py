"""A bot or number that stopped working: noted, paused where it cannot go on, and told to its owners once."""

import asyncio
from collections.abc import Callable

import structlog

from bots.troubles import classify_trouble
from core.channels import Account
from core.errors import Transient
from core.events import OwnerNotice
from core.ids import AccountId
from core.recording import Recorder
from db.engine.directory import find_account, note_trouble
from db.engine.link import Link
from jobs.notices import notify_desks

_log = structlog.get_logger(__name__)
_RETRY_SECONDS = 2.0


class AccountTroubles:
    """The recorder and the fleet are made after the engine, which is given this."""

    recorder: Recorder
    version: Callable[[AccountId], int | None]
    """As which an account runs in this process."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def note_unsent(self, account: Account, text: str) -> None:
        """From the sender. What waits is sent once it is mended."""
        try:
            pause = account.channel == "telegram" and classify_trouble(text) != "vendor"
            await self._note(account.account_id, text, pause=pause)
        except Transient:
            _log.warning("trouble_not_noted", account=account.account_id)  # the next try to send brings it again

    async def note_unheard(self, account: AccountId, text: str) -> None:
        """From a poller, which has given up until the account is changed, so that nobody would say it again."""
        while True:
            try:
                return await self._note(account, text, pause=True)
            except Transient:
                await asyncio.sleep(_RETRY_SECONDS)

    async def _note(self, account_id: AccountId, text: str, *, pause: bool) -> None:
        """A number is not paused: what customers write goes on arriving, and is answered later. Raises Transient."""
        code = classify_trouble(text)
        if code is None:
            return
        async with self._link.use() as tx:
            stored = await find_account(tx, account_id)
        if stored is None or not stored.active:
            return
        if self.version(account_id) not in (None, stored.version):
            return  # it was mended, and this process does not know yet
        fields = {"account": stored.account.channel, "text": text[:300], "account_id": account_id, "code": code}
        # The version is another one once it was mended, so that the next trouble is told again.
        key = f"trouble:{account_id}:{stored.version}"
        notice = OwnerNotice(notice="bot_trouble", fields={**fields})
        # Told before it is paused: a crash between the two tells nothing twice, and loses nothing.
        await notify_desks(self._link, self.recorder, stored.account.tenant_id, notice, key)
        async with self._link.use() as tx:
            await note_trouble(tx, account_id, code, text[:300], pause=pause)
