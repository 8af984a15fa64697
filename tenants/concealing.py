"""Tokens and keys that people paste into a chat: taken out of the words before anything is written down.

In their place stands a marker that carries the secret sealed. It opens for whoever has the installation's key and the
tenant that it was sealed for. A marker that somebody types is broken, so that none comes in but by `conceal`.
"""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from core.errors import Misconfigured, Rejected

SecretKind = Literal["telegram", "meta", "app"]
"""A bot's token, an access token of Meta's, an app secret of Meta's."""
Seal = Callable[[Mapping[str, str]], bytes]
Open = Callable[[bytes], dict[str, str]]
"""Raises Misconfigured for what it did not seal."""

_OPENING = "⟦secret:"
_MARKER = re.compile(r"⟦secret:(telegram|meta|app):([A-Za-z0-9_-]{1,4000})⟧", re.ASCII)
_SHAPES = re.compile(
    r"(?P<telegram>(?<!\d)\d{5,20}:[A-Za-z0-9_-]{25,200})"
    r"|(?P<meta>(?<![A-Za-z0-9])EAA[A-Za-z0-9]{20,1000})"
    r"|(?P<app>(?<![A-Za-z0-9_-])[0-9a-f]{32}(?![A-Za-z0-9_-]))",
    re.ASCII,
)
"""A bot's id, a colon and 35 signs; about 200 letters and digits; 32 hexadecimal digits. With room for longer ones.

Source: core.telegram.org/bots/api#authorizing-your-bot; Meta, access tokens and app secrets, November 2026.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Concealed:
    kind: SecretKind
    sealed: str
    """Base64; `reveal` opens it."""


def conceal(text: str, seal: Seal | None) -> str:
    """The text with a marker in place of each secret; without `seal` the secrets are gone."""
    text = text.replace(_OPENING, "[secret:")
    return _SHAPES.sub(lambda found: _mark(_kind(found.lastgroup), found[0], seal) if seal else "[secret]", text)


def find_secrets(text: str) -> tuple[Concealed, ...]:
    """Those that `conceal` took out, in their order."""
    return tuple(Concealed(kind=_kind(found[1]), sealed=found[2]) for found in _MARKER.finditer(text))


def strip_secrets(text: str) -> str:
    """The words around the markers."""
    return " ".join(_MARKER.sub(" ", text).split())


def reveal(kind: SecretKind, sealed: str, opener: Open) -> str:
    """Raises Rejected for what this installation did not seal, for another tenant, or as another kind of secret."""
    try:
        found = opener(base64.urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4)))
    except (Misconfigured, ValueError, binascii.Error):
        raise Rejected("This secret cannot be opened") from None
    if found.keys() != {kind}:
        raise Rejected("This secret is of another kind")
    return found[kind]


def _mark(kind: SecretKind, secret: str, seal: Seal) -> str:
    sealed = base64.urlsafe_b64encode(seal({kind: secret})).decode().rstrip("=")
    return f"{_OPENING}{kind}:{sealed}⟧"


def _kind(name: str | None) -> SecretKind:
    return "telegram" if name == "telegram" else "meta" if name == "meta" else "app"
