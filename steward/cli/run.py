"""`run`: all roles in one process, or some of them with `--role`."""

import argparse
import asyncio
import gc
import signal
import sys
from contextlib import AsyncExitStack
from typing import cast

import structlog

from core.errors import Misconfigured
from db.engine.directory import list_accounts
from db.engine.link import Link
from steward.cli.parsing import Subparsers
from steward.data import Data, open_data
from steward.engine import Role
from steward.product import open_product
from steward.sandbox import open_sandbox
from steward.settings import Settings
from steward.wiring import ALL_ROLES
from tenants.secrets import SANDBOX

_log = structlog.get_logger(__name__)


def add_parser(commands: Subparsers) -> None:
    parser = commands.add_parser("run", help="run Steward (with the sandbox page until a real bot is connected)")
    parser.add_argument("--role", default=",".join(sorted(ALL_ROLES)), help="web, worker, scheduler: any of them")
    parser.set_defaults(run=run_command)


def parse_roles(text: str) -> frozenset[Role]:
    """Raises Misconfigured."""
    roles = frozenset(part.strip() for part in text.split(",") if part.strip())
    if not roles or roles - ALL_ROLES:
        raise Misconfigured(f"--role takes {', '.join(sorted(ALL_ROLES))}, separated by commas; not “{text}”.")
    return cast("frozenset[Role]", roles)


async def run_command(settings: Settings, arguments: argparse.Namespace) -> int:
    roles = parse_roles(arguments.role)
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    async with AsyncExitStack() as stack:
        data = await stack.enter_async_context(open_data(settings))
        wanted = await _wants_sandbox(settings, data)
        sandbox = await stack.enter_async_context(open_sandbox(settings)) if wanted else None
        steward = await stack.enter_async_context(open_product(settings, data, roles, sandbox))
        _greet(settings, sandbox=wanted, model=bool(steward.brain.keyring.operator))
        gc.collect()
        gc.freeze()  # what is there for good is not walked through again: a full collection would hold every chat up
        await stop.wait()
        _log.info("stopping")
    return 0


async def _wants_sandbox(settings: Settings, data: Data) -> bool:
    """With real accounts it starts only when asked for."""
    if settings.sandbox != "auto":
        return settings.sandbox == "on"
    async with Link(data.engine_url, "setup") as link, link.use() as tx:
        stored = await list_accounts(tx)
    return all(SANDBOX in data.vault.open(each.account.tenant_id, each.secrets) for each in stored)


def _greet(settings: Settings, *, sandbox: bool, model: bool) -> None:
    lines = [f"Steward is running. Webhooks: http://{settings.host}:{settings.port}/"]
    if sandbox:
        lines.append(f"Try it: http://127.0.0.1:{settings.sandbox_port}/")
    if not model:
        lines.append("No model key is set: answers come straight from each business's knowledge.")
    print("\n".join(lines), file=sys.stderr, flush=True)
