"""The WhatsApp numbers that run in this process, and the one HTTP session behind all of them."""

from collections.abc import Mapping

import aiohttp

from bots.accounts import Credentials, Registry
from bots.whatsapp.graph import Graph, open_session
from core.channels import Account
from core.errors import Misconfigured
from core.ids import AccountId


class Numbers:
    def __init__(self, base_url: str) -> None:
        self.registry = Registry()
        self._base_url = base_url
        self._session: aiohttp.ClientSession | None = None
        self._graphs: dict[AccountId, Graph] = {}

    def put(self, account: Account, credentials: Mapping[str, str]) -> None:
        """Adds a number, or replaces what is known of it. Makes no call. Raises Misconfigured."""
        read = Credentials.read(credentials, required=("token", "app_secret"))
        self._graphs[account.account_id] = self.open_graph(read.token)
        self.registry.put(account, read)

    def remove(self, account_id: AccountId) -> None:
        self.registry.remove(account_id)
        self._graphs.pop(account_id, None)

    def graph(self, account_id: AccountId) -> Graph:
        """Raises Misconfigured when the number does not run here."""
        self.registry.get(account_id)
        return self._graphs[account_id]

    def open_graph(self, token: str) -> Graph:
        """The calls of whoever has this token. Raises Misconfigured for what can be no token."""
        if not token.isascii() or not token.isprintable():
            raise Misconfigured("The WhatsApp token of this account holds characters that no token has. Set it again")
        if self._session is None:
            self._session = open_session()
        return Graph(session=self._session, base_url=self._base_url, token=token)

    async def close(self) -> None:
        for running in self.registry:
            self.remove(running.account.account_id)
        if self._session is not None:
            session, self._session = self._session, None
            await session.close()
