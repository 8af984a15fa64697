"""The durable floor of the whole path: each part of a bot as its libraries give it, and each alone.

    python -m benchmarks.floor DATABASE_URL REDIS_URL BOT_API_URL

An aiohttp route, aiogram's `Update` and `Bot.send_message` over its stock session, one transaction with one INSERT, two
Redis pipelines of three commands. It answers a message and would not lose it; it keeps no order and sends no reply
again. Prints its port.
"""

import asyncio
import sys
from typing import Any

import asyncpg
import uvloop
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import Update
from aiohttp import web
from redis.asyncio import Redis

_TABLE = """
    CREATE TABLE IF NOT EXISTS durable_floor (
        bot text NOT NULL, update_id bigint NOT NULL, chat bigint NOT NULL, at timestamptz NOT NULL DEFAULT now(),
        body json NOT NULL, PRIMARY KEY (bot, update_id)
    )
"""
_INSERT = "INSERT INTO durable_floor (bot, update_id, chat, body) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING"
_REPLY = "We open at 7:00 from Tuesday to Friday and close at 18:00. On Sunday we are open from 8:00 to 13:00."
_KEPT_SECONDS = 600


class Floor:
    def __init__(self, pool: "asyncpg.Pool[Any]", redis: Redis, bot: Bot) -> None:
        self._pool = pool
        self._redis = redis
        self._bot = bot

    async def receive(self, request: web.Request) -> web.Response:
        body = await request.text()
        update = Update.model_validate_json(body, context={"bot": self._bot})
        assert update.message is not None
        chat, name = update.message.chat.id, request.match_info["bot"]
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(_INSERT, name, update.update_id, chat, body)
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.get(f"state:{chat}").lrange(f"recent:{chat}", 0, 9).incr(f"count:{name}")
            await pipe.execute()
        await self._bot.send_message(chat, _REPLY)
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.lpush(f"recent:{chat}", update.message.text or "", _REPLY)
            pipe.ltrim(f"recent:{chat}", 0, 9).set(f"state:{chat}", "idle", ex=_KEPT_SECONDS)
            await pipe.execute()
        return web.Response()


async def run(database_url: str, redis_url: str, bot_api_url: str) -> None:
    pool = await asyncpg.create_pool(database_url, min_size=10, max_size=10)
    await pool.execute(_TABLE)
    session = AiohttpSession(api=TelegramAPIServer.from_base(bot_api_url))
    bot = Bot("7000001:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw", session=session)
    floor = Floor(pool, Redis.from_url(redis_url), bot)
    app = web.Application()
    app.add_routes([web.post("/telegram/{bot}", floor.receive)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as main:
        main.run(run(*sys.argv[1:4]))
