"""Which accounts run in this process, and what opens them. Nothing here makes a call or starts a task."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from core.channels import Account
from core.errors import Misconfigured
from core.ids import AccountId


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Telegram uses `token` and `webhook_secret`; WhatsApp `token`, `app_secret` and `verify_token`."""

    token: str = field(repr=False)
    webhook_secret: str = field(default="", repr=False)
    app_secret: str = field(default="", repr=False)
    verify_token: str = field(default="", repr=False)

    @classmethod
    def read(cls, values: Mapping[str, str], *, required: tuple[str, ...]) -> "Credentials":
        """Raises Misconfigured, naming what is missing and never a value."""
        missing = [name for name in required if not values.get(name)]
        if missing:
            raise Misconfigured(f"This account lacks its {' and '.join(missing)}. Set it with `steward tenant`")
        return cls(
            token=values.get("token", ""),
            webhook_secret=values.get("webhook_secret", ""),
            app_secret=values.get("app_secret", ""),
            verify_token=values.get("verify_token", ""),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    account: Account
    credentials: Credentials


class Registry:
    """The accounts of one vendor that run in this process."""

    def __init__(self) -> None:
        self._by_id: dict[AccountId, Running] = {}
        self._by_path: dict[str, Running] = {}

    def put(self, account: Account, credentials: Credentials) -> Running:
        """Adds the account, or replaces what is known of it."""
        self.remove(account.account_id)
        running = Running(account=account, credentials=credentials)
        self._by_id[account.account_id] = running
        self._by_path[account.path_id] = running
        return running

    def remove(self, account_id: AccountId) -> Running | None:
        running = self._by_id.pop(account_id, None)
        if running is not None and self._by_path.get(running.account.path_id) is running:
            del self._by_path[running.account.path_id]
        return running

    def at_path(self, path_id: str) -> Running | None:
        return self._by_path.get(path_id)

    def find(self, account_id: AccountId) -> Running | None:
        return self._by_id.get(account_id)

    def get(self, account_id: AccountId) -> Running:
        """Raises Misconfigured when the account does not run here."""
        running = self._by_id.get(account_id)
        if running is None:
            raise Misconfigured(f"Channel account {account_id} does not run in this process. Is it paused?")
        return running

    def __iter__(self) -> Iterator[Running]:
        return iter(tuple(self._by_id.values()))

    def __len__(self) -> int:
        return len(self._by_id)
