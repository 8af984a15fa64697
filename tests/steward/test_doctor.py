"""The doctor over real servers: nothing to do, something to do, and what to do."""

from pathlib import Path

import asyncpg
from aiohttp import web

import bots.intake  # noqa: F401 - declares the metric that Steward is known by
from bots.web import create_web_app, serve
from steward.cli.checks import check_ports, check_reading, check_secret_key, check_speech
from steward.settings import Settings
from tests.sandbox.outside import NUMBER, TOKEN, WA_TOKEN, Sandbox
from tests.steward.conftest import Cli, Outcome, reaching


def findings(outcome: Outcome, level: str) -> list[str]:
    return [line for line in outcome.out.splitlines() if line.startswith(level)]


async def test_with_nothing_configured_the_sandbox_is_used(cli: Cli, unused_ports: dict[str, str]) -> None:
    cli.settings = {"state": str(cli.folder / "state"), **unused_ports}
    outcome = await cli("doctor")
    assert outcome.code == 0, outcome.out + outcome.err
    assert findings(outcome, "problem") == []
    (sandbox,) = [line for line in findings(outcome, "ok") if " sandbox  " in line]
    assert "three demo businesses" in sandbox
    for about in ("settings", "state folder", "secret key", "database", "isolation", "redis", "model", "webhook port"):
        assert any(line.split(maxsplit=1)[1].startswith(about) for line in findings(outcome, "ok")), about


async def test_real_accounts_are_asked_for_at_their_vendors(
    cli: Cli, vendors: Sandbox, unused_ports: dict[str, str]
) -> None:
    cli.settings |= reaching(vendors) | unused_ports
    connect = ("tenant", "connect", "operator")
    assert (await cli.here(*connect, "telegram", "--token", TOKEN)).code == 0
    whatsapp = ("whatsapp", "--token", WA_TOKEN, "--app-secret", "s", "--phone-number-id", NUMBER)
    assert (await cli.here(*connect, *whatsapp)).code == 0
    well = await cli.here("doctor")
    assert well.code == 0, well.out
    assert any("@baker_bot, by polling" in line for line in findings(well, "ok"))
    assert any("+1 555 010 9999" in line for line in findings(well, "ok"))
    assert any("STEWARD_PUBLIC_URL" in line for line in findings(well, "warning"))
    assert not any("sandbox port" in line for line in well.out.splitlines())

    await vendors.call("DELETE", f"/control/telegram/bots/{TOKEN}")
    await vendors.put_number(token="changed")
    ill = await cli.here("doctor", sandbox="on")
    assert ill.code == 1
    assert [line.split()[1:3] for line in findings(ill, "problem")] == [
        ["operator", "telegram"],
        ["operator", "whatsapp"],
    ]
    assert any("real bots and numbers do not run" in line for line in findings(ill, "warning"))
    assert TOKEN not in ill.out + ill.err and WA_TOKEN not in ill.out + ill.err


async def test_webhooks_are_looked_at(
    cli: Cli, vendors: Sandbox, unused_ports: dict[str, str], owner_connection: asyncpg.Connection
) -> None:
    cli.settings |= reaching(vendors) | unused_ports | {"public_url": "https://bots.example.com"}
    assert (await cli.here("tenant", "connect", "operator", "telegram", "--token", TOKEN, "--webhook")).code == 0
    hook = {"url": "http://127.0.0.1:9/elsewhere"}
    await vendors.call("POST", f"/telegram/bot{TOKEN}/setWebhook", hook)
    outcome = await cli.here("doctor")
    assert outcome.code == 0, outcome.out
    assert any("delivers to another address" in line for line in findings(outcome, "warning"))
    without = await cli.here("doctor", public_url="")
    assert without.code == 1
    assert any("STEWARD_PUBLIC_URL is not set" in line for line in findings(without, "problem"))

    await owner_connection.execute("UPDATE channel_accounts SET status = 'paused', trouble = 'the token was revoked'")
    paused = await cli.here("doctor")
    assert paused.code == 1
    assert any("paused: the token was revoked" in line for line in findings(paused, "problem"))
    await owner_connection.execute("UPDATE channel_accounts SET trouble = ''")
    assert any("paused by an owner" in line for line in findings(await cli.here("doctor"), "warning"))


async def test_the_database_is_looked_at(
    cli: Cli, unused_ports: dict[str, str], owner_connection: asyncpg.Connection
) -> None:
    cli.settings |= unused_ports
    await owner_connection.execute("ALTER TABLE messages NO FORCE ROW LEVEL SECURITY")
    outcome = await cli.here("doctor", whisper_model="/nowhere")
    assert outcome.code == 1
    assert any("the table messages" in line for line in findings(outcome, "problem"))
    assert any("no model.bin in /nowhere" in line for line in findings(outcome, "problem"))
    await owner_connection.execute("DELETE FROM schema_migrations WHERE number = 1")
    waiting = await cli.here("doctor")
    assert any("migrations 1 wait" in line for line in findings(waiting, "warning"))
    unreachable = "postgresql://127.0.0.1:9/steward"
    gone = await cli.here("doctor", database_url=unreachable, redis_url="redis://127.0.0.1:9/0")
    assert gone.code == 1
    assert any("Check STEWARD_DATABASE_URL" in line for line in findings(gone, "problem"))
    assert "Traceback" not in gone.err


async def test_a_model_out_of_reach(cli: Cli, unused_ports: dict[str, str]) -> None:
    cli.settings |= unused_ports
    outcome = await cli.here("doctor", openai_base_url="http://127.0.0.1:9/v1", redis_url="redis://127.0.0.1:9/0")
    assert outcome.code == 1
    problems = findings(outcome, "problem")
    assert any(" compatible " in line and "cannot be reached" in line for line in problems)
    assert any(" redis " in line and "STEWARD_REDIS_URL" in line for line in problems)


async def test_a_port_is_free_ours_or_anothers() -> None:
    async def health() -> str:
        return ""

    ours = await serve(create_web_app(health=health), "127.0.0.1", 0)
    other = await serve(web.Application(), "127.0.0.1", 0)
    try:
        taken, foreign = ours.addresses[0][1], other.addresses[0][1]
        first, second = await check_ports(Settings(port=taken, sandbox_port=foreign), sandbox=True)
        assert (first.level, second.level) == ("ok", "problem")
        assert "by Steward itself" in first.text and "STEWARD_SANDBOX_PORT" in second.text
        (swapped,) = await check_ports(Settings(port=foreign), sandbox=False)
        assert swapped.level == "problem"
    finally:
        await ours.cleanup()
        await other.cleanup()
    assert [each.level for each in await check_ports(Settings(port=taken), sandbox=False)] == ["ok"]


def test_a_key_that_others_may_read(tmp_path: Path) -> None:
    settings = Settings(state=tmp_path)
    assert "will be made" in check_secret_key(settings).text
    key = tmp_path / "secret.key"
    key.write_text("00")
    key.chmod(0o644)
    assert check_secret_key(settings).level == "warning"
    key.chmod(0o600)
    assert check_secret_key(settings).level == "ok"


def test_a_speech_model_that_is_here(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"x")
    assert check_speech(Settings(whisper_model=str(tmp_path))).level == "ok"
    assert check_speech(Settings(whisper_model="base", state=tmp_path)).level == "warning"


def test_languages_that_need_a_pack() -> None:
    assert [finding.level for finding in check_reading(["en", "de"])] == ["ok"]
    (finding,) = check_reading(["am"])
    assert finding.level == "warning" and "amh" in finding.text
