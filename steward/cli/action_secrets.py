"""`tenant secret`: what a tenant's own actions send as a key. Never an argument: a shell's history keeps those."""

import argparse
import asyncio
import getpass
import re
import sys
from typing import Any

from connectors.http_calls import is_secret
from core.errors import Misconfigured
from core.ids import TenantId
from db.actions import list_secrets
from steward.cli.finding import find_tenant, open_setup
from steward.data import Data
from steward.settings import Settings

_NAME = re.compile("[a-z][a-z0-9_]{1,39}")


def add_parser(actions: Any) -> None:
    secret = actions.add_parser("secret", help="a secret that a tenant's own actions send; read from standard input")
    secret.add_argument("slug")
    secret.add_argument("name", nargs="?", help="as `secret` in tenant.toml has it")
    secret.add_argument("--list", action="store_true", help="the names that are set")
    secret.set_defaults(run=secret_command)


async def secret_command(settings: Settings, arguments: argparse.Namespace) -> int:
    async with open_setup(settings) as (data, _, setup):
        tenant = await find_tenant(setup, arguments.slug)
        if arguments.list:
            await _list(data, tenant, arguments.slug)
            return 0
        if arguments.name is None or not _NAME.fullmatch(arguments.name):
            raise Misconfigured("Which secret? Name it as the action does: small letters, digits and _.")
        text = await asyncio.to_thread(_read, arguments.name)
        if not is_secret(text):
            raise Misconfigured("A secret is one line of ASCII without spaces, at most 4,096 characters.")
        await setup.save_secret(tenant, arguments.name, text)
    print(f"The secret {arguments.name} of {arguments.slug} is set, and sealed.")
    return 0


async def _list(data: Data, tenant: TenantId, slug: str) -> None:
    async with data.database.tenant(tenant, readonly=True) as tx:
        names = await list_secrets(tx, tenant)
    print("\n".join(names) if names else f"{slug} has no secrets for actions of its own.")


def _read(name: str) -> str:
    """Not shown while it is typed."""
    line = getpass.getpass(f"{name}: ") if sys.stdin.isatty() else sys.stdin.readline()
    return line.strip()
