"""The world as it stands: everyone and everything, looked up by the names the two vendors use. Pure state, no I/O."""

import time
from collections.abc import Iterable
from typing import Protocol

from sandbox.records import Bot, Channel, Chat, File, Json, Message, Number, Person

FIRST_USER_ID = 5_000_000_001
FIRST_WA_ID = 15_550_100_000
DEFAULT_PEOPLE = (("maya", "Maya", "customer"), ("omar", "Omar", "owner"))


class Journal(Protocol):
    """Where changes are written down; `put` may be called often for the same record and keeps the latest."""

    def put(self, kind: str, key: str, record: object) -> None: ...

    def drop(self, kind: str, key: str) -> None: ...


class NoJournal:
    """Keeps nothing: `--no-persist`."""

    def put(self, kind: str, key: str, record: object) -> None:
        del kind, key, record

    def drop(self, kind: str, key: str) -> None:
        del kind, key


class World:
    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.people: dict[str, Person] = {}
        self.people_by_user_id: dict[int, Person] = {}
        self.people_by_wa_id: dict[str, Person] = {}
        self.bots: dict[str, Bot] = {}
        self.numbers: dict[str, Number] = {}
        self.chats: dict[str, Chat] = {}
        self.files: dict[str, File] = {}
        self.templates: dict[str, Json] = {}
        self.links: dict[str, Json] = {}
        self.accepted: list[Json] = []
        self.counters: dict[str, int] = {"person": 0, "file": 0}

    def count(self, name: str) -> int:
        """The next number of a named series, kept across restarts."""
        value = self.counters.get(name, 0) + 1
        self.counters[name] = value
        self.journal.put("counter", name, value)
        return value

    # People
    def person(self, person_id: str) -> Person:
        """The person of that id, who comes into being on first use."""
        known = self.people.get(person_id)
        if known is not None:
            return known
        ordinal = self.count("person")
        person = Person(
            id=person_id,
            name=person_id.replace("-", " ").replace("_", " ").title(),
            role="customer",
            language="en",
            user_id=FIRST_USER_ID + ordinal * 7,
            wa_id=str(FIRST_WA_ID + ordinal),
        )
        self.add_person(person)
        self.journal.put("person", person.id, person)
        return person

    def add_person(self, person: Person) -> None:
        self.people[person.id] = person
        self.people_by_user_id[person.user_id] = person
        self.people_by_wa_id[person.wa_id] = person

    def seed(self) -> None:
        """The two people everyone meets first."""
        for person_id, name, role in DEFAULT_PEOPLE:
            if person_id not in self.people:
                person = self.person(person_id)
                person.name, person.role = name, role

    # Accounts and chats
    def bot_named(self, username: str) -> Bot | None:
        return next((bot for bot in self.bots.values() if bot.username == username and not bot.revoked), None)

    def bot_numbered(self, bot_id: int) -> Bot | None:
        return next((bot for bot in self.bots.values() if bot.id == bot_id), None)

    def username_taken(self, username: str) -> bool:
        """Upper and lower case are the same to Telegram, and a bot without a token keeps its name."""
        return any(bot.username.lower() == username.lower() for bot in self.bots.values())

    def business_for(self, channel: Channel, name: str, tenant: str) -> tuple[str, str]:
        """Id and name of the business that a new account belongs to.

        One of the same name that has no account on this channel yet, so that a bot and a number made for one shop
        stand side by side; else the business of the given id, which may be new.
        """
        customers = [each for each in (*self.bots.values(), *self.numbers.values()) if each.role == "customer"]
        taken = {each.tenant for each in customers if isinstance(each, Bot) == (channel == "telegram")}
        for each in customers:
            named = each.tenant_name.casefold() == name.casefold()
            if each.tenant and each.tenant not in taken and (named or each.tenant == tenant):
                return each.tenant, each.tenant_name
        return tenant, name

    def chat(self, channel: Channel, account: str, person: Person) -> Chat | None:
        return self.chats.get(self.key(channel, account, person.id))

    def key(self, channel: Channel, account: str, person_id: str) -> str:
        if channel == "telegram":
            return f"tg:{self.bots[account].username}:{person_id}"
        return f"wa:{account}:{person_id}"

    def open_chat(self, channel: Channel, account: str, person: Person) -> Chat:
        key = self.key(channel, account, person.id)
        chat = self.chats.get(key)
        if chat is None:
            chat = Chat(key=key, channel=channel, account=account, person=person.id)
            self.chats[key] = chat
            self.journal.put("chat", key, chat)
        return chat

    def locate(self, key: str) -> tuple[Channel, str, Person]:
        """Channel, account (token or number id) and person of a chat key.

        Raises: KeyError when there is no such account.
        """
        prefix, name, person_id = key.split(":", 2)
        if not person_id:
            raise KeyError(key)
        if prefix == "tg":
            bot = self.bot_named(name)
            if bot is None:
                raise KeyError(key)
            return "telegram", bot.token, self.person(person_id)
        if prefix == "wa" and name in self.numbers:
            return "whatsapp", name, self.person(person_id)
        raise KeyError(key)

    def add_message(self, chat: Chat, message: Message) -> None:
        chat.messages[message.id] = message
        if message.sender == "person":
            chat.last_inbound_at = message.at
        self.save_chat(chat)
        self.save_message(message)

    def save_chat(self, chat: Chat) -> None:
        self.journal.put("chat", chat.key, chat)

    def save_message(self, message: Message) -> None:
        self.journal.put("message", f"{message.key}/{message.id}", message)

    def remove_message(self, chat: Chat, message_id: str) -> None:
        del chat.messages[message_id]
        self.journal.drop("message", f"{chat.key}/{message_id}")

    def accept(self, chat: Chat, message: Message, bot: str) -> None:
        """Notes that the vendor accepted a send: the oracle of the tests."""
        item: Json = {
            "n": len(self.accepted) + 1,
            "channel": chat.channel,
            "bot": bot,
            "chat": chat.key,
            "message_id": message.id,
            "kind": message.kind,
            "text": message.text,
            "at": message.at,
            "at_ns": time.time_ns(),
            "inbound_id": chat.inbound_id,
            "inbound_ns": chat.inbound_ns,
            "acked_ns": chat.acked_ns,
        }
        self.accepted.append(item)
        self.journal.put("accepted", f"{item['n']:012}", item)

    def forget_chats(self) -> Iterable[Chat]:
        """Forgets every chat, file and accepted send; returns the chats that were."""
        gone = list(self.chats.values())
        for chat in gone:
            self.journal.drop("chat", chat.key)
            for message_id in chat.messages:
                self.journal.drop("message", f"{chat.key}/{message_id}")
        for item in self.accepted:
            self.journal.drop("accepted", f"{item['n']:012}")
        self.chats.clear()
        self.accepted.clear()
        return gone
