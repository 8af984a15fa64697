"""`tenant secret`: read from standard input, kept sealed, never shown."""

import io
import sys

import asyncpg
import pytest

from tests.steward.conftest import REPO, Cli

SECRET = "sk-very-secret-indeed"


@pytest.fixture
async def bakery(cli: Cli) -> Cli:
    await cli.here("tenant", "add", REPO / "demo" / "bakery")
    return cli


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What is piped in."""
    text = io.StringIO()
    monkeypatch.setattr(sys, "stdin", text)
    return text


def give(typed: io.StringIO, text: str) -> None:
    typed.seek(0)
    typed.truncate()
    typed.write(text)
    typed.seek(0)


async def test_a_secret_is_kept_sealed_replaced_and_listed_by_name(
    bakery: Cli, typed: io.StringIO, owner_connection: asyncpg.Connection
) -> None:
    assert "no secrets" in (await bakery.here("tenant", "secret", "bakery", "--list")).out
    for text in ("another-one\n", f"{SECRET}\nand what follows is not read"):
        give(typed, text)
        saved = await bakery.here("tenant", "secret", "bakery", "till")
        assert (saved.code, saved.err) == (0, "")
        assert SECRET not in saved.out
    assert (await bakery.here("tenant", "secret", "bakery", "--list")).out == "till\n"
    (row,) = await owner_connection.fetch("SELECT name, sealed FROM action_secrets")
    assert SECRET.encode() not in row["sealed"]


@pytest.mark.parametrize("text", ["", "\n", "two words\n", "ключ\n", "x" * 4_097])
async def test_what_is_no_secret_is_refused_and_not_repeated(
    bakery: Cli, typed: io.StringIO, owner_connection: asyncpg.Connection, text: str
) -> None:
    give(typed, text)
    refused = await bakery.here("tenant", "secret", "bakery", "till")
    assert refused.code == 2
    assert "one line of ASCII" in refused.err
    assert not text.strip() or text.strip() not in refused.err
    assert await owner_connection.fetchval("SELECT count(*) FROM action_secrets") == 0


async def test_a_wrong_name_or_tenant_says_what_to_do(bakery: Cli, typed: io.StringIO) -> None:
    give(typed, SECRET)
    assert "Which secret?" in (await bakery.here("tenant", "secret", "bakery")).err
    assert "Which secret?" in (await bakery.here("tenant", "secret", "bakery", "The Till")).err
    assert "There is no tenant" in (await bakery.here("tenant", "secret", "bakerie", "till")).err


async def test_it_is_read_in_a_process_of_its_own(bakery: Cli) -> None:
    said = await bakery.fails("tenant", "secret", "bakery", "till")  # its standard input is empty
    assert "one line of ASCII" in said
