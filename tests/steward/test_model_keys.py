"""A tenant's own key: tried before it is kept, kept sealed, refused with what to change."""

import asyncpg

from tests.steward.conftest import REPO, Cli
from tests.support.aimock import AiMock

KEY = "gsk_very_secret_indeed"


async def test_a_key_is_tried_kept_sealed_listed_and_removed(
    cli: Cli, aimock: AiMock, owner_connection: asyncpg.Connection
) -> None:
    await aimock.says("ready")
    await cli.here("tenant", "add", REPO / "demo" / "bakery")
    saved = await cli.here("tenant", "key", "bakery", "groq", "--key", KEY, "--base-url", aimock.groq_url)
    assert saved.code == 0
    assert "bakery uses its own key for groq" in saved.out
    stored = await owner_connection.fetchval("SELECT secrets FROM model_keys")
    assert KEY.encode() not in stored
    assert "groq        works" in (await cli.here("tenant", "key", "bakery")).out
    assert "is gone" in (await cli.here("tenant", "key", "bakery", "groq", "--remove")).out
    assert "uses the operator's" in (await cli.here("tenant", "key", "bakery")).out


async def test_a_key_that_is_refused_is_not_kept(
    cli: Cli, aimock: AiMock, owner_connection: asyncpg.Connection
) -> None:
    await aimock.fails(401)
    await cli.here("tenant", "add", REPO / "demo" / "bakery")
    refused = await cli.here("tenant", "key", "bakery", "anthropic", "--key", KEY, "--base-url", aimock.anthropic_url)
    assert refused.code == 2
    assert "key for Anthropic was refused" in refused.err
    assert KEY not in refused.err + refused.out
    assert await owner_connection.fetchval("SELECT count(*) FROM model_keys") == 0


async def test_no_key_and_no_tenant_say_what_to_do(cli: Cli) -> None:
    await cli.here("tenant", "add", REPO / "demo" / "bakery")
    assert "Which key?" in (await cli.here("tenant", "key", "bakery", "groq")).err
    assert "There is no tenant" in (await cli.here("tenant", "key", "bakerie", "groq", "--key", "k")).err


async def test_doctor_tries_every_key_and_names_prices_that_are_estimates(
    cli: Cli, aimock: AiMock, unused_ports: dict[str, str]
) -> None:
    await aimock.says("ready")
    cli.settings |= unused_ports
    well = await cli.here("doctor", groq_api_key="k", groq_base_url=aimock.groq_url)
    assert any(line.split()[:2] == ["ok", "groq"] for line in well.out.splitlines()), well.out
    unpriced = await cli.here(
        "doctor", openai_api_key="k", openai_base_url="https://models.example.com/v1", model="mystery-of-ours"
    )
    (line,) = [line for line in unpriced.out.splitlines() if "compatible/mystery-of-ours" in line]
    assert line.startswith("problem") and "STEWARD_MODEL_PRICE" in line
