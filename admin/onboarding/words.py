"""What an owner typed into a question of the wizard, made fit to be kept."""

import unicodedata
from collections.abc import Mapping
from typing import Any

from admin.onboarding.places import is_currency
from admin.onboarding.progress import Step
from admin.texts import write
from core.events import MessageReceived
from core.texts import LANGUAGES, find_locale

MOST_NAME = 60
MOST_ABOUT, MOST_HOURS, MOST_TONE = 2_000, 1_000, 500
MOST_QUESTION = 1_000
_SIGNS = {"€": "EUR", "$": "USD", "£": "GBP", "₽": "RUB", "¥": "JPY", "₴": "UAH", "R$": "BRL", "₹": "INR", "zł": "PLN"}


_ENDS: Mapping[Step, str] = {
    "place": "onboarding_button_right", "about": "onboarding_button_skip", "knowledge": "onboarding_button_go_on",
    "hours": "onboarding_button_skip", "tone": "onboarding_button_skip", "try": "onboarding_button_go_on",
}  # fmt: skip
_AGREES = frozenset({
    "yes", "ok", "okay", "right", "correct", "sí", "si", "vale", "exacto", "да", "ок", "верно", "правильно", "ja",
    "richtig", "stimmt", "passt", "genau", "oui", "exact", "d'accord", "sim", "certo", "isso",
})  # fmt: skip


def ends_step(step: Step, text: str) -> bool:
    """Whether it is what stands on the button that ends the step, in any of our languages, or says yes to the guess."""
    said = _fold(text)
    if step == "place" and said in _AGREES:
        return True
    return step in _ENDS and any(said == _fold(write(_ENDS[step], language)) for language in LANGUAGES)


def _fold(text: str) -> str:
    return " ".join(text.casefold().replace("’", "'").split()).strip(".,!👍 ")


def read_words(message: MessageReceived) -> str:
    """Empty for what holds no letter and no digit: pictures, stickers, signs of joy."""
    text = message.text.replace("\0", "").encode("utf-8", "ignore").decode().strip()
    return text if any(c.isalnum() for c in text) else ""


def read_name(message: MessageReceived) -> str:
    """On one line, without what is not seen."""
    text = "".join(c for c in read_words(message) if c.isspace() or unicodedata.category(c) not in ("Cc", "Cf", "Co"))
    return " ".join(text.split())


def find_language(text: str) -> str | None:
    """One of ours, by its code or by its name in any of ours."""
    wanted = text.strip().casefold()
    for code in LANGUAGES:
        names = {code, *(str(find_locale(code).get_display_name(other)).casefold() for other in LANGUAGES)}
        if wanted in names:
            return code
    return None


def find_currency(text: str) -> str | None:
    """By its three letters, its sign, or its name in one of our languages."""
    wanted = text.strip()
    if is_currency(wanted.upper()):
        return wanted.upper()
    if wanted in _SIGNS:
        return _SIGNS[wanted]
    for language in LANGUAGES:
        names: Any = find_locale(language).currencies
        for code, name in names.items():
            if wanted.casefold() in (name.casefold(), f"{name}s".casefold()) and is_currency(code):
                return code
    return None
