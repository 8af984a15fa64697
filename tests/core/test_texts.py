"""The catalogue itself, and that every room's texts are complete and called with the fields they want."""

import ast
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from core.money import Money
from core.texts import Catalogue, write_date, write_moment, write_money

ROOT = Path(__file__).parents[2]
ROOMS = sorted(path.parent.parent for path in ROOT.glob("*/locales/en.po"))
HEADER = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n"Plural-Forms: {}\\n"\n\n'
TWO_FORMS = "nplurals=2; plural=(n != 1);"
RUSSIAN = "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "en.po").write_text(
        HEADER.format(TWO_FORMS) + 'msgid "hi"\nmsgstr "Hello {name}"\n\nmsgid "only"\nmsgstr "English"\n\n'
        'msgid "days"\nmsgid_plural "days"\nmsgstr[0] "{count} day"\nmsgstr[1] "{count} days"\n'
    )
    (tmp_path / "es.po").write_text(HEADER.format(TWO_FORMS) + 'msgid "hi"\nmsgstr "Hola {name}"\n')
    (tmp_path / "ru.po").write_text(
        HEADER.format(RUSSIAN) + 'msgid "days"\nmsgid_plural "days"\nmsgstr[0] "{count} день"\n'
        'msgstr[1] "{count} дня"\nmsgstr[2] "{count} дней"\n'
    )
    return tmp_path


@pytest.mark.parametrize(
    ("language", "expected"),
    [("es", "Hola Ana"), ("es-MX", "Hola Ana"), ("ES_mx", "Hola Ana"), ("ja", "Hello Ana"), (None, "Hello Ana"),
     ("", "Hello Ana"), ("-", "Hello Ana"), ("ru", "Hello Ana"), ("zh-Hant-TW", "Hello Ana")],
)  # fmt: skip
def test_a_text_falls_back_to_the_wider_language_then_to_english(folder: Path, language: str, expected: str) -> None:
    assert Catalogue.load(folder).text("hi", language, name="Ana") == expected


@pytest.mark.parametrize(("count", "expected"), [(1, "1 день"), (3, "3 дня"), (11, "11 дней"), (21, "21 день")])
def test_plurals_follow_the_language(folder: Path, count: int, expected: str) -> None:
    assert Catalogue.load(folder).plural("days", count, "ru") == expected


def test_what_people_wrote_is_never_read_as_a_placeholder(folder: Path) -> None:
    assert Catalogue.load(folder).text("hi", "en", name="{name} {0} {x.y}") == "Hello {name} {0} {x.y}"


def test_an_unknown_key_is_an_error(folder: Path) -> None:
    with pytest.raises(KeyError):
        Catalogue.load(folder).text("nope", "en")


def test_a_missing_field_reaches_the_log_and_not_the_customer(folder: Path) -> None:
    with capture_logs() as logs:
        assert Catalogue.load(folder).text("hi", "en") == "Hello …"
    assert logs[0]["event"] == "text_field_missing"


def test_problems_are_found(folder: Path) -> None:
    (folder / "es.po").write_text(HEADER.format(TWO_FORMS) + 'msgid "hi"\nmsgstr "Hola {nombre}"\n')
    problems = Catalogue.load(folder).problems(("en", "es", "de"))
    assert "de.po is missing" in problems
    assert "es.po lacks only" in problems
    assert "es.po: hi has other placeholders than en.po" in problems


def test_a_broken_file_is_named(folder: Path) -> None:
    (folder / "es.po").write_text("some notes, not a catalogue\n")
    with pytest.raises(ValueError, match=r"es\.po"):
        Catalogue.load(folder)


def test_money_and_time_are_written_as_people_read_them() -> None:
    assert write_money(Money(micros=1_250_000_000, currency="EUR"), "de") == "1.250,00\xa0€"
    assert write_money(Money(micros=12_500_000, currency="USD"), "xx-nowhere") == "$12.50"
    assert write_date(date(2026, 11, 23), "es") == "23 nov 2026"
    at = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    assert write_moment(at, "en", "Europe/Madrid") == "Nov 24, 2026, 00:30"


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_every_language_of_a_room_is_complete(room: Path) -> None:
    assert Catalogue.load(room / "locales").problems() == ()


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_every_text_is_asked_for_with_the_fields_it_wants(room: Path) -> None:
    catalogue = Catalogue.load(room / "locales")
    for place, key, fields, open_ended in _calls(room):
        assert key in catalogue.keys, f"{place}: no text is called {key}"
        missing = catalogue.placeholders(key) - fields
        assert open_ended or not missing, f"{place}: {key} also wants {sorted(missing)}"


def _calls(room: Path) -> Iterator[tuple[str, str, set[str], bool]]:
    """Calls like `TEXTS.text("key", language, name=…)`, with a literal key."""
    for path in room.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(
                    func=ast.Attribute(attr="text" | "plural" as kind), args=[ast.Constant(value=str(key)), *_]
                ):
                    names = {word.arg for word in node.keywords if word.arg} | (
                        {"count"} if kind == "plural" else set()
                    )
                    open_ended = any(word.arg is None for word in node.keywords)
                    yield f"{path.name}:{node.lineno}", key, names, open_ended
