"""`doctor`: looks at everything Steward needs, and says what to do about what is not well."""

import argparse
import sys
from collections.abc import AsyncGenerator, Iterable
from contextlib import AsyncExitStack

from core.errors import StewardError
from db.health import inspect_database
from steward.cli.account_checks import check_accounts, list_live_tenants
from steward.cli.checks import (
    Finding,
    check_database,
    check_ports,
    check_reading,
    check_redis,
    check_secret_key,
    check_speech,
    check_state,
    ok,
    problem,
    warning,
)
from steward.cli.model_checks import check_models
from steward.cli.parsing import Subparsers
from steward.data import Data, open_data
from steward.settings import Settings

_COLOURS = {"ok": "32", "warning": "33", "problem": "31"}


def add_parser(commands: Subparsers) -> None:
    parser = commands.add_parser(
        "doctor", help="check settings, database, Redis, tokens, webhooks, models and ports, and say what to do"
    )
    parser.set_defaults(run=doctor_command)


async def doctor_command(settings: Settings, arguments: argparse.Namespace) -> int:  # noqa: ARG001
    """1 when there is a problem; warnings pass."""
    counts = {"ok": 0, "warning": 0, "problem": 0}
    async for finding in _examine(settings):
        counts[finding.level] += 1
        print(_line(finding), flush=True)
    trouble = [f"{counts[level]} {level}{'s' * (counts[level] != 1)}" for level in ("problem", "warning")]
    print(f"\n{', '.join(t for t in trouble if not t.startswith('0 ')) or 'All is well'}.")
    return 1 if counts["problem"] else 0


async def _examine(settings: Settings) -> AsyncGenerator[Finding]:
    yield ok("settings", "read from the environment and .env")
    yield check_state(settings)
    languages: list[str] = []
    sandbox = settings.sandbox != "off"
    try:
        async with AsyncExitStack() as stack:
            if settings.database_url and (pending := await _pending(settings.database_url.get_secret_value())):
                yield warning("database", f"migrations {pending} wait. Run: python -m steward migrate")
            else:
                data = await stack.enter_async_context(open_data(settings))
                async for finding in _examine_data(settings, data):
                    yield finding
                tenants = await list_live_tenants(data)
                languages = sorted({tenant.profile.language for tenant in tenants})
                findings, sandbox = await check_accounts(settings, data, tenants)
                for finding in findings:
                    yield finding
    except StewardError as error:
        yield problem("data", str(error))
    yield check_secret_key(settings)
    for finding in await check_models(settings):
        yield finding
    yield check_speech(settings)
    for finding in _all(check_reading(languages), await check_ports(settings, sandbox=sandbox)):
        yield finding


async def _pending(url: str) -> str:
    """Doctor changes no database of somebody's own."""
    return ", ".join(map(str, (await inspect_database(url)).pending))


async def _examine_data(settings: Settings, data: Data) -> AsyncGenerator[Finding]:
    for finding in await check_database(data.owner_url, embedded=settings.database_url is None):
        yield finding
    yield await check_redis(data.redis, embedded=settings.redis_url is None)


def _all(*findings: Iterable[Finding]) -> Iterable[Finding]:
    return (finding for each in findings for finding in each)


def _line(finding: Finding) -> str:
    level = f"{finding.level:<8}"
    if sys.stdout.isatty():
        level = f"\x1b[{_COLOURS[finding.level]}m{level}\x1b[0m"
    return f"{level} {finding.about:<18} {finding.text}"
