"""The wait that a vendor asks for."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.retry_after import LONGEST, parse_retry_after

NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [({}, None), ({"retry-after": "17"}, timedelta(seconds=17)), ({"retry-after": "0.5"}, timedelta(seconds=0.5)),
     ({"retry-after-ms": "250", "retry-after": "9"}, timedelta(milliseconds=250)), ({"retry-after": "-1"}, timedelta()),
     ({"retry-after": "Mon, 23 Nov 2026 00:02:00 GMT"}, timedelta(minutes=2)), ({"retry-after": "soon"}, None),
     ({"retry-after": "Mon, 23 Nov 2020 00:02:00 GMT"}, timedelta()), ({"retry-after": "1e9"}, LONGEST)],
)  # fmt: skip
def test_what_is_read(headers: dict[str, str], wait: timedelta | None) -> None:
    assert parse_retry_after(headers, NOW) == wait


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["retry-after", "retry-after-ms"]), st.text() | st.floats().map(str)))
def test_any_header_gives_a_sensible_wait(headers: dict[str, str]) -> None:
    wait = parse_retry_after(headers, NOW)
    assert wait is None or timedelta() <= wait <= LONGEST
