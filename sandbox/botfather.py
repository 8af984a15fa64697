"""What people do with bots of their own: BotFather's /newbot and /revoke, and a bot made through another one."""

import re

from aiohttp import web

from sandbox.people import Mistake, People
from sandbox.people_api import answer, read_name, read_object
from sandbox.records import Bot, Chat, Json, Person
from sandbox.telegram.managed import new_token
from sandbox.telegram.server import Telegram

USERNAME = re.compile(r"[A-Za-z]\w{4,31}", re.ASCII)
SUFFIX = "bot"
FIRST_BOT_ID = 8_100_000_000
DEFAULT_OWNER = "omar"


class BotFather:
    def __init__(self, people: People, telegram: Telegram) -> None:
        self._people = people
        self._world = people.world
        self._telegram = telegram

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/botfather/bots", self.bots),
            web.post("/api/botfather/bots", self.new_bot),
            web.post("/api/botfather/bots/{username}/revoke", self.revoke),
            web.post("/api/chats/{key}/managed_bot", self.managed_bot),
        ]

    async def bots(self, _request: web.Request) -> web.Response:
        return answer({"bots": [_described(bot) for bot in self._world.bots.values()]})

    async def new_bot(self, request: web.Request) -> web.Response:
        """BotFather's /newbot. The one time that a token is shown."""
        body = await read_object(request)
        bot = self._make(self._world.person(str(body.get("person") or DEFAULT_OWNER)), body)
        return answer({**_described(bot), "token": bot.token})

    async def revoke(self, request: web.Request) -> web.Response:
        """BotFather's /revoke: a new token, and the old one ends at once."""
        bot = self._find(request.match_info["username"])
        await self._telegram.replace_token(bot, new_token(bot.id))
        manager = self._world.bot_numbered(bot.manager) if bot.manager else None
        if manager is not None and not manager.revoked and bot.owner:
            self._people.token_changed(self._people.open(f"tg:{manager.username}:{bot.owner}"), bot)
        self._people.events.tell({"type": "world"})
        return answer({**_described(bot), "token": bot.token})

    async def managed_bot(self, request: web.Request) -> web.Response:
        """A person confirmed the bot that a key of the bot's keyboard proposed."""
        body = await read_object(request)
        chat = self._people.open(request.match_info["key"])
        manager = self._world.bots.get(chat.account)
        able = manager is not None and manager.manages and not manager.revoked
        if not able or not _proposed(chat, body.get("request_id")):
            raise Mistake("The bot does not propose that any more. Use the latest keyboard of the chat.", 409)
        bot = self._make(self._world.people[chat.person], body, manager)
        self._people.made_bot(chat, bot)
        return answer(_described(bot))

    def _make(self, owner: Person, body: Json, manager: Bot | None = None) -> Bot:
        name = read_name(body, "the bot")
        username = self._username(body)
        bot_id = self._new_id()
        bot = Bot(token=new_token(bot_id), id=bot_id, username=username, name=name, owner=owner.id)
        bot.manager = manager.id if manager is not None else 0
        bot.tenant, bot.tenant_name = self._world.business_for("telegram", name, str(body.get("tenant") or username))
        self._world.bots[bot.token] = bot
        self._world.journal.put("bot", bot.token, bot)
        self._telegram.open_line(bot)
        self._people.events.tell({"type": "world"})
        return bot

    def _new_id(self) -> int:
        while True:
            bot_id = FIRST_BOT_ID + self._world.count("bot") * 13
            if self._world.bot_numbered(bot_id) is None:
                return bot_id

    def _username(self, body: Json) -> str:
        """Raises: Mistake for a username that Telegram would not take."""
        username = str(body.get("username") or "").strip().removeprefix("@")
        if not USERNAME.fullmatch(username) or "__" in username:
            raise Mistake("A username has 5 to 32 Latin letters, digits or underscores and begins with a letter.")
        if not username.lower().endswith(SUFFIX):
            raise Mistake(f"A bot's username must end with “{SUFFIX}”: try {username[:28].rstrip('_')}_{SUFFIX}.")
        if self._world.username_taken(username):
            raise Mistake(f"@{username} is taken. Choose another username.", 409)
        return username

    def _find(self, username: str) -> Bot:
        wanted = username.removeprefix("@").lower()
        bot = next((bot for bot in self._world.bots.values() if bot.username.lower() == wanted), None)
        if bot is None:
            raise Mistake(f"There is no bot @{username.removeprefix('@')}.", 404)
        return bot


def _proposed(chat: Chat, request_id: object) -> bool:
    """Whether the keyboard that stands in the chat has the key with this request."""
    for message in reversed(chat.messages.values()):
        if message.keyboard is not None:
            requests = [key.get("request_managed_bot") for row in message.keyboard for key in row]
            return any(request is not None and request["request_id"] == request_id for request in requests)
    return False


def _described(bot: Bot) -> Json:
    return {
        "id": bot.id,
        "username": bot.username,
        "name": bot.name,
        "role": bot.role,
        "tenant": bot.tenant,
        "owner": bot.owner,
        "managed": bool(bot.manager),
        "revoked": bot.revoked,
    }
