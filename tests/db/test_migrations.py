"""Migrations keep what is there."""

import shutil
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from db import migrations
from db.embedded import Services
from tests.support.databases import PASSWORDS


async def test_budgets_of_before_the_ledger_hold_on(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = await asyncpg.connect(services.database_url)
    await server.execute("CREATE DATABASE before_the_ledger")
    url = urlunsplit(urlsplit(services.database_url)._replace(path="/before_the_ledger"))
    for path in migrations.FOLDER.glob("000[1-4]_*.sql"):
        shutil.copy(path, tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "FOLDER", tmp_path)
        assert await migrations.migrate(url, PASSWORDS) == (1, 2, 3, 4)
    old = await asyncpg.connect(url)
    await old.execute("INSERT INTO budgets VALUES (1, 'month', 50000000, 'EUR', 3)")
    assert (await migrations.migrate(url, PASSWORDS))[0] == 5
    row = await old.fetchrow("SELECT scope, name, limit_micros, currency, set_by FROM budgets")
    assert tuple(row) == ("month", "", 50_000_000, "EUR", 3)
    limit = (
        "SELECT limit_micros FROM spend_limits(1, 'EUR', '2026-11-27', 'desk', gen_random_uuid(), 'a') WHERE scope = $1"
    )
    assert await old.fetchval(limit, "month") == 50_000_000
    assert await old.fetchval(limit, "day") is None
    assert await migrations.migrate(url, PASSWORDS) == ()
    await old.close()
    await server.execute("DROP DATABASE before_the_ledger")
    await server.close()
