"""What a person mistypes, lacks or has broken: one line on standard error that says what to do, and code 2."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from tests.sandbox.outside import NUMBER, TOKEN, WA_TOKEN, Sandbox
from tests.steward.conftest import REPO, Cli, reaching

BAKERY = REPO / "demo" / "bakery"


@pytest.fixture
async def busy_port() -> AsyncIterator[str]:
    """Some other program's."""
    runner = web.AppRunner(web.Application())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield str(runner.addresses[0][1])
    await runner.cleanup()


async def test_each_setting_that_is_wrong_is_named(cli: Cli) -> None:
    told = await cli.fails("doctor", port="99999", sandbox="s3cret", public_url="bots.example.com", openai_base_url="x")
    for words in ("STEWARD_PORT: ", "STEWARD_SANDBOX: ", "STEWARD_PUBLIC_URL: ", "must start with http"):
        assert words in told
    assert " STEWARD_OPENAI_BASE_URL: " in told
    assert "s3cret" not in told


async def test_a_settings_file_in_another_encoding(cli: Cli) -> None:
    (cli.folder / ".env").write_bytes("STEWARD_MODEL=\u00e9".encode("latin-1"))
    assert ".env" in await cli.fails("tenant", "list")


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"secret_key": "s3cret"}, "64 hexadecimal digits"),
        ({"database_url": "postgresql://ana:s3cret@127.0.0.1:9/steward"}, "Check STEWARD_DATABASE_URL"),
        ({"database_url": "mysql://127.0.0.1/steward"}, "Check STEWARD_DATABASE_URL"),
        ({"redis_url": "http://127.0.0.1/0"}, "STEWARD_REDIS_URL is no Redis URL"),
        ({"state": "/dev/null/state"}, "STEWARD_STATE"),
    ],
)
async def test_a_setting_that_leads_nowhere(cli: Cli, settings: dict[str, str], says: str) -> None:
    told = await cli.fails("tenant", "list", **settings)
    assert says in told
    assert "s3cret" not in told


async def test_commands_and_words_that_do_not_exist(cli: Cli) -> None:
    outcome = await cli("dance")
    assert outcome.code == 2
    assert "invalid choice" in outcome.err
    assert "web, worker" in await cli.fails("run", "--role", "cook")
    assert "no turn id" in await cli.fails("trace", "yesterday")
    assert "trace latest <tenant>" in await cli.fails("trace", "latest")
    assert "no such turn" in await cli.fails("trace", "2-00000000000000000000000000000001-7")


async def test_a_tenant_that_does_not_exist(cli: Cli) -> None:
    for command in (("tenant", "invite", "nobody"), ("trace", "latest", "nobody")):
        assert "no tenant “nobody”" in await cli.fails(*command)


async def test_a_folder_that_is_no_tenant(cli: Cli, tmp_path: Path) -> None:
    assert "tenant.toml cannot be read" in await cli.fails("tenant", "add", "nowhere")
    (tmp_path / "tenant.toml").write_text("slug = ")
    assert "not valid TOML" in await cli.fails("tenant", "add", tmp_path)
    good = (BAKERY / "tenant.toml").read_text()
    (tmp_path / "tenant.toml").write_text(good.replace('currency = "', 'currency = "no '))
    assert "currency" in await cli.fails("tenant", "add", tmp_path)
    (tmp_path / "tenant.toml").write_text(good.replace('time_zone = "', 'time_zone = "Mars/'))
    assert "time_zone" in await cli.fails("tenant", "add", tmp_path)
    (tmp_path / "tenant.toml").write_text(good)
    (tmp_path / "knowledge").mkdir()
    (tmp_path / "knowledge" / "cakes.md").write_bytes(b"# Cr\xe8me")
    assert "UTF-8" in await cli.fails("tenant", "add", tmp_path)


async def test_a_token_that_is_wrong(cli: Cli, vendors: Sandbox) -> None:
    cli.settings |= reaching(vendors)
    for token in ("7001:never-issued", "nonsense"):
        assert "@BotFather" in await cli.fails("tenant", "connect", "operator", "telegram", "--token", token)
    whatsapp = ("tenant", "connect", "operator", "whatsapp", "--app-secret", "s", "--phone-number-id")
    assert "token" in await cli.fails(*whatsapp, NUMBER, "--token", "wrong")
    assert "may not use" in await cli.fails(*whatsapp, "999", "--token", WA_TOKEN)


async def test_what_a_bot_or_number_needs_besides(cli: Cli, vendors: Sandbox) -> None:
    cli.settings |= reaching(vendors)
    connect = ("tenant", "connect", "operator")
    assert "STEWARD_PUBLIC_URL" in await cli.fails(*connect, "telegram", "--token", TOKEN, "--webhook")
    assert "--app-secret" in await cli.fails(*connect, "whatsapp", "--token", WA_TOKEN)


async def test_a_vendor_out_of_reach(cli: Cli) -> None:
    told = await cli.fails("tenant", "connect", "operator", "telegram", "--token", TOKEN)
    assert "cannot be reached" in told and "try again" in told


async def test_a_lost_key(cli: Cli, vendors: Sandbox) -> None:
    connected = await cli("tenant", "connect", "operator", "telegram", "--token", TOKEN, **reaching(vendors))
    assert connected.code == 0, connected.err
    (cli.folder / "state" / "secret.key").unlink()
    assert "Put back the key" in await cli.fails("run")


async def test_a_busy_port(cli: Cli, busy_port: str) -> None:
    told = await cli.fails("run", sandbox="off", port=busy_port)
    assert "STEWARD_PORT" in told and busy_port in told
    assert "STEWARD_SANDBOX_PORT" in await cli.fails("run", sandbox="on", sandbox_port=busy_port)
