"""Fixtures every room may use."""

import os
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import psutil
import pytest
from hypothesis import HealthCheck, settings

from db.embedded import Services, start_services

pytest_plugins = ["tests.support.databases", "tests.support.aimock"]

# No test asserts a time, and a busy machine is no counterexample.
settings.register_profile("steward", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steward")

_MEMORY = Path("/dev/shm")
_FREE_MEMORY = 4 << 30
_FREE_SPACE = 2 << 30

_HASTE = {
    "full_page_writes": "off",
    "wal_compression": "off",
    "checkpoint_timeout": "1h",
    "autovacuum": "off",  # it also holds up the copying of a database it is looking at
}
"""PostgreSQL's settings for data that nobody will miss."""


@pytest.fixture(scope="session")
async def services() -> AsyncIterator[Services]:
    """One real PostgreSQL and Redis for the whole run (for each worker, where several share it), in haste."""
    with tempfile.TemporaryDirectory(prefix="steward-tests-", dir=_memory()) as folder:
        async with start_services(Path(folder), durable=False) as running:
            connection = await asyncpg.connect(running.database_url)
            for name, value in _HASTE.items():
                await connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
            await connection.execute("SELECT pg_reload_conf()")
            await connection.close()
            yield running


def _memory() -> Path | None:
    """Where files are memory, if there is plenty: a database a test is thousands of small files made and removed."""
    try:
        space = os.statvfs(_MEMORY)
    except OSError:
        return None
    roomy = space.f_bavail * space.f_frsize > _FREE_SPACE and psutil.virtual_memory().available > _FREE_MEMORY
    return _MEMORY if roomy and os.access(_MEMORY, os.W_OK | os.X_OK) else None
