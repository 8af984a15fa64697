"""One of several processes does what only one may do. The lock ends with its connection: a dead leader is replaced."""

import asyncpg

from core.errors import Transient
from db.engine.link import Link


class Leadership:
    def __init__(self, link: Link, name: str) -> None:
        """`link` must serve nothing else: the lock belongs to its connection."""
        self._link = link
        self._name = name
        self._held_on: object = None

    async def lead(self) -> bool:
        """Whether this process leads now. Raises Transient."""
        try:
            async with self._link.use() as connection:
                if self._held_on is connection:
                    await connection.execute("SELECT 1")
                    return True
                if await connection.fetchval("SELECT pg_try_advisory_lock(hashtext($1))", self._name):
                    self._held_on = connection
                    return True
                return False
        except asyncpg.PostgresError as error:
            raise Transient("PostgreSQL refused the leader's lock") from error
