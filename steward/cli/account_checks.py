"""`doctor`'s checks of bots and numbers: what the vendors say to their tokens and webhooks."""

import asyncio
from collections.abc import Sequence

from bots.identities import identify_bot, identify_number, read_webhook
from core.channels import Account
from core.errors import StewardError
from core.ids import TenantId
from db.engine.directory import StoredAccount, StoredTenant, list_accounts, list_tenants
from db.engine.link import Link
from db.tenants import list_tenant_accounts
from steward.cli.checks import Finding, check_public_url, ok, problem, warning
from steward.data import Data
from steward.settings import Settings
from tenants.secrets import SANDBOX

_AT_ONCE = 8


async def list_live_tenants(data: Data) -> list[StoredTenant]:
    async with Link(data.engine_url, "doctor") as link, link.use() as tx:
        return [tenant for tenant in await list_tenants(tx) if not tenant.suspended]


async def check_accounts(settings: Settings, data: Data, tenants: Sequence[StoredTenant]) -> tuple[list[Finding], bool]:
    """The findings, and whether `run` would start the sandbox."""
    async with Link(data.engine_url, "doctor") as link, link.use() as tx:
        stored = await list_accounts(tx)
    findings: list[Finding] = []
    real: list[tuple[StoredAccount, dict[str, str]]] = []
    for each in stored:
        try:
            secrets = data.vault.open(each.account.tenant_id, each.secrets)
        except StewardError as error:
            return [problem("accounts", str(error))], False
        if SANDBOX not in secrets:
            real.append((each, secrets))
    sandbox = settings.sandbox == "on" or (settings.sandbox == "auto" and not real)
    slugs = {tenant.profile.tenant_id: tenant.profile.slug for tenant in tenants}
    findings += [await _check_sandbox(sandbox, real=len(real))]
    limit = asyncio.Semaphore(_AT_ONCE)
    checked = [_check_account(settings, slugs, each, secrets, limit) for each, secrets in real]
    for found in await asyncio.gather(*checked):
        findings += found
    findings += await _paused(data, tenants)
    hooked = any(a.account.channel == "telegram" and a.account.delivery == "webhook" for a, _ in real)
    findings += check_public_url(settings.public_url, needed=hooked)
    return findings, sandbox


async def _check_sandbox(sandbox: bool, *, real: int) -> Finding:
    about = "sandbox"
    if sandbox and real:
        text = f"STEWARD_SANDBOX=on: the {real} real bots and numbers do not run. Set it to auto for them."
        return warning(about, text)
    if sandbox:
        return ok(about, "used, with three demo businesses, until a real bot is connected (`tenant connect`)")
    if not real:
        return warning(about, "off, and no bot is connected. `python -m steward tenant connect …` adds one.")
    return ok(about, "not used: real bots are connected")


async def _check_account(
    settings: Settings,
    slugs: dict[TenantId, str],
    stored: StoredAccount,
    secrets: dict[str, str],
    limit: asyncio.Semaphore,
) -> list[Finding]:
    account = stored.account
    about = f"{slugs.get(account.tenant_id, str(account.tenant_id))} {account.channel}"
    async with limit:
        try:
            if account.channel == "telegram":
                return await _check_bot(settings, about, account, secrets)
            return await _check_number(settings, about, account, secrets)
        except StewardError as error:
            return [problem(about, str(error))]


async def _check_bot(settings: Settings, about: str, account: Account, secrets: dict[str, str]) -> list[Finding]:
    me = await identify_bot(settings.telegram_url, secrets.get("token", ""))
    if me.external_id != account.external_id:
        return [problem(about, f"the token is of another bot, @{me.username}. Connect each bot with its own token.")]
    hook = await read_webhook(settings.telegram_url, secrets["token"])
    expected = f"{settings.public_url}/telegram/{account.path_id}" if account.delivery == "webhook" else ""
    findings = [ok(about, f"@{me.username}, by {'webhook' if expected else account.delivery}")]
    if hook.url != expected:
        wrong = "another address" if hook.url else "no address"
        text = f"Telegram delivers to {wrong}. A running Steward sets this right; if not, another program uses the bot."
        findings = [warning(about, text)]
    if hook.last_error:
        at = f" at {hook.last_error_at:%Y-%m-%d %H:%M} UTC" if hook.last_error_at else ""
        text = f"Telegram's last delivery failed{at}: {hook.last_error}. {hook.waiting} updates wait."
        findings.append(warning(about, text))
    return findings


async def _check_number(settings: Settings, about: str, account: Account, secrets: dict[str, str]) -> list[Finding]:
    missing = [name for name in ("app_secret", "verify_token") if not secrets.get(name)]
    if missing:
        return [problem(about, f"its {' and '.join(missing)} is not stored. Run `tenant connect` for it again.")]
    number = await identify_number(settings.whatsapp_url, secrets.get("token", ""), account.external_id)
    findings = [ok(about, f"{number.display_number}, by webhook to /whatsapp/{account.path_id}")]
    if not settings.public_url:
        findings.append(
            warning(about, "STEWARD_PUBLIC_URL is not set: is the webhook's address at Meta the right one?")
        )
    return findings


async def _paused(data: Data, tenants: Sequence[StoredTenant]) -> list[Finding]:
    findings: list[Finding] = []
    for tenant in tenants:
        async with data.database.tenant(tenant.profile.tenant_id, readonly=True) as tx:
            accounts = await list_tenant_accounts(tx, tenant.profile.tenant_id)
        for row in accounts:
            about = f"{tenant.profile.slug} {row['channel']}"
            if row["trouble"]:
                text = f"{row['status']}: {row['trouble']}. Its owners mend it with /bots; or use `tenant connect`."
                findings.append(problem(about, text))
            elif row["status"] == "paused":
                findings.append(warning(about, "paused by an owner, who resumes it with /bots."))
    return findings
