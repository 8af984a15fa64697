"""Starting, stopping and changing bots while the process runs, as the accounts in the database say."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Protocol

import structlog

from core.channels import Account
from core.errors import Misconfigured, StewardError, Transient
from core.ids import AccountId
from db.engine.directory import StoredAccount
from db.engine.leadership import Leadership
from tenants.directory import TenantDirectory
from tenants.secrets import SANDBOX, Vault

_log = structlog.get_logger(__name__)


class Edge(Protocol):
    async def start(self, account: Account, credentials: Mapping[str, str]) -> None: ...
    async def replace(self, account: Account, credentials: Mapping[str, str]) -> None: ...
    async def stop(self, account_id: AccountId) -> None: ...
    async def set_webhook(self, account: Account, public_url: str) -> None: ...


class Fleet:
    def __init__(
        self,
        *,
        edges: Mapping[str, Edge],
        directory: TenantDirectory,
        vault: Vault,
        leadership: Leadership,
        sandbox: bool,
        listens: bool,
        public_url: str,
        every_seconds: float = 2,
    ) -> None:
        """`sandbox`: whether the sandbox's accounts run, or the real ones. `listens`: whether this process polls; only
        the leader among several does, since Telegram serves one poller a bot.
        """
        self._edges = edges
        self._directory = directory
        self._vault = vault
        self._leadership = leadership
        self._sandbox = sandbox
        self._listens = listens
        self._every = every_seconds
        self._public_url = public_url
        self._hooking: set[asyncio.Task[None]] = set()
        self._running: dict[AccountId, tuple[int, str]] = {}
        self._polls: bool | None = None
        self._task: asyncio.Task[None] | None = None

    def account(self, account: AccountId) -> Account | None:
        return self._directory.account(account)

    def running(self) -> Sequence[AccountId]:
        return list(self._running)

    def version(self, account: AccountId) -> int | None:
        """As which it runs here; None when it does not."""
        mark = self._running.get(account)
        return mark[0] if mark else None

    async def start(self) -> None:
        await self.sync()
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        for account in list(self._running):
            await self._stop(account)

    async def sync(self) -> None:
        """Brings what runs in line with the database. A bad account is logged and does not touch the others."""
        polls = self._listens and await self._leadership.lead()
        if polls == self._polls and not await self._directory.changed():
            return
        self._polls = polls
        stored = {s.account.account_id: s for s in await self._directory.load()}
        for account in [a for a in self._running if a not in stored]:
            await self._stop(account)
        for account_id, entry in stored.items():
            mark = (entry.version, "polls" if polls and entry.account.delivery == "polling" else "")
            if self._running.get(account_id) != mark:
                await self._put(entry, mark)

    async def _put(self, entry: StoredAccount, mark: tuple[int, str]) -> None:
        account = entry.account
        try:
            secrets = self._vault.open(account.tenant_id, entry.secrets)
            if (SANDBOX in secrets) != self._sandbox:
                return
            edge = self._edges[account.channel]
            put = edge.replace if account.account_id in self._running else edge.start
            await put(account if mark[1] or account.delivery == "webhook" else _silent(account), secrets)
            self._running[account.account_id] = mark
            if self._listens and self._public_url and account.channel == "telegram" and account.delivery == "webhook":
                self._hook(edge, account)
        except Misconfigured as error:
            _log.error("account_not_started", account=account.account_id, reason=str(error))
        except Exception as error:  # noqa: BLE001 - the others must run; the same is read again with the next change only
            _log.error("account_not_started", account=account.account_id, reason=type(error).__name__)

    def _hook(self, edge: Edge, account: Account) -> None:
        """Tells Telegram where to deliver. In the background: a slow answer must not keep the other bots waiting."""
        task = asyncio.create_task(self._set_webhook(edge, account))
        self._hooking.add(task)
        task.add_done_callback(self._hooking.discard)

    async def _set_webhook(self, edge: Edge, account: Account) -> None:
        try:
            await edge.set_webhook(account, self._public_url)
        except StewardError as error:
            _log.error("webhook_not_set", account=account.account_id, reason=str(error))

    async def _stop(self, account: AccountId) -> None:
        del self._running[account]
        for edge in self._edges.values():
            await edge.stop(account)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._every)
            try:
                await self.sync()
            except Transient:
                _log.warning("accounts_not_read")
            except Exception as error:  # noqa: BLE001 - the loop must go on
                _log.error("accounts_not_read", error=type(error).__name__)


def _silent(account: Account) -> Account:
    """For sending only: another process polls this bot."""
    return Account(
        account_id=account.account_id,
        tenant_id=account.tenant_id,
        channel=account.channel,
        role=account.role,
        external_id=account.external_id,
        path_id=account.path_id,
        delivery="webhook",
    )
