"""Meta's refusals, by what the sender does next."""

from datetime import timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.whatsapp.refusals import read_refusal
from core.errors import Misconfigured, Rejected, StewardError, Transient, WindowOver


def refusal(code: Any, status: int = 400, *, reading: bool = False, **fields: Any) -> StewardError:
    error = {"message": f"(#{code}) Title", "type": "OAuthException", "code": code, "fbtrace_id": "A", **fields}
    return read_refusal(status, orjson.dumps({"error": error}), reading=reading)


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        (131047, 400, WindowOver), (131026, 400, Rejected), (131030, 400, Rejected), (131009, 400, Rejected),
        (100, 400, Rejected), (132000, 404, Rejected), (131062, 400, Rejected), (999999, 400, Rejected),
        (130429, 429, Transient), (131056, 400, Transient), (80007, 400, Transient), (4, 400, Transient),
        (131048, 400, Transient), (131000, 500, Transient), (131016, 503, Transient), (131057, 500, Transient),
        (2, 500, Transient), (999999, 500, Transient), (999999, 429, Transient),
        (190, 401, Misconfigured), (10, 403, Misconfigured), (200, 403, Misconfigured), (299, 403, Misconfigured),
        (0, 401, Misconfigured), (368, 403, Misconfigured), (131031, 403, Misconfigured), (131042, 400, Misconfigured),
        (133010, 400, Misconfigured), ("190", 401, Misconfigured),
    ],
)  # fmt: skip
def test_goes_by_the_code(code: Any, status: int, kind: type[StewardError]) -> None:
    error = refusal(code, status)
    assert type(error) is kind
    assert str(code) in str(error)


def test_the_window_says_what_to_do() -> None:
    assert "template" in str(refusal(131047))


@pytest.mark.parametrize(("code", "seconds"), [(130429, 1), (131056, 6), (80007, 6)])
def test_limits_say_how_long_to_wait(code: int, seconds: int) -> None:
    error = refusal(code)
    assert isinstance(error, Transient)
    assert error.retry_after == timedelta(seconds=seconds)


@pytest.mark.parametrize(("header", "seconds"), [("7", 7), ("soon", 1), ("-1", 1), ("9" * 30, 1), ("²", 1), (None, 1)])
def test_a_given_pause_is_kept(header: str | None, seconds: int) -> None:
    body = orjson.dumps({"error": {"code": 130429, "message": "x"}})
    error = read_refusal(429, body, retry_after=header)
    assert isinstance(error, Transient)
    assert error.retry_after == timedelta(seconds=seconds)


def test_an_unknown_object_is_a_wrong_number_or_a_file_that_is_gone() -> None:
    assert type(refusal(100, error_subcode=33)) is Misconfigured
    assert type(refusal(100, error_subcode=33, reading=True)) is Rejected


def test_what_meta_calls_transient_is() -> None:
    assert type(refusal(131009, is_transient=True)) is Transient
    assert type(refusal(131009, is_transient=None)) is Rejected


@pytest.mark.parametrize(
    ("status", "kind"),
    [(502, Transient), (404, Transient), (302, Transient), (401, Misconfigured), (403, Misconfigured)],
)
def test_an_answer_that_is_not_metas_own(status: int, kind: type[StewardError]) -> None:
    assert type(read_refusal(status, b"<html>Bad gateway</html>")) is kind


def test_errors_hold_no_phone_numbers() -> None:
    error = refusal(131009, error_data={"details": "Recipient 16505551234 is wrong"})
    assert "wrong" in str(error)
    assert "16505551234" not in str(error)


@given(
    st.integers(300, 599),
    st.recursive(
        st.none() | st.integers() | st.text() | st.booleans(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(["error", "code", "message", "error_data", "details", "error_subcode"]), inner
            )
        ),
        max_leaves=12,
    ),
)
def test_any_answer_gives_an_error_of_ours(status: int, answer: Any) -> None:
    try:
        body = orjson.dumps(answer)
    except TypeError:
        body = str(answer).encode("utf-8", "replace")
    assert isinstance(read_refusal(status, body), StewardError)
