"""`cost [tenant]`: what was spent, on what; `cost rate`, `cost prices`: what money is counted with."""

import argparse
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import get_args

from core.errors import Misconfigured
from core.turns import TenantProfile
from db.database import Database
from db.engine.directory import list_tenants
from db.engine.link import Link
from db.rates import StoredRate, save_exchange_rate
from db.spending import GroupedBy, count_documents, count_resolved_questions, list_budgets, report_spending
from steward.cli.cost_tables import Account, describe_account, lay_out_prices, lay_out_spending
from steward.cli.parsing import Subparsers
from steward.cli.story import find_zone
from steward.data import open_data
from steward.settings import Settings

_HIGHEST_RATE = Decimal(1_000_000)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def add_parser(commands: Subparsers) -> None:
    parser = commands.add_parser(
        "cost",
        help="what was spent, on what, and how much of each budget is used",
        description="`cost [tenant]` reports what was spent. `cost rate RUB 0.0123` sets what one unit of a currency "
        "is worth in US dollars. `cost prices` lists what models cost.",
    )
    parser.add_argument("what", nargs="?", metavar="tenant|rate|prices", help="all tenants, if it is left out")
    parser.add_argument("values", nargs="*", metavar="value", help="with `rate`: the currency and its worth")
    when = parser.add_mutually_exclusive_group()
    when.add_argument("--month", help="such as 2026-11; this month, if no time is given")
    when.add_argument("--day", help="such as 2026-11-27")
    when.add_argument("--since", help="such as 2026-11-20: from that day until today")
    parser.add_argument("--by", choices=get_args(GroupedBy), help="what each line is of")
    parser.add_argument("--provider", help="with `prices`: of that one only")
    parser.set_defaults(run=cost_command)


async def cost_command(settings: Settings, arguments: argparse.Namespace) -> int:
    match arguments.what:
        case "rate":
            lines = await _set_rate(settings, arguments.values)
        case "prices":
            lines = list(lay_out_prices(arguments.provider))
        case _ if arguments.values:
            raise Misconfigured(f"“{arguments.values[0]}” is one word too many: `cost <tenant>` takes one tenant.")
        case slug:
            lines = await _report(settings, slug, arguments)
    for line in lines:
        print(line)
    return 0


async def _report(settings: Settings, slug: str | None, arguments: argparse.Namespace) -> list[str]:
    _parse_period(arguments, datetime.now(UTC).date())  # a mistyped date starts nothing
    by: GroupedBy = arguments.by or ("agent" if slug else "tenant")
    async with open_data(settings) as data:
        async with Link(data.engine_url, "cost") as link, link.use() as tx:
            tenants = [stored.profile for stored in await list_tenants(tx)]
        chosen = [tenant for tenant in tenants if slug in (None, tenant.slug)]
        if not chosen:
            raise Misconfigured(f"There is no tenant “{slug}”. `python -m steward tenant list` shows them all.")
        accounts = [await _read(data.database, tenant, arguments, by, alone=slug is not None) for tenant in chosen]
    lines = list(lay_out_spending(accounts, by))
    for account in accounts:
        lines += describe_account(account)
    return lines


async def _read(
    database: Database, tenant: TenantProfile, arguments: argparse.Namespace, by: GroupedBy, *, alone: bool
) -> Account:
    today = datetime.now(find_zone(tenant.time_zone)).date()
    first, last = _parse_period(arguments, today)
    async with database.tenant(tenant.tenant_id, readonly=True) as tx:
        spent = await report_spending(tx, tenant.tenant_id, first, last, by)
        return Account(
            tenant=tenant,
            spent=[replace(line, name=_name(line.name, tenant.slug, by, alone=alone)) for line in spent],
            questions=await count_resolved_questions(tx, tenant.tenant_id, first, last),
            documents=await count_documents(tx, tenant.tenant_id, first, last),
            budgets=await list_budgets(tx, tenant.tenant_id, tenant.currency, min(last, today)),
        )


def _name(name: str, slug: str, by: GroupedBy, *, alone: bool) -> str:
    if by == "tenant":
        return slug
    return (name or "–") if alone else f"{slug} · {name or '–'}"


def _parse_period(arguments: argparse.Namespace, today: date) -> tuple[date, date]:
    """First and last day."""
    if arguments.day:
        day = _parse_day(arguments.day)
        return day, day
    if arguments.since:
        first = _parse_day(arguments.since)
        if first > today:
            raise Misconfigured(f"{arguments.since} is still to come. --since wants a day of the past.")
        return first, today
    try:
        first = _read_date(f"{arguments.month}-01") if arguments.month else today.replace(day=1)
        return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    except (ValueError, OverflowError) as error:
        raise Misconfigured(f"“{arguments.month}” is no month. Write one such as 2026-11.") from error


def _parse_day(text: str) -> date:
    try:
        return _read_date(text)
    except ValueError as error:
        raise Misconfigured(f"“{text}” is no day. Write one such as 2026-11-27.") from error


def _read_date(text: str) -> date:
    if not _DATE.fullmatch(text):  # `fromisoformat` reads more, such as weeks
        raise ValueError("not a date")
    return date.fromisoformat(text)


async def _set_rate(settings: Settings, values: Sequence[str]) -> list[str]:
    if len(values) != 2:
        raise Misconfigured("Which rate? `cost rate RUB 0.0123` says that one rouble is worth 0.0123 US dollars.")
    currency = values[0].upper()
    if len(currency) != 3 or not currency.isascii() or not currency.isalpha():
        raise Misconfigured(f"“{values[0]}” is no currency. Write its three letters, such as RUB.")
    if currency == "USD":
        raise Misconfigured("One US dollar is one US dollar. Rates are of other currencies.")
    try:
        worth = Decimal(values[1])
    except InvalidOperation as error:
        raise Misconfigured(f"“{values[1]}” is no number. Write one such as 0.0123.") from error
    if not worth.is_finite() or not 1 / _HIGHEST_RATE <= worth <= _HIGHEST_RATE:
        raise Misconfigured(f"No {currency} is worth {values[1]} US dollars. Write one such as 0.0123.")
    rate = StoredRate(currency=currency, as_of=datetime.now(UTC).date(), usd_per_unit=worth, source="operator")
    async with open_data(settings) as data, Link(data.engine_url, "cost") as link, link.use() as tx:
        await save_exchange_rate(tx, rate)
    return [f"1 {currency} is {worth} USD from now on. A running Steward counts with it within a minute."]
