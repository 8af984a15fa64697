"""What an owner wants of the digest, in their own words: `8:00`, `7 am`, `off`, `weekly off`, `8 Uhr`, `в 20:30`."""

import re
from dataclasses import dataclass
from datetime import time
from typing import Literal

from admin.reports.periods import fold, read_period

_TIME = re.compile(
    r"(?<![\d.:,])(\d{1,2})(?:\s?[:.hч]\s?(\d{2}))?(?!\d)\s*(a\.?\s?m\b|p\.?\s?m\b)?", re.ASCII | re.IGNORECASE
)
_OFF = frozenset(fold(
    "off no non não none stop never without apagar apaga apagado desactiva desactivar sin nunca выкл выключи "
    "выключить нет отключи отключить без aus nie kein keine keinen ohne abschalten désactive désactiver arrête arrêter "
    "sans jamais désactivé desliga desligar desligado sem nunca parar"
))  # fmt: skip
_ON = frozenset(fold(
    "on yes again encender enciende activa activar вкл включи включить да an ein einschalten anschalten active activer "
    "réactive liga ligar ligado ativar"
))  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestWish:
    what: Literal["digest_at", "weekly", "monthly"]
    on: bool
    at: time | None = None
    """With `digest_at` that is on: the hour; None: the one it had, or the usual one."""


def read_digest_wish(words: str) -> DigestWish | None:
    """None: nothing is to change, it is only looked at. Raises ValueError for what is no hour."""
    said = set(fold(words))
    off, on = bool(said & _OFF), bool(said & _ON)
    if (named := read_period(words)) in ("week", "month") and (on or off):
        return DigestWish(what="weekly" if named == "week" else "monthly", on=not off)
    if any(letter.isdigit() for letter in words):
        return DigestWish(what="digest_at", on=True, at=read_hour(words))
    if off or on:
        return DigestWish(what="digest_at", on=not off)
    return None


def read_hour(words: str) -> time:
    """Raises ValueError where there is not exactly one hour of the day."""
    found = list(_TIME.finditer(words))
    if len(found) != 1 or sum(letter.isdigit() for letter in words) != sum(map(str.isdigit, found[0][0])):
        raise ValueError("not one hour")
    hour, minute = int(found[0][1]), int(found[0][2] or 0)
    half = (found[0][3] or "")[:1].lower()
    if half and not 1 <= hour <= 12:
        raise ValueError("no such hour")
    return time(hour % 12 + (12 if half == "p" else 0) if half else hour, minute)
