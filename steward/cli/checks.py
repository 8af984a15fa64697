"""`doctor`'s checks. Each returns findings: a word on how it is, and what to do where it is not well."""

import asyncio
import errno
import os
import socket
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import aiohttp

from db.cache import Redis, ping_redis
from db.health import DatabaseState, inspect_database
from documents.reading import available_languages
from documents.speech import model_status
from steward.sandbox import Sandbox
from steward.settings import Settings

_LONG_TRANSACTION_SECONDS = 300
_IsOurs = Callable[[str, int], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Finding:
    level: Literal["ok", "warning", "problem"]
    about: str
    text: str


def ok(about: str, text: str) -> Finding:
    return Finding("ok", about, text)


def warning(about: str, text: str) -> Finding:
    return Finding("warning", about, text)


def problem(about: str, text: str) -> Finding:
    return Finding("problem", about, text)


def check_state(settings: Settings) -> Finding:
    folder = settings.state
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return ok("state folder", str(folder.resolve()))
    except OSError as error:
        return problem(
            "state folder", f"{folder} cannot be written ({error.strerror}). Make it writable, or set STEWARD_STATE."
        )


def check_secret_key(settings: Settings) -> Finding:
    """Its form is checked where it is loaded; here only where it is kept."""
    about = "secret key"
    if settings.secret_key is not None:
        return ok(about, "from STEWARD_SECRET_KEY. Keep a copy: without it stored tokens cannot be read.")
    file = settings.state / "secret.key"
    if not file.exists():
        return ok(about, f"will be made at the first start, in {file}. Back it up then.")
    if file.stat().st_mode & 0o077:
        return warning(about, f"other users of this machine may read {file}. Run: chmod 600 {file}")
    return ok(about, f"in {file}. Keep a copy elsewhere: without it stored tokens cannot be read.")


async def check_database(url: str, *, embedded: bool) -> list[Finding]:
    """Of a database that is migrated. Raises Misconfigured."""
    state = await inspect_database(url)
    place = "embedded" if embedded else "yours"
    findings = [ok("database", f"PostgreSQL {state.version} ({place}), all migrations applied")]
    return findings + _isolation(state)


def _isolation(state: DatabaseState) -> list[Finding]:
    about = "isolation"
    findings = [
        problem(about, f"the role {role} does not exist. Run: python -m steward migrate")
        for role in state.missing_roles
    ]
    findings += [
        problem(about, f"the role {role} sees past row-level security. Run: ALTER ROLE {role} NOSUPERUSER NOBYPASSRLS")
        for role in state.powerful_roles
    ]
    findings += [
        problem(
            about, f"the table {table} shows every tenant's rows. Run: ALTER TABLE {table} FORCE ROW LEVEL SECURITY"
        )
        for table in state.open_tables
    ]
    if not findings:
        findings.append(ok(about, "both roles are weak, and row-level security is forced on every tenant table"))
    if state.oldest_transaction_seconds > _LONG_TRANSACTION_SECONDS:
        minutes = state.oldest_transaction_seconds / 60
        text = f"a transaction is open for {minutes:.0f} minutes, which slows every turn. Find it in pg_stat_activity."
        findings.append(warning("database", text))
    return findings


async def check_redis(client: Redis, *, embedded: bool) -> Finding:
    trouble = await ping_redis(client)
    if trouble:
        text = f"does not answer ({trouble}). Steward works without it, but slower. Check STEWARD_REDIS_URL."
        return problem("redis", text)
    return ok("redis", "answers" + (" (embedded)" if embedded else ""))


def check_speech(settings: Settings) -> Finding:
    about = "voice notes"
    status = model_status(settings.whisper_model, settings.state / "models")
    if status.folder is not None:
        return ok(about, f"the model “{status.model}” is here ({status.size_bytes / 1e6:.0f} MB)")
    if Path(status.model).is_absolute():
        return problem(about, f"there is no model.bin in {status.model}. Correct STEWARD_WHISPER_MODEL.")
    return warning(
        about, f"the model “{status.model}” is fetched from the internet with the first voice note. Until then people "
        "are asked to type where that fails."
    )  # fmt: skip


def check_reading(languages: Sequence[str]) -> list[Finding]:
    """`languages` are the tenants'."""
    about = "documents"
    missing = [found for found in available_languages(languages) if found.engine is None]
    if not missing:
        return [ok(about, f"photos and scans can be read in {', '.join(languages) or 'Latin script'}")]
    return [
        warning(
            about,
            f"scans in “{found.language}” lose letters. Install Tesseract with the pack “{found.missing_pack}” "
            f"(Debian: tesseract-ocr-{(found.missing_pack or '').replace('_', '-')}).",
        )
        for found in missing
    ]


async def check_ports(settings: Settings, *, sandbox: bool) -> list[Finding]:
    findings = [await _check_port("webhook port", settings.host, settings.port, "STEWARD_PORT", _is_steward)]
    if sandbox:
        port = settings.sandbox_port
        findings.append(await _check_port("sandbox port", "127.0.0.1", port, "STEWARD_SANDBOX_PORT", _is_sandbox))
    return findings


async def _check_port(about: str, host: str, port: int, setting: str, is_ours: _IsOurs) -> Finding:
    try:
        await asyncio.to_thread(_bind, host, port)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            return problem(about, f"{host}:{port} cannot be used ({os.strerror(error.errno or 0)}). Set {setting}.")
        if await is_ours(host, port):
            return ok(about, f"{host}:{port} is in use by Steward itself")
        return problem(about, f"another program has {host}:{port}. Stop it, or set {setting} to a free port.")
    return ok(about, f"{host}:{port} is free")


def _bind(host: str, port: int) -> None:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(address)


async def _is_steward(host: str, port: int) -> bool:
    reachable = "127.0.0.1" if host in ("0.0.0.0", "::", "") else host  # noqa: S104 - read, not bound
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session,
            session.get(f"http://{reachable}:{port}/metrics") as response,
        ):
            return response.status == 200 and "steward_" in await response.text()
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError):
        return False


async def _is_sandbox(host: str, port: int) -> bool:
    sandbox = Sandbox(f"http://{host}:{port}")
    try:
        return await sandbox.answers()
    finally:
        await sandbox.aclose()


def check_public_url(url: str, *, needed: bool) -> list[Finding]:
    """Telegram and Meta deliver to public HTTPS addresses only."""
    about = "public address"
    if not url:
        return [problem(about, "a bot waits for webhooks, and STEWARD_PUBLIC_URL is not set.")] if needed else []
    if urlsplit(url).scheme != "https":
        return [warning(about, f"{url} is not https://, which Telegram and Meta insist on.")]
    return [ok(about, url)]
