"""Where a business is: guessed from its owner's app or number, and found by the name of a city or a country."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any
from zoneinfo import available_timezones

import phonenumbers
from babel import Locale
from babel.core import get_global
from babel.numbers import get_currency_name, get_territory_currencies

from admin.onboarding.cities import CITIES, MAIN_ZONES, MODERN, SHORT_NAMES
from core.texts import DEFAULT, LANGUAGES, find_locale

MOST_FOUND = 8
_FORMER: Mapping[str, str] = {new: old for old, new in MODERN.items()}
_ETC = re.compile(r"Etc/GMT([+-])(\d{1,2})", re.ASCII)
_OFFSET = re.compile(r"(?:utc|gmt)? ?([+-])0?(\d{1,2})(?: ?00)?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    language: str
    time_zone: str
    currency: str


def guess_place(language: str | None, phone: str | None) -> Place:
    """From what a person's app says of them, BCP 47, and their number, E.164 without the plus."""
    wanted = (language or "").replace("_", "-").lower().split("-")
    territory = _territory_of_number(phone) or _territory_of_language(wanted)
    own = wanted[0] if wanted[0] in LANGUAGES else _language_of(territory) if not wanted[0] else DEFAULT
    zone = main_zone(territory) or "UTC"
    return Place(language=own, time_zone=zone, currency=currency_of(zone) or "USD")


def _territory_of_number(phone: str | None) -> str | None:
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(f"+{phone}")) if phone else None
    except phonenumbers.NumberParseException:
        return None


def _territory_of_language(parts: Sequence[str]) -> str | None:
    said = next((part.upper() for part in parts[1:] if re.fullmatch(r"[a-z]{2}", part)), None)
    if said is not None and main_zone(said) is not None:
        return said
    likely = get_global("likely_subtags").get(parts[0] or DEFAULT, "")
    return likely.rpartition("_")[2] or None


def _language_of(territory: str | None) -> str:
    """The one of ours that most people there have as an official one."""
    spoken: Mapping[str, Mapping[str, object]] = get_global("territory_languages").get(territory or "", {})
    shares = [
        (float(str(about.get("population_percent") or 0)), name)
        for name, about in spoken.items()
        if name in LANGUAGES and about.get("official_status")
    ]
    return max(shares)[1] if shares else DEFAULT


def main_zone(territory: str | None) -> str | None:
    """Where most people of a country live."""
    zones = _zones_of().get(territory or "", ())
    return zones[0] if zones else None


def currency_of(zone: str) -> str | None:
    """Of the country that a time zone is in, as it is today."""
    territory = _territories().get(zone)
    found = get_territory_currencies(territory) if territory else []
    return found[0] if found else None


def name_zone(zone: str, language: str) -> str:
    """Its city: `New York`, `Нью-Йорк`."""
    if (offset := _ETC.fullmatch(zone)) is not None:
        return f"UTC{'+' if offset[1] == '-' else '-'}{offset[2]}"
    zones: Any = find_locale(language).time_zones
    named = zones.get(_FORMER.get(zone, zone), {})  # kept under what the zone was called first
    return str(named.get("city") or zone.rpartition("/")[2].replace("_", " "))


def name_language(code: str, language: str) -> str:
    """`German`, `Deutsch`: in the language that is spoken here, the code where nobody has a name for it."""
    return Locale.parse(code.replace("-", "_")).get_display_name(find_locale(language)) or code


def name_currency(currency: str, language: str) -> str:
    return get_currency_name(currency, locale=find_locale(language))


def is_currency(text: str) -> bool:
    return text in get_global("all_currencies") and text in find_locale(DEFAULT).currencies


def is_zone(name: str) -> bool:
    return name in available_timezones()


def find_zones(text: str) -> tuple[str, ...]:
    """The time zones that a city, a country or the name of a zone stands for, the likeliest first; at most
    `MOST_FOUND`."""
    wanted = _fold(text)
    if not wanted:
        return ()
    if (offset := _OFFSET.fullmatch(wanted)) is not None:
        return _zone_of_offset(offset[1], int(offset[2]))
    known = {_fold(zone): zone for zone in available_timezones() if "/" in zone}
    if wanted in known:
        return (MODERN.get(known[wanted], known[wanted]),)
    index = _index()
    if wanted in index:
        return index[wanted][:MOST_FOUND]
    begin = [name for name in index if name.startswith(wanted)] if len(wanted) > 2 else []
    parts = [index[part] for part in map(_fold, re.split(r"[,;/()\n]", text)) if part in index]
    near = get_close_matches(wanted, index, n=3, cutoff=0.82) if len(wanted) > 3 else []
    found = [zone for zones in (*parts, *(index[name] for name in (*sorted(begin), *near))) for zone in zones]
    return tuple(dict.fromkeys(found))[:MOST_FOUND]


def _zone_of_offset(sign: str, hours: int) -> tuple[str, ...]:
    """The database counts to the other side: `UTC+3` is its `Etc/GMT-3`."""
    zone = f"Etc/GMT{'-' if sign == '+' else '+'}{hours}" if hours else "UTC"
    return (zone,) if zone in available_timezones() else ()


def _fold(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.replace("_", " ")).casefold()
    letters = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^\w/+-]+|(?<=\w)-(?=\D)", " ", letters).split())


def _name_territory(territory: str, language: str) -> str:
    names: Any = find_locale(language).territories
    return str(names.get(territory, ""))


@cache
def _territories() -> Mapping[str, str]:
    """The country of each time zone, by the zone's name of today."""
    there = available_timezones()
    named = {MODERN.get(zone, zone): territory for zone, territory in get_global("zone_territories").items()}
    return {zone: land for zone, land in named.items() if zone in there and land.isalpha() and land != "ZZ"}


@cache
def _zones_of() -> Mapping[str, tuple[str, ...]]:
    """By country, the one where most people live first."""
    found: dict[str, tuple[str, ...]] = {}
    for zone, territory in sorted(_territories().items()):
        found[territory] = (*found.get(territory, ()), zone)
    return {**found, **MAIN_ZONES}


@cache
def _index() -> Mapping[str, tuple[str, ...]]:
    """Time zones by the folded names of their cities and countries, in all languages of the desk. Made in 30 ms."""
    named: list[tuple[str, tuple[str, ...]]] = [("UTC", ("UTC",)), ("GMT", ("UTC",))]
    for zone in _territories():
        cities = {zone.rpartition("/")[2], *(name_zone(zone, language) for language in LANGUAGES)}
        named += [(city, (zone,)) for city in sorted(cities)]
    named += [(city, (zone,)) for zone, cities in CITIES.items() for city in cities.split(",")]
    for territory, zones in _zones_of().items():
        names = {_name_territory(territory, language) for language in LANGUAGES}
        named += [(name, zones) for name in (*sorted(names), *SHORT_NAMES.get(territory, "").split(","))]
    index: dict[str, tuple[str, ...]] = {}
    for name, zones in named:
        key = _fold(name)
        index[key] = tuple(dict.fromkeys((*index.get(key, ()), *zones)))
    index.pop("", None)
    return index
