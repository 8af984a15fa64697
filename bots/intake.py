"""From what an edge has parsed to events in the right stream. Returning means committed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from prometheus_client import Counter

from admin.joining import find_code
from core.channels import Account
from core.events import BotCreated, ButtonTapped, Event, MessageEdited, MessageReceived, NewEvent, OwnerEcho
from core.ids import TenantId, conversation_id, desk_id
from core.messages import read_button
from core.recording import Recorder
from tenants.concealing import conceal
from tenants.secrets import Vault

MOST_KEY_CHARACTERS = 512
"""An inbox key must fit into an index row (2,704 bytes in PostgreSQL); the vendors' are far shorter."""

_ITEMS = Counter(
    "steward_inbound_items", "Items that people's apps delivered, by what became of them.", ["channel", "fate"]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """Something a person did, not yet bound to a stream."""

    external_id: str
    """Unique within the account: the same for every delivery of the same item."""
    chat: str
    """Where an answer goes."""
    event: Event


def read_invite(event: Event) -> str | None:
    """The code in `/start inv_<code>` or `inv_<code>`, which are what an invite link makes a person's app send."""
    return find_code(event.text) if isinstance(event, MessageReceived) else None


class Intake:
    """One for both vendors. Customers' bots lead to conversations of the account's tenant, admin bots to desks."""

    def __init__(self, recorder: Recorder, vault: Vault | None = None) -> None:
        """`vault` seals the tokens that owners paste; without one they are taken out and lost."""
        self.recorder = recorder
        self._vault = vault
        self._counters = {
            (channel, fate): _ITEMS.labels(channel, fate)
            for channel in ("telegram", "whatsapp")
            for fate in ("recorded", "ignored", "rejected")
        }

    async def record(self, account: Account, arrivals: Sequence[Arrival]) -> None:
        """Commits all of them, in order, or raises Transient. Items with impossible keys are counted and left out."""
        events: list[NewEvent] = []
        meant = [arrival for arrival in arrivals if _is_meant(account, arrival.event)]
        self.count(account, "ignored", len(arrivals) - len(meant))
        for arrival in meant:
            if 0 < len(arrival.external_id) <= MOST_KEY_CHARACTERS and 0 < len(arrival.chat) <= MOST_KEY_CHARACTERS:
                events.append(await self._address(account, arrival))
        if events:
            await self.recorder.record(events)
            self.count(account, "recorded", len(events))
        if len(events) < len(meant):
            self.count(account, "rejected", len(meant) - len(events))

    def count(self, account: Account, fate: str, items: int = 1) -> None:
        """`fate`: recorded, ignored (in order, but nothing for an agent) or rejected (malformed)."""
        if items:
            self._counters[account.channel, fate].inc(items)

    async def _address(self, account: Account, arrival: Arrival) -> NewEvent:
        tenant, account_id, chat, event = account.tenant_id, account.account_id, arrival.chat, arrival.event
        if account.role == "admin":
            chosen = None
            if isinstance(event, ButtonTapped):
                chosen, button_id = read_button(event.data)
                event = replace(event, data=button_id)
            tenant = await self.recorder.desk_tenant(account_id, chat, invite=read_invite(event), chosen=chosen)
            event = self._conceal(tenant, event)
            stream, kind = desk_id(tenant, account_id, chat), "desk"
        else:
            stream, kind = conversation_id(tenant, account_id, chat), "conversation"
        return NewEvent(
            tenant_id=tenant,
            stream_id=stream,
            stream_kind=kind,
            account_id=account_id,
            external_id=arrival.external_id,
            chat=chat,
            event=event,
        )

    def _conceal(self, tenant: TenantId, event: Event) -> Event:
        """Tokens and keys among an owner's words are sealed for the desk's tenant before anything is written down."""
        if not isinstance(event, MessageReceived | MessageEdited):
            return event
        seal = partial(self._vault.seal, tenant) if self._vault is not None else None
        return replace(event, text=conceal(event.text, seal))


def _is_meant(account: Account, event: Event) -> bool:
    """Only the admin bot makes bots, and only customers' numbers have an owner who writes beside the bot."""
    unmeant = OwnerEcho if account.role == "admin" else BotCreated
    return not isinstance(event, unmeant)
