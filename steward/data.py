"""PostgreSQL and Redis: embedded or given, migrated, and opened under the roles each side may have."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from db.cache import Redis, open_redis
from db.database import APP_ROLE, ENGINE_ROLE, Database, open_pool, url_for_role
from db.embedded import start_services
from db.migrations import migrate
from steward.settings import Settings
from tenants.secrets import Vault, load_key

APP_CONNECTIONS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    owner_url: str
    engine_url: str
    database: Database
    redis: Redis
    vault: Vault
    migrated: tuple[int, ...]
    """Migrations that were applied just now."""


@asynccontextmanager
async def open_data(settings: Settings) -> AsyncGenerator[Data]:
    """Raises Misconfigured with one sentence that says what to do."""
    vault = Vault(
        load_key(settings.secret_key.get_secret_value() if settings.secret_key else None, settings.state / "secret.key")
    )
    async with AsyncExitStack() as stack:
        owner_url = settings.database_url.get_secret_value() if settings.database_url else ""
        redis_url = settings.redis_url.get_secret_value() if settings.redis_url else ""
        if not owner_url or not redis_url:
            services = await stack.enter_async_context(
                start_services(settings.state, postgres=not owner_url, redis=not redis_url)
            )
            owner_url, redis_url = owner_url or services.database_url, redis_url or services.redis_url
        passwords = vault.role_passwords()
        migrated = await migrate(owner_url, passwords)
        app_url = url_for_role(owner_url, APP_ROLE, passwords[APP_ROLE])
        pool = await stack.enter_async_context(open_pool(app_url, size=APP_CONNECTIONS))
        client = await stack.enter_async_context(open_redis(redis_url))
        yield Data(
            owner_url=owner_url,
            engine_url=url_for_role(owner_url, ENGINE_ROLE, passwords[ENGINE_ROLE]),
            database=Database(pool),
            redis=client,
            vault=vault,
            migrated=migrated,
        )
