"""“Where is my request?”, for the customer in words and for the owner as values."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.cases.kinds import KINDS
from agents.cases.views import describe_cases
from core.business import CaseView
from core.texts import LANGUAGES
from tests.agents.cases.world import CONTACT, CONVERSATION, NOON, STREAM

TICKET = CaseView(
    stream_id=STREAM, kind="ticket", reference="T-1042", title="Broken *pallet*", step="in_progress",
    contact_id=CONTACT, conversation=CONVERSATION, pending_action="", attempts=0, version=3,
    deadline=NOON + timedelta(days=1), opened_at=NOON, changed_at=NOON + timedelta(hours=1), closed_at=None,
)  # fmt: skip
CALL = replace(TICKET, kind="call", reference="C-1007", title="Customs", step="scheduled")
SHIPMENT = replace(TICKET, kind="shipment", reference="BA-20417", title="", step="late", pending_action="")


def test_a_customer_reads_what_it_is_where_it_stands_and_what_was_promised() -> None:
    assert describe_cases([TICKET, CALL, SHIPMENT], "en", "Europe/Berlin").splitlines() == [
        "This is where things stand:",
        "• **Request T-1042** (Broken \\*pallet\\*): in progress (since Nov 23, 2026, 14:00)",
        "• **Call C-1007** (Customs): scheduled (since Nov 23, 2026, 14:00); for Nov 24, 2026, 13:00",
        "• **Shipment BA-20417**: late (since Nov 23, 2026, 14:00); promised for Nov 24, 2026, 13:00",
    ]


def test_what_is_closed_comes_last_and_not_all_of_it() -> None:
    closed = [replace(TICKET, reference=f"T-{n}", step="done", closed_at=NOON) for n in range(9)]
    lines = describe_cases([CALL, *closed], "de", "Europe/Berlin").splitlines()
    assert len(lines) == 5
    assert lines[1].startswith("• **Anruf C-1007**") and "für den 24.11.2026, 13:00" in lines[1]
    assert lines[2].startswith("• **Anfrage T-0** (Broken \\*pallet\\*): erledigt (seit ")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_step_has_words_of_its_own_in_every_language(language: str) -> None:
    for kind in KINDS.values():
        texts = {
            describe_cases([replace(TICKET, kind=kind.name, step=step)], language, "UTC") for step in kind.views
        }  # fmt: skip
        assert len(texts) == len(kind.views)
        assert not any("{" in text or "…" in text or "case_" in text for text in texts)
    assert describe_cases([], language, "UTC")


@given(
    kind=st.sampled_from([*KINDS, "gone"]), step=st.sampled_from(["open", "sunk", ""]), title=st.text(max_size=300),
    zone=st.sampled_from(["Europe/Berlin", "Nowhere/At all", ""]),
    deadline=st.none() | st.datetimes(timezones=st.timezones()),
)  # fmt: skip
def test_no_case_breaks_the_view(kind: str, step: str, title: str, zone: str, deadline: Any) -> None:
    case = replace(TICKET, kind=kind, step=step, title=title, deadline=deadline)
    assert describe_cases([case], "ru", zone)
