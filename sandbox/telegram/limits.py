"""How much a bot may send before it is told to wait.

Source: core.telegram.org/bots/faq#my-bot-is-hitting-limits, November 2026: about 30 messages a second in all, one a
second in one chat with short bursts.
"""

import math

from sandbox.buckets import Bucket
from sandbox.telegram.errors import too_many

BOT_RATE = 30.0
CHAT_RATE = 1.0
CHAT_BURST = 5.0


class Limits:
    def __init__(self, *, enforced: bool) -> None:
        self._enforced = enforced
        self._bot = Bucket(rate=BOT_RATE, burst=BOT_RATE)
        self._chats: dict[int, Bucket] = {}

    def pass_one(self, chat_id: int) -> None:
        """Counts one message. Raises: ApiError 429 with the seconds to wait."""
        if not self._enforced:
            return
        chat = self._chats.get(chat_id)
        if chat is None:
            if len(self._chats) > 100_000:
                self._chats.clear()
            chat = self._chats[chat_id] = Bucket(rate=CHAT_RATE, burst=CHAT_BURST)
        wait = max(self._bot.wait(), chat.wait())
        if wait > 0:
            raise too_many(math.ceil(wait))
        self._bot.take()
        chat.take()
