"""`migrate`: bring the database up to date."""

import argparse

from steward.data import open_data
from steward.settings import Settings


async def migrate_command(settings: Settings, arguments: argparse.Namespace) -> int:  # noqa: ARG001
    async with open_data(settings) as data:
        done = ", ".join(map(str, data.migrated))
    print(f"Applied migrations {done}." if done else "The database is up to date.")
    return 0
