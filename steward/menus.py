"""The command menus of Telegram bots, in every language we speak."""

from collections.abc import Sequence

from admin.sections import LISTED
from admin.texts import load_catalogue
from agents.texts import TEXTS

LANGUAGES = ("en", "es", "ru", "de", "fr", "pt")
_CUSTOMER = ("start", "help", "me", "link")


def menus_for(role: str) -> dict[str, Sequence[tuple[str, str]]]:
    """(command, description) by language, for `bots.identities.fill_menu`."""
    if role == "admin":
        catalogue, names, prefix = load_catalogue(), LISTED, "cmd_"
    else:
        catalogue, names, prefix = TEXTS, _CUSTOMER, "menu_"
    return {language: [(name, catalogue.text(prefix + name, language)) for name in names] for language in LANGUAGES}
