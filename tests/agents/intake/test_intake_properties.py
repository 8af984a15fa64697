"""Whatever is written: it is read, the same each time, and nothing is found that does not stand there."""

import re
from datetime import UTC, datetime
from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from agents.intake.reading import read_request
from agents.intake.request import Intent
from tenants.agents import AgentPolicy
from tests.agents.intake.reading_world import sentences

_PIECES = (
    "order", "заказ", "Bestellung", "№", "#", "nr.", "T-1001", "BA-20433", "12.50", "€", "R$", "+49 30 1234567",
    "a@b.co", "at", "um",
    "в", "a las", "tomorrow", "morgen", "завтра", "in", "через", "2", "hours", "29 February", "31.12.", "9999-12-31",
    "00:00", "24h",
    "Monday", "or", "3", "pm", "half past", "halb", "99999999999", "1,234.5", "²", "٣", "İ", "ß", "\0", "?", "\n",
    "not", "refund",
    "call me", "Ana", "in 999 weeks", "12/13/14", "www.x.y/1-2", "ŉ-12", "…", "poem",
)  # fmt: skip
_TEXT = (
    st.lists(st.sampled_from(_PIECES), max_size=30).map(" ".join)
    | st.lists(st.sampled_from(_PIECES), max_size=30).map("".join)
    | st.text(max_size=300)
    | st.sampled_from([text for _, _, text in sentences("developed")])
)
_LANGUAGE = st.sampled_from(["en", "es", "ru", "de", "fr", "pt", "pt-BR", "xx", "", "zh"])
_NOW = st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001
_ZONE = st.sampled_from(["Europe/Amsterdam", "America/Sao_Paulo", "Pacific/Kiritimati", "UTC", "nowhere", "", "../x"])
_POLICY = AgentPolicy(on=("sales", "billing"))


@settings(max_examples=300, deadline=None)
@given(_TEXT, _LANGUAGE, _NOW, _ZONE, st.lists(_TEXT, max_size=6))
def test_any_text_is_read(text: str, language: str, now: datetime, zone: str, history: list[str]) -> None:
    def read() -> object:
        return read_request(text, language=language, policy=_POLICY, now=now, time_zone=zone, history=history)

    request = read_request(text, language=language, policy=_POLICY, now=now, time_zone=zone, history=history)
    assert read() == request
    found = request.entities
    assert request.intent in get_args(Intent)
    assert request.agent in request.agents
    assert set(request.agents) <= {"sales", "billing", "general"}
    assert 0 <= request.confidence <= 1
    assert all(reference.casefold() in text.casefold() for reference in found.references)
    assert all(time.timestamp() > now.timestamp() for time in found.times)
    assert all(re.fullmatch(r"\d+\.\d\d", amount) for amount in found.amounts)
    assert found.email in text
    assert max(map(len, (found.references, found.amounts, found.times, found.dates))) <= 12
    assert len(found.phone) <= 16


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(_PIECES), st.integers(1_000, 40_000))
def test_a_very_long_text_gives_a_bounded_answer(piece: str, times: int) -> None:
    request = read_request(
        piece * times, language="en", policy=_POLICY, now=datetime(2026, 1, 1, tzinfo=UTC), time_zone="UTC"
    )
    assert len(repr(request)) < 4_000
