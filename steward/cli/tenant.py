"""`tenant add|list|connect|ceiling|key|secret|invite`: businesses and their bots."""

import argparse
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bots.identities import fill_menu, identify_bot, identify_number
from core.errors import Misconfigured
from core.ids import OPERATOR
from core.money import parse_amount
from core.texts import write_money
from db.engine.directory import find_tenant as find_stored
from db.engine.directory import list_tenants
from db.openings import save_ceiling
from db.tenants import list_tenant_accounts
from steward.cli import action_secrets, model_keys
from steward.cli.finding import find_tenant, open_setup
from steward.cli.parsing import Subparsers
from steward.menus import menus_for
from steward.settings import Settings

_INVITE_DAYS = 7


def add_parser(commands: Subparsers) -> None:
    parser = commands.add_parser("tenant", help="businesses and their bots")
    actions = parser.add_subparsers(dest="action", required=True, metavar="action")
    add = actions.add_parser("add", help="add or update a tenant from a folder such as demo/bakery")
    add.add_argument("folder", type=Path)
    add.set_defaults(run=_add)
    actions.add_parser("list", help="all tenants and their bots").set_defaults(run=_list)
    connect = actions.add_parser("connect", help="connect a bot or number (to “operator”: the admin bot)")
    connect.add_argument("slug")
    connect.add_argument("channel", choices=["telegram", "whatsapp"])
    connect.add_argument("--token", required=True, help="from BotFather, or Meta's system user")
    connect.add_argument("--phone-number-id", help="WhatsApp")
    connect.add_argument("--app-secret", help="WhatsApp: signs the webhooks")
    connect.add_argument("--webhook", action="store_true", help="Telegram: webhook instead of long polling")
    connect.set_defaults(run=_connect)
    model_keys.add_parser(actions)
    action_secrets.add_parser(actions)
    ceiling = actions.add_parser("ceiling", help="the most a business may spend in a month, whatever its owner sets")
    ceiling.add_argument("slug")
    ceiling.add_argument("amount", help="in the business's currency, such as 500; none: no ceiling")
    ceiling.set_defaults(run=_ceiling)
    invite = actions.add_parser("invite", help="a link by which one person joins as owner, manager or viewer")
    invite.add_argument("slug")
    invite.add_argument("--role", choices=["owner", "manager", "viewer"], default="owner")
    invite.set_defaults(run=_invite)


async def _add(settings: Settings, arguments: argparse.Namespace) -> int:
    async with open_setup(settings) as (_, _, setup):
        tenant, file = await setup.load_folder(arguments.folder)
    print(
        f"{file.name} is tenant {tenant} ({file.slug}). Next: python -m steward tenant connect {file.slug} telegram …"
    )
    return 0


async def _list(settings: Settings, arguments: argparse.Namespace) -> int:  # noqa: ARG001
    async with open_setup(settings) as (data, link, _):
        async with link.use() as tx:
            tenants = await list_tenants(tx)
        for stored in tenants:
            profile = stored.profile
            state = " (suspended)" if stored.suspended else ""
            print(f"{profile.slug:<20} {profile.name}{state}")
            async with data.database.tenant(profile.tenant_id, readonly=True) as tx:
                for account in await list_tenant_accounts(tx, profile.tenant_id):
                    trouble = f"  {account['trouble']}" if account["trouble"] else ""
                    print(
                        f"    {account['channel']:<9} {account['external_id']:<16} {account['role']:<9}"
                        f"{account['status']:<7} {account['delivery']}{trouble}"
                    )
    return 0


async def _connect(settings: Settings, arguments: argparse.Namespace) -> int:
    async with open_setup(settings) as (_, _, setup):
        tenant = await find_tenant(setup, arguments.slug)
        role = "admin" if tenant == OPERATOR else "customer"
        if arguments.channel == "telegram":
            bot = await identify_bot(settings.telegram_url, arguments.token)
            if arguments.webhook and not settings.public_url:
                raise Misconfigured("A webhook needs STEWARD_PUBLIC_URL, e.g. https://bots.example.com.")
            _, path = await setup.connect(
                tenant, channel="telegram", role=role, external_id=bot.external_id, name=bot.name,
                delivery="webhook" if arguments.webhook else "polling",
                credentials={"token": arguments.token, "webhook_secret": secrets.token_urlsafe(32)},
                handle=bot.username, manages_bots=bot.manages,
            )  # fmt: skip
            await fill_menu(settings.telegram_url, arguments.token, menus_for(role))
            print(f"@{bot.username} is connected. A running Steward starts it within seconds.")
            return 0
        if not arguments.phone_number_id or not arguments.app_secret:
            raise Misconfigured("WhatsApp needs --phone-number-id and --app-secret too; both are in Meta's app page.")
        number = await identify_number(settings.whatsapp_url, arguments.token, arguments.phone_number_id)
        verify = secrets.token_urlsafe(24)
        _, path = await setup.connect(
            tenant, channel="whatsapp", role=role, external_id=arguments.phone_number_id, name=number.name,
            delivery="webhook",
            credentials={"token": arguments.token, "app_secret": arguments.app_secret, "verify_token": verify},
            handle="".join(sign for sign in number.display_number if sign.isdigit()),
        )  # fmt: skip
        public = settings.public_url or "https://<your public address>"
        print(f"{number.display_number} is connected. In Meta's app page, under WhatsApp > Configuration, set")
        print(f"  callback URL  {public}/whatsapp/{path}\n  verify token  {verify}\nand subscribe to “messages”.")
    return 0


async def _ceiling(settings: Settings, arguments: argparse.Namespace) -> int:
    amount: str = arguments.amount
    async with open_setup(settings) as (data, link, setup):
        tenant = await find_tenant(setup, arguments.slug)
        async with link.use() as tx:
            stored = await find_stored(tx, tenant)
        assert stored is not None, "it was found by its slug"
        currency = stored.profile.currency
        try:
            ceiling = None if amount == "none" else parse_amount(amount, currency)
        except ValueError as error:
            raise Misconfigured(f"“{amount}” is no amount. Write for example 500, or none") from error
        async with data.database.tenant(tenant) as tx:
            await save_ceiling(tx, tenant, ceiling.micros if ceiling else None)
    shown = write_money(ceiling, "en") if ceiling else "as much as its owner says"
    print(f"{arguments.slug} may spend {shown} a month.")
    return 0


async def _invite(settings: Settings, arguments: argparse.Namespace) -> int:
    async with open_setup(settings) as (data, _, setup):
        tenant = await find_tenant(setup, arguments.slug)
        expires = datetime.now(UTC) + timedelta(days=_INVITE_DAYS)
        code = await setup.invite(tenant, arguments.role, expires)
        async with data.database.tenant(OPERATOR, readonly=True) as tx:
            admins = await list_tenant_accounts(tx, OPERATOR)
    print(f"One person may join as {arguments.role} within {_INVITE_DAYS} days:")
    for line in _ways_to_join(admins, code):
        print(line)
    return 0


def _ways_to_join(admins: Sequence[dict[str, object]], code: str) -> list[str]:
    if not admins:
        return [
            f"  send “/start {code}” to the admin bot, once there is one:",
            "  python -m steward tenant connect operator telegram --token …",
        ]
    return [f"  {admin['channel']}: send “/start {code}” to {admin['name']}" for admin in admins]
