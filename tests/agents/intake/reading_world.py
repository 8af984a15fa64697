"""One business and one moment for all tests of the intake: a Tuesday morning in Amsterdam."""

import tomllib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from agents.intake.reading import read_request
from agents.intake.request import Request
from tenants.agents import AgentPolicy

ZONE = "Europe/Amsterdam"
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=ZoneInfo(ZONE))
_FOLDER = Path(__file__).parent


def read(text: str, language: str = "en", *, policy: AgentPolicy | None = None, history: Sequence[str] = ()) -> Request:
    return read_request(
        text, language=language, policy=policy or AgentPolicy(), now=NOW, time_zone=ZONE, history=history
    )


def sentences(name: str) -> list[tuple[str, str, str]]:
    """Language, intent, text."""
    rows = tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    return [
        (language, intent, text)
        for language, intents in rows.items()
        for intent, texts in intents.items()
        for text in texts
    ]


def lines(name: str, section: str) -> list[str]:
    return list(tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))[section])
