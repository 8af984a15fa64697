"""Texts for people in their language: gettext `.po` files by key, and dates and money as each language writes them.

A room keeps its texts in a folder of its own, one file a language: `agents/locales/es.po`. They are read at start;
there is nothing to compile.
"""

import gettext
import io
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from string import Formatter
from zoneinfo import ZoneInfo

import structlog
from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po
from babel.numbers import format_currency

from core.money import MICROS, Money

log = structlog.get_logger(__name__)

LANGUAGES = ("en", "es", "ru", "de", "fr", "pt")
DEFAULT = "en"
_CENT = Decimal("0.01")
_MARKS = re.compile(r"([\\`*_\[\]~|#>])")


class Catalogue:
    """The texts of one room. `{name}` in a text is filled from the field of that name.

    Markdown in a field stays as it is: escape people's words where they must not format.
    """

    def __init__(
        self, translations: Mapping[str, gettext.GNUTranslations], forms: Mapping[str, Mapping[str, tuple[str, ...]]]
    ) -> None:
        self._translations = dict(translations)
        self._forms = forms
        for language, translation in translations.items():
            if language != DEFAULT:
                translation.add_fallback(translations[DEFAULT])

    @classmethod
    def load(cls, folder: Path) -> "Catalogue":
        """Reads every `*.po` of the folder and of the folders in it, whose keys must differ; `en.po` must be there.

        Raises ValueError naming the broken file.
        """
        found: dict[str, list[Path]] = {}
        for path in sorted([*folder.glob("*.po"), *folder.glob("*/*.po")]):
            found.setdefault(path.stem.lower().replace("_", "-"), []).append(path)
        if DEFAULT not in found:
            raise ValueError(f"{folder} has no {DEFAULT}.po")
        read = {language: _read(paths) for language, paths in found.items()}
        return cls({name: each[0] for name, each in read.items()}, {name: each[1] for name, each in read.items()})

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(self._translations)

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(self._forms[DEFAULT])

    def text(self, key: str, language: str | None, **fields: object) -> str:
        """`es-MX` falls back to `es`, that to English. Raises KeyError for a key that English does not have."""
        return self._fill(key, self._known(key, language).gettext(key), fields)

    def plural(self, key: str, count: int, language: str | None, **fields: object) -> str:
        """The form for `count`, which is also the field `{count}`. Raises KeyError like `text`."""
        template = self._known(key, language).ngettext(key, key, count)
        return self._fill(key, template, {"count": count, **fields})

    def placeholders(self, key: str, language: str = DEFAULT) -> frozenset[str]:
        """The fields a text wants; plural forms may leave some out, so it is what any form names."""
        return frozenset(
            name for form in self._forms[language][key] for _, name, _, _ in Formatter().parse(form) if name is not None
        )

    def problems(self, languages: tuple[str, ...] = LANGUAGES) -> tuple[str, ...]:
        """What is missing or does not agree with English, in words; empty when all is well."""
        found = [f"{language}.po is missing" for language in languages if language not in self._forms]
        for language, forms in self._forms.items():
            found += [f"{language}.po lacks {key}" for key in self.keys - forms.keys()]
            found += [f"{language}.po has {key}, which en.po lacks" for key in forms.keys() - self.keys]
            found += [
                f"{language}.po: {key} has other placeholders than en.po"
                for key in forms.keys() & self.keys
                if self.placeholders(key, language) != self.placeholders(key)
            ]
        return tuple(sorted(found))

    def _known(self, key: str, language: str | None) -> gettext.GNUTranslations:
        if key not in self._forms[DEFAULT]:
            raise KeyError(key)
        wanted = (language or DEFAULT).lower().replace("_", "-")
        while wanted not in self._translations:
            shorter, _, rest = wanted.rpartition("-")
            wanted = shorter if rest and shorter else DEFAULT
        return self._translations[wanted]

    def _fill(self, key: str, template: str, fields: Mapping[str, object]) -> str:
        if "{" not in template:
            return template
        try:
            return template.format_map(fields)
        except KeyError as missing:
            # A customer gets the sentence without the word; `tests/core/test_texts.py` finds such calls before.
            log.error("text_field_missing", key=key, field=str(missing.args[0]))
            return template.format_map(_Blank(fields))


class _Blank(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "…"


def _read(paths: Sequence[Path]) -> tuple[gettext.GNUTranslations, dict[str, tuple[str, ...]]]:
    """The files of one language, as one."""
    whole = _parse(paths[0])
    for path in paths[1:]:
        for message in _parse(path):
            if not message.id:
                continue  # the header
            if message.id in whole:
                raise ValueError(f"{path} says {message.id} again")
            whole[message.id] = message
    compiled = io.BytesIO()
    write_mo(compiled, whole)
    compiled.seek(0)
    forms: dict[str, tuple[str, ...]] = {}
    for message in whole:
        key = message.id if isinstance(message.id, str) else message.id[0]
        strings = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
        if key and all(strings) and strings and not message.fuzzy:
            forms[key] = strings
    return gettext.GNUTranslations(compiled), forms


def _parse(path: Path) -> Catalog:
    try:
        with path.open("rb") as file:
            return read_po(file, locale=path.stem.replace("-", "_"), abort_invalid=True)
    except (PoFileError, ValueError, UnknownLocaleError, OSError) as error:
        raise ValueError(f"{path} cannot be read: {error}") from error


def escape_markdown(words: str) -> str:
    """Somebody else's words, as a field of a Markdown text: they stay words and format nothing."""
    return _MARKS.sub(r"\\\1", words)


@lru_cache(maxsize=64)
def find_locale(language: str | None) -> Locale:
    """English for a language nobody knows."""
    try:
        return Locale.parse((language or DEFAULT).replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        return Locale.parse(DEFAULT)


def write_money(money: Money, language: str | None) -> str:
    """`€1,250.00`, `1.250,00 €`."""
    return format_currency(Decimal(money.micros) / MICROS, money.currency, locale=find_locale(language))


def write_small_money(money: Money, language: str | None) -> str:
    """To the cent; below one unit to a hundredth of a cent, since a model's call costs less than a cent."""
    amount = Decimal(money.micros) / MICROS
    places = _CENT if abs(amount) >= 1 or not amount else _CENT / 100
    return format_currency(
        amount.quantize(places), money.currency, locale=find_locale(language), decimal_quantization=False
    )


def write_rounded_money(money: Money, language: str | None, places: int = 0) -> str:
    """With so many decimals, whatever the currency has: `€50`, `50 €`, `¥1,250`."""
    locale = find_locale(language)
    pattern = str(locale.currency_formats["standard"].pattern).replace("0.00", f"0.{'0' * places}" if places else "0")
    amount = round(Decimal(money.micros) / MICROS, places)
    return format_currency(
        amount, money.currency, pattern, locale=locale, currency_digits=False, decimal_quantization=False
    )


def write_date(day: date, language: str | None) -> str:
    """`Nov 23, 2026`, `23 nov 2026`."""
    return format_date(day, format="medium", locale=find_locale(language))


def write_moment(at: datetime, language: str | None, time_zone: str) -> str:
    """Date and time to the minute in the tenant's time zone. Raises ZoneInfoNotFoundError."""
    locale = find_locale(language)
    local = at.astimezone(ZoneInfo(time_zone))
    return f"{format_date(local.date(), 'medium', locale)}, {format_datetime(local, 'HH:mm', locale=locale)}"
