"""`tenant key`: a business that pays its own model provider. A key is tried before it is stored, and stored sealed."""

import argparse
import sys
from typing import Any, cast, get_args

from core.errors import Misconfigured
from core.ids import TenantId
from db.models import delete_model_key, list_model_keys, save_model_key
from routing.catalogue import Catalogue
from routing.clients import Clients
from routing.keys import Access
from steward.cli.finding import find_tenant, open_setup
from steward.data import Data
from steward.settings import Settings
from tenants.models import ModelPolicy, ProviderName

_PROVIDERS = tuple(name for name in get_args(ProviderName) if name != "compatible")


def add_parser(actions: Any) -> None:
    key = actions.add_parser("key", help="a tenant's own key for a model provider; without one, lists them")
    key.add_argument("slug")
    key.add_argument("provider", nargs="?", choices=_PROVIDERS)
    key.add_argument("--key", help="the key; “-” reads it from standard input, which no history keeps")
    key.add_argument("--base-url", default="", help="a proxy of the tenant's in front of the provider")
    key.add_argument("--remove", action="store_true", help="go back to the operator's key")
    key.set_defaults(run=key_command)


async def key_command(settings: Settings, arguments: argparse.Namespace) -> int:
    async with open_setup(settings) as (data, _, setup):
        tenant = await find_tenant(setup, arguments.slug)
        if arguments.provider is None:
            await _list(data, tenant, arguments.slug)
        elif arguments.remove:
            await _remove(data, tenant, arguments)
        else:
            await _save(data, tenant, arguments)
    return 0


async def _list(data: Data, tenant: TenantId, slug: str) -> None:
    async with data.database.tenant(tenant, readonly=True) as tx:
        keys = await list_model_keys(tx, tenant)
    for key in keys:
        print(f"{key.provider:<12}{key.trouble or 'works'}")
    if not keys:
        print(f"{slug} has no keys of its own: it uses the operator's.")


async def _remove(data: Data, tenant: TenantId, arguments: argparse.Namespace) -> None:
    async with data.database.tenant(tenant) as tx:
        gone = await delete_model_key(tx, tenant, arguments.provider)
    print(f"The key for {arguments.provider} is {'gone' if gone else 'not there, so nothing was removed'}.")


async def _save(data: Data, tenant: TenantId, arguments: argparse.Namespace) -> None:
    text = sys.stdin.readline() if arguments.key == "-" else arguments.key
    if not text or not text.strip():
        raise Misconfigured("Which key? Add --key with it, or --key - to type it in.")
    provider = cast("ProviderName", arguments.provider)
    access = Access(provider=provider, key=text.strip(), base_url=arguments.base_url.rstrip("/"), own=True)
    card = Catalogue((provider,)).cards(ModelPolicy(), ())[0]
    async with Clients() as clients:
        answered = await clients.try_key(access, card.model)
    sealed = data.vault.seal(tenant, {"key": access.key, "base_url": access.base_url})
    async with data.database.tenant(tenant) as tx:
        await save_model_key(tx, tenant, provider, sealed)
    print(f"{answered} answers: {arguments.slug} uses its own key for {provider} from now on.")
