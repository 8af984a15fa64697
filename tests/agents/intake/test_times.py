"""When, in six languages, from a Tuesday at ten."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from agents.intake.times import find_times
from tests.agents.intake.reading_world import NOW, ZONE


@pytest.mark.parametrize(
    ("language", "text", "times"),
    [
        ("en", "call me tomorrow at 3", ["25 15:00"]), ("es", "mañana a las 15:00", ["25 15:00"]),
        ("ru", "завтра в 10", ["25 10:00"]), ("de", "morgen um 9 Uhr", ["25 09:00"]),
        ("fr", "demain à 14h", ["25 14:00"]),
        ("pt", "amanhã às 9h", ["25 09:00"]), ("en", "in 2 hours", ["24 12:00"]), ("ru", "через полчаса", ["24 10:30"]),
        ("de", "in einer Stunde", ["24 11:00"]), ("fr", "dans une demi-heure", ["24 10:30"]),
        ("pt", "daqui a 2 horas", ["24 12:00"]),
        ("es", "en 20 min", ["24 10:20"]), ("en", "on 3 December at 10:30", ["03 10:30"]),
        ("en", "2026-12-03T10:30", ["03 10:30"]),
        ("fr", "le 3 décembre à 10 heures", ["03 10:00"]), ("de", "am 3.12. um 10.30 Uhr", ["03 10:30"]),
        ("ru", "3 декабря в 10:30", ["03 10:30"]), ("en", "December 3rd at 5pm", ["03 17:00"]),
        ("en", "Monday at 3 or Tuesday at 4", ["30 15:00", "01 16:00"]),
        ("en", "at 3 on Monday or at 4 on Tuesday", ["30 15:00", "01 16:00"]),
        ("en", "tomorrow at 3 or 4", ["25 15:00", "25 16:00"]), ("es", "el viernes a las 3 de la tarde", ["27 15:00"]),
        ("ru", "в пятницу в 10 утра", ["27 10:00"]), ("de", "heute abend um 8", ["24 20:00"]),
        ("en", "tomorrow morning", ["25 09:00"]),
        ("es", "mañana por la mañana", ["25 09:00"]), ("de", "morgen früh", ["25 09:00"]),
        ("pt", "amanhã de manhã", ["25 09:00"]),
        ("en", "half past 3", ["24 15:30"]), ("de", "halb vier", ["24 15:30"]), ("es", "a las 3 y media", ["24 15:30"]),
        ("en", "at noon tomorrow", ["25 12:00"]), ("en", "in 3 days at 10", ["27 10:00"]),
        ("en", "tomorow at 11", ["25 11:00"]),
        ("en", "mañana a las 15:00", ["25 15:00"]), ("de", "Guten Morgen, um 15 Uhr", ["24 15:00"]),
        ("en", "at 09:00", ["25 09:00"]),
    ],
)  # fmt: skip
def test_times(language: str, text: str, times: list[str]) -> None:
    found, _ = find_times(text, language, NOW, ZONE)
    assert [each.strftime("%d %H:%M") for each in found] == times
    assert all(each.tzinfo == ZoneInfo(ZONE) for each in found)


def test_an_hour_that_may_be_meant_either_way_gives_both() -> None:
    found, _ = find_times("call me at 9", "en", NOW, ZONE)
    assert [each.strftime("%d %H:%M") for each in found] == ["24 21:00", "25 09:00"]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "good morning"), ("es", "buenas tardes"), ("de", "Guten Morgen"), ("fr", "il y a 2 heures"),
        ("en", "within 24h"),
        ("en", "at 3 euros each"), ("pt", "quero as 3 caixas"), ("ru", "в 10 магазинах"),
        ("de", "um 20 Euro reduziert"),
        ("en", "yesterday"), ("en", "on 3 December 2020 at 10:30"), ("en", "at 25:70"), ("en", "at a shop"),
    ],
)  # fmt: skip
def test_what_is_no_time(language: str, text: str) -> None:
    assert find_times(text, language, NOW, ZONE)[0] == ()


def test_days_without_an_hour_are_dates() -> None:
    assert find_times("next friday or 31.12.2026", "en", NOW, ZONE) == ((), (date(2026, 11, 27), date(2026, 12, 31)))
    assert find_times("on 1 January", "en", NOW, ZONE)[1] == (date(2027, 1, 1),)
    assert find_times("31 February", "en", NOW, ZONE) == ((), ())


def test_now_counts_where_the_tenant_is() -> None:
    late = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
    found, _ = find_times("tomorrow at 9:00", "en", late, "Asia/Tokyo")
    assert found == (datetime(2026, 11, 26, 9, 0, tzinfo=ZoneInfo("Asia/Tokyo")),)


def test_an_unknown_zone_is_utc() -> None:
    assert find_times("tomorrow at 9:00", "en", NOW, "Mars/Base")[0] == (datetime(2026, 11, 25, 9, 0, tzinfo=UTC),)
