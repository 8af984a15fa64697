"""Where a business is, found from what its owner types; and the names it goes by."""

import re
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin.onboarding.budgets import resize_budget, starter_budget
from admin.onboarding.places import Place, find_zones, guess_place, name_zone
from admin.onboarding.words import find_currency, find_language, read_name
from core.events import MessageReceived, Sender
from core.money import MICROS, Money
from core.texts import LANGUAGES
from jobs.businesses import name_slug
from tests.admin.desk_world import NOW


@pytest.mark.parametrize(
    ("language", "phone", "expected"),
    [
        ("de", None, ("de", "Europe/Berlin", "EUR")), ("es-MX", None, ("es", "America/Mexico_City", "MXN")),
        ("pt-BR", None, ("pt", "America/Sao_Paulo", "BRL")), ("it", None, ("en", "Europe/Rome", "EUR")),
        (None, "573001234567", ("es", "America/Bogota", "COP")), (None, "491511234567", ("de", "Europe/Berlin", "EUR")),
        (None, None, ("en", "America/New_York", "USD")), ("xx", "1", ("en", "UTC", "USD")),
    ],
)  # fmt: skip
def test_a_place_is_guessed_from_the_app_or_the_number(
    language: str | None, phone: str | None, expected: tuple[str, str, str]
) -> None:
    wanted = Place(language=expected[0], time_zone=expected[1], currency=expected[2])
    assert guess_place(language, phone) == wanted


@given(st.text(max_size=40) | st.none(), st.text(max_size=20) | st.none())
def test_whatever_an_app_reports_gives_a_place_that_there_is(language: str | None, phone: str | None) -> None:
    place = guess_place(language, phone)
    assert place.language in LANGUAGES and place.time_zone in available_timezones()
    assert re.fullmatch("[A-Z]{3}", place.currency)


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("Berlin", "Europe/Berlin"), ("bogota", "America/Bogota"), (" Bogotá ", "America/Bogota"),
        ("Bogata", "America/Bogota"), ("München", "Europe/Berlin"), ("Мюнхен", "Europe/Berlin"),
        ("Deutschland", "Europe/Berlin"), ("Россия", "Europe/Moscow"), ("USA", "America/New_York"),
        ("Paris, France", "Europe/Paris"), ("Kiev", "Europe/Kyiv"), ("europe/lisbon", "Europe/Lisbon"),
        ("UTC+3", "Etc/GMT-3"), ("GMT -5", "Etc/GMT+5"), ("Sao Paulo", "America/Sao_Paulo"),
    ],
)  # fmt: skip
def test_a_city_a_country_or_an_offset_finds_its_time_zone(typed: str, first: str) -> None:
    assert find_zones(typed)[0] == first


@given(st.text(max_size=60))
def test_no_name_of_a_place_is_too_odd(typed: str) -> None:
    found = find_zones(typed)
    assert len(found) <= 8 and set(found) <= available_timezones()
    assert all(name_zone(zone, language) for zone in found for language in LANGUAGES)


@pytest.mark.parametrize("typed", ["Atlantis", "🙂", "", "12", "/", "????"])
def test_what_is_no_place_finds_none(typed: str) -> None:
    assert find_zones(typed) == ()


def test_languages_and_currencies_are_known_by_their_names() -> None:
    assert [find_language(each) for each in ("Deutsch", "german", "Español", "русский", "pt", "Klingon")] == [
        "de", "de", "es", "ru", "pt", None,
    ]  # fmt: skip
    assert [find_currency(each) for each in ("eur", "€", "Euros", "US Dollar", "XQQ", "")] == [
        "EUR", "EUR", "EUR", "USD", None, None,
    ]  # fmt: skip


@given(st.text(max_size=80), st.text(max_size=20))
def test_every_name_gives_an_address_of_its_own(name: str, key: str) -> None:
    slug = name_slug(name, key)
    assert re.fullmatch(r"[a-z][a-z0-9-]{1,39}", slug) and slug == name_slug(name, key)
    assert slug != name_slug(name, key + "'")


@given(st.text(max_size=200))
def test_a_name_is_one_line_or_none(text: str) -> None:
    sender = Sender(external_id="1")
    name = read_name(MessageReceived(message_id="1", sender=sender, at=NOW, text=text))
    assert name == " ".join(name.split()) and "\0" not in name
    assert not name or any(c.isalnum() for c in name)


def test_a_first_budget_is_about_the_same_everywhere() -> None:
    assert starter_budget(10, "EUR") == Money(micros=10 * MICROS, currency="EUR")
    assert starter_budget(10, "JPY") == Money(micros=1_500 * MICROS, currency="JPY")
    assert starter_budget(0, "EUR") is None
    assert resize_budget(Money(micros=10 * MICROS, currency="USD"), "COP").micros == 40_000 * MICROS
