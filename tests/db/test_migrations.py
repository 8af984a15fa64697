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


async def test_knowledge_and_questions_of_before_the_desk_stay_as_a_mere_owner_migrates(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The owner of the tables is bound by row-level security, too, unless it is a superuser."""
    server = await asyncpg.connect(services.database_url)
    await server.execute("CREATE ROLE mere_owner LOGIN CREATEROLE PASSWORD 'x'")
    kinds = {**dict.fromkeys(PASSWORDS, "LOGIN"), "steward_eraser": "NOLOGIN"}
    for role, kind in kinds.items():  # made by whoever migrated first on this server
        await server.execute(
            f"DO $$ BEGIN CREATE ROLE {role} {kind}; EXCEPTION WHEN duplicate_object THEN END $$;"
            f"GRANT {role} TO mere_owner WITH ADMIN OPTION, INHERIT FALSE, SET FALSE"
        )
    await server.execute("CREATE DATABASE before_the_desk OWNER mere_owner")
    parts = urlsplit(services.database_url)._replace(path="/before_the_desk")
    url = urlunsplit(parts._replace(netloc=f"mere_owner:x@{parts.netloc.rpartition('@')[2]}"))
    for path in migrations.FOLDER.glob("000[1-8]_*.sql"):
        shutil.copy(path, tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "FOLDER", tmp_path)
        assert len(await migrations.migrate(url, PASSWORDS)) == 8
    old = await asyncpg.connect(urlunsplit(parts))
    for tenant in (2, 3):
        await old.execute(
            "INSERT INTO knowledge (tenant_id, source, text) SELECT $1, s, s FROM unnest($2::text[]) s",
            tenant, ["faq.md", "faq.md › Hours", "b.md › x › y", "n" * 400 + " › q"],
        )  # fmt: skip
        await old.execute(
            "INSERT INTO approvals (tenant_id, approval_id, stream_id, kind, question, reason, contact_name, channel, "
            "status) SELECT $1, s, gen_random_uuid(), 'escalation', 'q', 'upset', 'M', 'telegram', s "
            "FROM unnest(ARRAY['pending', 'take_over', 'answer']) s",
            tenant,
        )
    assert (await migrations.migrate(url, PASSWORDS))[0] == 9
    files = "knowledge JOIN knowledge_files USING (tenant_id, file_id)"
    held = f"SELECT name, count(*) FROM {files} WHERE tenant_id = $1 GROUP BY 1"
    boxes = "SELECT approval_id, box, urgency FROM approvals WHERE tenant_id = $1 ORDER BY 1"
    for tenant in (2, 3):
        assert dict(await old.fetch(held, tenant)) == {"faq.md": 2, "b.md": 1, "n" * 300: 1}
        found = [tuple(row) for row in await old.fetch(boxes, tenant)]
        assert found == [("answer", None, 0), ("pending", "question", 0), ("take_over", "held", 2)]
    assert await migrations.migrate(url, PASSWORDS) == ()
    await old.close()
    await server.execute("DROP DATABASE before_the_desk")
    await server.execute("DROP OWNED BY mere_owner CASCADE; DROP ROLE mere_owner")
    await server.close()
