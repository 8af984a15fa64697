"""The models, put together: whom they ask, with whose keys, and the money behind it."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal

import structlog

from core.actions import ActionCall
from core.clock import Clock
from core.errors import Misconfigured
from core.ids import TenantId
from core.media import Transcriber
from core.models import ChatModel
from core.spending import Spending
from core.turns import TurnInput
from db.breakers import BreakerStore
from routing.asking import Asker
from routing.breakers import Breakers
from routing.catalogue import Catalogue
from routing.clients import Clients
from routing.hearing import Hearing
from routing.keys import Access, Keyring
from routing.ledger import Ledger
from routing.models import Models
from routing.outcomes import Outcomes
from routing.own_keys import OwnKeys
from routing.prices import Prices
from steward.data import Data
from steward.model_settings import read_access, read_card
from steward.settings import Settings
from tenants.directory import TenantDirectory
from tenants.models import ModelPolicy, ProviderName

_log = structlog.get_logger(__name__)
LAST_WORDS = Decimal("0.05")
"""The share of a limit that models leave, where a tenant has a WhatsApp number: what must still be said costs a fee."""
TellOwner = Callable[[TenantId, str, str], Awaitable[None]]
"""Of a tenant, a provider and a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brain:
    models: Models
    ledger: Ledger
    keyring: Keyring
    catalogue: Catalogue
    directory: TenantDirectory
    hear_with: Callable[[Transcriber], Hearing]

    async def for_action(self, call: ActionCall, local: Transcriber) -> Transcriber:
        """Who listens for an action; `local` does when nobody else may or can."""
        profile = await self.directory.profile(call.tenant_id)
        account = self.directory.account(call.account_id)
        spending = Spending(
            tenant_id=call.tenant_id, stream_id=call.stream_id, stream_kind="conversation", seq=call.seq,
            agent="documents", workflow=call.name, channel=account.channel if account else None,
            time_zone=profile.time_zone, currency=profile.currency,
        )  # fmt: skip
        return self.hear_with(local).bind(spending, await self._policy(call.tenant_id))

    async def to_remember(self, call: ActionCall) -> ChatModel:
        """Who reads for memory, behind a conversation's answer."""
        profile = await self.directory.profile(call.tenant_id)
        account = self.directory.account(call.account_id)
        spending = Spending(
            tenant_id=call.tenant_id, stream_id=call.stream_id, stream_kind="conversation", seq=call.seq,
            agent="memory", workflow=call.name, channel=account.channel if account else None,
            time_zone=profile.time_zone, currency=profile.currency,
        )  # fmt: skip
        return await self.models.for_turn(
            spending, await self._policy(call.tenant_id), keep_free=self._keep_free(call.tenant_id)
        )

    async def for_turn(self, turn: TurnInput) -> ChatModel:
        """What this one turn may ask, with its tenant's money."""
        tenant = turn.tenant
        spending = Spending(
            tenant_id=tenant.tenant_id, stream_id=turn.stream_id, stream_kind=turn.stream_kind, seq=turn.upto_seq,
            agent="general", workflow=turn.stream_kind, channel=turn.channel, time_zone=tenant.time_zone,
            currency=tenant.currency,
        )  # fmt: skip
        keep_free = self._keep_free(tenant.tenant_id)
        return await self.models.for_turn(spending, await self._policy(tenant.tenant_id), keep_free=keep_free)

    def _keep_free(self, tenant: TenantId) -> Decimal:
        return LAST_WORDS if self.directory.has_channel(tenant, "whatsapp") else Decimal(0)

    async def _policy(self, tenant: TenantId) -> ModelPolicy:
        try:
            return await self.directory.model_policy(tenant)
        except Misconfigured:  # what cannot be read forbids: it may have been about where data goes
            _log.error("model_policy_unreadable", tenant=tenant)
            return ModelPolicy(allowed=("none/none",))


@asynccontextmanager
async def open_models(
    settings: Settings, data: Data, directory: TenantDirectory, clock: Clock, tell_owner: TellOwner | None = None
) -> AsyncGenerator[Brain]:
    """Leaving waits for what is still to be settled. Raises Misconfigured."""
    operator, card = read_access(settings), read_card(settings)
    catalogue = Catalogue(operator, only=card)
    own = OwnKeys(data.database, data.vault, directory.version)

    async def refused(tenant: TenantId, provider: ProviderName, text: str) -> None:
        if await own.note_trouble(tenant, provider, text) and tell_owner is not None:
            await tell_owner(tenant, provider, text)

    async def own_keys(tenant: TenantId) -> Mapping[ProviderName, Access]:
        if found := await own.of(tenant):
            await get_ready(found)
        return found

    async def get_ready(providers: Iterable[ProviderName]) -> None:
        """The price list takes some 400 ms, an SDK up to two seconds: not in the middle of the first answer."""
        await prices.load()
        await clients.load(providers)

    clients = Clients()
    prices = Prices()
    ledger = Ledger(data.database, clock)
    breakers = Breakers(BreakerStore(data.redis), clock)
    async with clients:
        keyring = Keyring(
            operator,
            own=own_keys,
            open_provider=clients.open,
            clock=clock,
            on_refused=refused,
        )
        models = Models(
            catalogue=catalogue, keyring=keyring, prices=prices, breakers=breakers, clock=clock,
            outcomes=Outcomes(data.database, clock),
            asker=Asker(ledger=ledger, breakers=breakers, keyring=keyring, clock=clock),
        )  # fmt: skip
        if operator:
            await get_ready(operator)
        try:
            yield Brain(
                models=models, ledger=ledger, keyring=keyring, catalogue=catalogue, directory=directory,
                hear_with=lambda local: Hearing(
                    catalogue=catalogue, keyring=keyring, ledger=ledger, prices=prices, breakers=breakers, local=local,
                ),
            )  # fmt: skip
        finally:
            await ledger.drain()
            await keyring.aclose()
