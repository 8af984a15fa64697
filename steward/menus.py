"""The command menus of Telegram bots, in every language we speak."""

from collections.abc import Sequence

from admin.texts import load_catalogue
from agents.texts import TEXTS

LANGUAGES = ("en", "es", "ru", "de", "fr", "pt")
_ADMIN = ("status", "inbox", "cases", "budget", "release", "help")
_CUSTOMER = ("start", "help", "me", "link")


def menus_for(role: str) -> dict[str, Sequence[tuple[str, str]]]:
    """(command, description) by language, for `bots.identities.fill_menu`."""
    catalogue, names = (load_catalogue(), _ADMIN) if role == "admin" else (TEXTS, _CUSTOMER)
    return {language: [(name, catalogue.text(f"menu_{name}", language)) for name in names] for language in LANGUAGES}
