"""What an owner is told of actions, loops, quality and cases: in every language, and whatever the fields hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue
from structlog.testing import capture_logs

from admin.notices import describe_notice
from core.events import OwnerNotice

LANGUAGES = ["en", "es", "ru", "de", "fr", "pt"]
TICKET: dict[str, JsonValue] = {"reference": "T-1001", "kind": "ticket", "title": "Seal *broken*", "customer": "Maya"}
SAMPLES: list[tuple[str, dict[str, JsonValue]]] = [
    ("action_trouble", {"title": "Credit", "customer": "Maya", "error": "503"}),
    ("action_trouble", {"title": "schedule_call", "error": "in_doubt"}),
    *(("loop_stopped", {"what": what, "customer": "Maya"})
      for what in ("repeated_action", "repeated_reply", "ping_pong", "limits", "breaker")),
    ("quality_anomaly", {"finding": "leak, some_other_code", "customer": "Maya", "count": 3}),
    ("case_opened", {**TICKET, "urgent": True}),
    ("case_opened", {**TICKET, "kind": "call", "at": "2026-11-24T12:00:00+00:00"}),
    ("case_due", {**TICKET, "step": "in_progress"}),
    ("case_news", {**TICKET, "step": "cancelled", "text": "No longer *needed*"}),
    ("case_opened", {**TICKET, "kind": "refund", "reference": "M-1001", "title": "€12.50", "text": "Stale *tart*"}),
]  # fmt: skip


def tell(notice: str, fields: dict[str, JsonValue], language: str) -> str:
    event = OwnerNotice(notice=notice, fields=fields)  # type: ignore[arg-type]
    return describe_notice(event, language, "Europe/Berlin")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("notice", "fields"), SAMPLES)
def test_every_notice_has_words_in_every_language(language: str, notice: str, fields: dict[str, JsonValue]) -> None:
    text = tell(notice, fields, language)
    assert "{" not in text
    assert "…" not in text
    with capture_logs():
        assert text != tell(notice, {}, language)


def test_they_say_what_happened() -> None:
    said = [tell(notice, fields, "en") for notice, fields in SAMPLES]
    assert said[0] == "**“Credit” did not work** for Maya.\n503"
    assert said[1].startswith("**“Schedule a call” did not work** for a customer.\n⚠ The connection broke off")
    assert "(3×)" in said[7]
    assert "some other code" in said[7]
    assert said[8] == (
        "**Urgent, new: Ticket T-1001** for Maya. /cases shows all that is open.\nSeal \\*broken\\*"
    )  # fmt: skip
    assert said[9].endswith("When: Nov 24, 2026, 13:00")
    assert said[10].endswith("Where it stands: In progress")
    assert "No longer \\*needed\\*" in said[11]
    assert said[12].startswith("**M-1001: pay Maya €12.50 back.**") and "/case M-1001" in said[12]
    assert said[12].endswith("Stale \\*tart\\*")


@given(
    st.sampled_from([notice for notice, _ in SAMPLES]),
    st.dictionaries(
        st.sampled_from(
            ["title", "customer", "error", "what", "finding", "count", "reference", "kind", "urgent", "step", "at"]
        ),
        st.one_of(st.none(), st.text(), st.integers(), st.floats(), st.booleans()),
    ),
)
def test_no_fields_break_a_notice(notice: str, fields: dict[str, JsonValue]) -> None:
    with capture_logs():
        assert tell(notice, fields, "ru")
