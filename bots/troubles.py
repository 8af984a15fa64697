"""What keeps a bot or number from working, told apart by what its owner can do about it."""

from typing import Literal

from bots.telegram import refusals as telegram
from bots.whatsapp import refusals as whatsapp

TroubleCode = Literal["token", "conflict", "vendor"]
_OF_TOKENS = (telegram.TOKEN, whatsapp.TOKEN, whatsapp.REMEDIES[190])
_OURS = ("Channel account ", "This account lacks ")
"""How errors begin that are about this process, and nothing an owner could mend."""


def classify_trouble(text: str) -> TroubleCode | None:
    """By the text of a Misconfigured that a channel raised. None: nothing is wrong with the account itself."""
    if text.startswith(_OURS):
        return None
    if text.startswith(telegram.CONFLICT):
        return "conflict"
    return "token" if any(known in text for known in _OF_TOKENS) else "vendor"
