"""Fixtures every room may use."""

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from db.embedded import Services, start_services

pytest_plugins = ["tests.support.databases", "tests.support.aimock"]


@pytest.fixture(scope="session")
async def services() -> AsyncIterator[Services]:
    """One real PostgreSQL and Redis for the whole run, without fsync."""
    with tempfile.TemporaryDirectory(prefix="steward-tests-") as folder:
        async with start_services(Path(folder), durable=False) as running:
            yield running
