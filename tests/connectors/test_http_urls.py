"""URLs of tenants' own actions: how they may be declared, and that no argument leaves its place in one."""

from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from connectors.http_urls import fill_url
from core.errors import Rejected
from tenants.url_templates import read_template
from tests.connectors.test_http_actions import ARGUMENTS, credit

_NASTY = st.sampled_from(
    [
        "../x", "..", ".", "...", "?a=b", "#x", "@evil.example", "//evil.example", "\r\nHost: evil", "%2e%2e", "%2F..",
        "a/b", "a\\b", "..;", "..;/x", "http://evil.example/", "é/..", "\u2025", "\uff0e\uff0e", "a%00", " ",
        "{reason}", "&admin=1", ":8080", "\t", "\x7f", "INV-1",
    ]
)  # fmt: skip
_VALUE = _NASTY | st.text(min_size=1, max_size=30) | st.lists(_NASTY, min_size=1, max_size=3).map("".join)


@settings(deadline=None, max_examples=400)
@given(invoice=_VALUE, reason=_VALUE)
def test_no_argument_leaves_its_place_in_the_url(invoice: str, reason: str) -> None:
    template = read_template("https://erp.example:8443/v1/invoices/{invoice}/credits?why={reason}&by=steward")
    try:
        url = fill_url(template, {"invoice": invoice, "reason": reason})
    except Rejected as error:
        assert invoice not in str(error) or len(invoice) < 3
        return
    sent = url.raw_path_qs
    path, _, query = sent.partition("?")
    assert (url.scheme, url.host, url.port, url.raw_fragment) == ("https", "erp.example", 8443, "")
    assert (url.user, url.password) == (None, None)
    start, end = "/v1/invoices/", "/credits"
    assert path.startswith(start) and path.endswith(end)
    segment = path[len(start) : -len(end)]
    assert "/" not in segment and segment.isascii() and unquote(segment) == invoice
    for decoded in (unquote(segment), unquote(unquote(segment))):  # by whoever decodes once, or once too often
        assert "/" not in decoded and "\\" not in decoded and decoded.strip(". ")
        assert not any(ord(each) < 32 for each in decoded)
    names, values = zip(*(pair.split("=") for pair in query.split("&")), strict=True)
    assert names == ("why", "by") and unquote(values[0]) == reason


@settings(deadline=None, max_examples=100)
@given(done=_VALUE)
def test_neither_does_the_id_of_what_is_taken_back(done: str) -> None:
    template = read_template("https://erp.example/invoices/{invoice}/credits/?by=steward")
    try:
        url = fill_url(template, {"invoice": "INV-1"}, below=done)
    except Rejected:
        return
    head, _, last = url.raw_path.rpartition("/")
    assert (head, unquote(last), url.raw_query_string) == ("/invoices/INV-1/credits", done, "by=steward")


@pytest.mark.parametrize(
    "url",
    [
        "http://{invoice}/x", "http://{invoice}.example/x", "http://a.example:{amount}/x", "{invoice}://a.example/x",
        "http://me:you@a.example/x", "http://a.example@b.example/x", "http://a.example/x#{invoice}",
        "http://a.example/{nobody}", "http://a.example/{invoice", "http://a.example/x}", "http://a.example/?{reason}=1",
        "http://a.example/?{reason}", "http://a.example/../{invoice}", "http://a.example/%2e%2e/{invoice}",
        "http://a.example\\@b/", "http://a.example/a b", "http://a.example:99999/", "http://", "ftp://a.example/",
        "http://a.example/{Invoice}", "http://a.example/{{invoice}}", "http://a.example/\n{invoice}", "http://[::1/x",
        "http://a.example/x?a=1?b=2", "http://é.example/",
    ],
)  # fmt: skip
def test_a_url_that_could_be_led_astray_cannot_be_declared(url: str) -> None:
    with pytest.raises(ValidationError):
        credit("http://a.example", url=url)


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example", "https://a.example/", "https://a.example:8443/v1/{invoice}/x-{amount}.json?why={reason}",
        "https://a.example/it%20is?a=1&b={amount}", "http://[2606:4700::1111]:80/{invoice}", "http://93.184.216.34/x",
    ],
)  # fmt: skip
def test_a_plain_url_can_be_declared(url: str) -> None:
    action = credit("", url=url)
    assert fill_url(read_template(action.url), ARGUMENTS).scheme in ("http", "https")


@pytest.mark.parametrize("more", [{"reversible": False}, {"undo": ""}])
def test_an_undo_is_declared_whole(more: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="taken back"):
        credit("https://a.example", **more)
