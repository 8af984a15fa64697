"""What stands in a text: references, amounts, times, a telephone number, an address, a channel."""

import re
from datetime import datetime

from agents.intake.amounts import find_amounts
from agents.intake.phones import find_phone
from agents.intake.references import find_references
from agents.intake.request import Entities
from agents.intake.times import find_times
from core.events import Channel
from memory.words import fold

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{2,63}){1,4}")
_URL = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_CHANNELS: tuple[tuple[Channel, re.Pattern[str]], ...] = (
    ("telegram", re.compile(r"(?<!\w)(?:tele?gramm?\w{0,2}|телеграм\w{0,3}|телег\w|тг|tg)(?!\w)")),
    (
        "whatsapp",
        re.compile(r"(?<!\w)(?:what'?s ?app\w?|wh?atsap\w?|wasap|guasap|wsp|wa|(?:zap){1,2}|в[оа]т?[сц]ап+\w?)(?!\w)"),
    ),
)
_REFUSED = re.compile(r"(?<!\w)(?:(?:not|nicht|не|pas|nao|nunca|never)\s(?:\w{1,4}\s)?|no\s(?:por|al?|en|on|via)\s)$")


def find_entities(text: str, language: str, now: datetime, zone: str) -> Entities:
    """Never raises. Each is looked for in what the ones before left over."""
    rest = _URL.sub(_blank, text)
    email = _EMAIL.search(rest) if "@" in rest else None
    rest = _EMAIL.sub(_blank, rest) if email else rest
    abroad, rest = find_phone(rest, only_with_plus=True)
    references, rest = find_references(rest)
    phone, rest = find_phone(rest)
    amounts, currency = find_amounts(rest)
    times, dates = find_times(rest, language, now, zone)
    return Entities(
        references=references,
        amounts=amounts,
        currency=currency,
        times=times,
        dates=dates,
        phone=abroad or phone,
        email=email.group() if email else "",
        channel=_channel(text),
    )


def _channel(text: str) -> Channel | None:
    """The one named last, unless it is refused: “on WhatsApp, not on Telegram”."""
    folded = fold(text)
    places: list[tuple[int, Channel]] = [
        (match.start(), channel)
        for channel, pattern in _CHANNELS
        for match in pattern.finditer(folded)
        if not _REFUSED.search(folded[max(0, match.start() - 16) : match.start()])
    ]
    return max(places)[1] if places else None


def _blank(match: re.Match[str]) -> str:
    return " " * len(match.group())
