"""Whose key opens which provider: a tenant's own before the operator's. Clients are shared by those who share a key."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b

import structlog

from core.clock import Clock
from core.errors import StewardError
from core.ids import TenantId
from routing.provider import Provider
from tenants.models import ModelCard, ProviderName

_log = structlog.get_logger(__name__)
_MOST_CLIENTS = 200
_RETIRED_SECONDS = 120.0
"""A client that is no longer wanted lives on for what is still under way with it."""
_REFUSED_SECONDS = 600.0
"""A refused key is tried again after that, and at once when it is replaced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """A key and where it is valid."""

    provider: ProviderName
    key: str = field(repr=False)
    base_url: str = ""
    """Empty: the vendor's own address."""
    own: bool = False
    """The tenant's own key, not the operator's."""

    @property
    def fingerprint(self) -> str:
        """Names the key where the key itself must not be: breakers, logs."""
        return blake2b(f"{self.base_url}\x1f{self.key}".encode(), digest_size=6).hexdigest()

    def target(self, card: ModelCard) -> str:
        """A model behind this key: what breakers and health are kept by."""
        return f"{card.name}:{self.fingerprint}"


@dataclass(frozen=True, slots=True)
class _Refused:
    until: float
    text: str


class Keyring:
    def __init__(
        self,
        operator: Mapping[ProviderName, Access],
        *,
        own: Callable[[TenantId], Awaitable[Mapping[ProviderName, Access]]],
        open_provider: Callable[[Access], Provider],
        clock: Clock,
        on_refused: Callable[[TenantId, ProviderName, str], Awaitable[None]] | None = None,
    ) -> None:
        """`own` raises Transient. `on_refused` is told of a tenant's own key that stopped working."""
        self._operator = dict(operator)
        self._own = own
        self._open = open_provider
        self._clock = clock
        self._on_refused = on_refused
        self._clients: OrderedDict[tuple[str, str], Provider] = OrderedDict()
        self._closing: set[asyncio.Task[None]] = set()
        self._refused: dict[str, _Refused] = {}

    @property
    def operator(self) -> Mapping[ProviderName, Access]:
        return self._operator

    async def of(self, tenant: TenantId) -> Mapping[ProviderName, Access]:
        """Raises Transient."""
        own = await self._own(tenant)
        return {**self._operator, **own} if own else self._operator

    def client(self, access: Access) -> Provider:
        name = (access.provider, access.fingerprint)
        client = self._clients.get(name)
        if client is None:
            client = self._clients[name] = self._open(access)
            if len(self._clients) > _MOST_CLIENTS:
                _, old = self._clients.popitem(last=False)
                self._retire(old)
        self._clients.move_to_end(name)
        return client

    def trouble(self, access: Access) -> str:
        """Why the provider refuses the key, while it is known to; else empty."""
        refused = self._refused.get(access.fingerprint)
        return refused.text if refused is not None and self._clock.monotonic() < refused.until else ""

    async def refuse(self, tenant: TenantId, access: Access, text: str) -> None:
        """The provider did not take the key: it is left alone, and whoever can replace it is told once."""
        known = bool(self.trouble(access))
        self._refused[access.fingerprint] = _Refused(self._clock.monotonic() + _REFUSED_SECONDS, text)
        if known:
            return
        _log.error("model_key_refused", provider=access.provider, key=access.fingerprint, own=access.own)
        if access.own and self._on_refused is not None:
            try:
                await self._on_refused(tenant, access.provider, text)
            except StewardError:
                _log.warning("owner_not_told", tenant=tenant)

    async def aclose(self) -> None:
        clients, self._clients = list(self._clients.values()), OrderedDict()
        for task in list(self._closing):
            task.cancel()
        if self._closing:
            await asyncio.wait(list(self._closing))
        for client in clients:
            await client.aclose()

    def _retire(self, client: Provider) -> None:
        """Requests that are under way with it may still end."""

        async def close() -> None:
            try:
                await asyncio.sleep(_RETIRED_SECONDS)
            finally:
                await client.aclose()

        task = asyncio.create_task(close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
