"""Formatted text: what the original accepts, what it refuses and where it says the mistake is."""

import html as standard_html
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.telegram.entities import read_text, units
from sandbox.telegram.errors import ApiError
from sandbox.view import telegram_html, whatsapp_html

RESERVED = "_*[]()~`>#+-=|{}.!\\"


def bare(entities: list[dict[str, Any]]) -> list[tuple[str, int, int]]:
    return [(each["type"], each["offset"], each["length"]) for each in entities]


@pytest.mark.parametrize(
    ("mode", "source", "plain", "entities"),
    [
        ("HTML", "<b>a<i>b</i></b>", "ab", [("bold", 0, 2), ("italic", 1, 1)]),
        ("HTML", "😀<u>x</u>", "😀x", [("underline", 2, 1)]),
        ("HTML", "  <b> a </b>  ", "a", [("bold", 0, 1)]),
        ("HTML", "1 &lt; 2 &amp;&amp; 3 &nope; &#33;", "1 < 2 && 3 &nope; !", []),
        ("HTML", '<pre><code class="language-py">x</code></pre>', "x", [("pre", 0, 1)]),
        ("HTML", "<blockquote expandable>q</blockquote>", "q", [("expandable_blockquote", 0, 1)]),
        ("HTML", '<span class="tg-spoiler">s</span>', "s", [("spoiler", 0, 1)]),
        ("HTML", '<a href="https://a.b/?x=1&amp;y=2">l</a>', "l", [("text_link", 0, 1)]),
        ("MarkdownV2", "*a _b_*", "a b", [("bold", 0, 3), ("italic", 2, 1)]),
        ("MarkdownV2", "__u__ ~s~ ||h||", "u s h", [("underline", 0, 1), ("strikethrough", 2, 1), ("spoiler", 4, 1)]),
        ("MarkdownV2", "`a.b`", "a.b", [("code", 0, 3)]),
        ("MarkdownV2", "```py\nx=1```", "x=1", [("pre", 0, 3)]),
        ("MarkdownV2", r"1\.5 \*", "1.5 *", []),
        ("MarkdownV2", r"[l](https://a.b/\))", "l", [("text_link", 0, 1)]),
        ("MarkdownV2", ">one\n>two\nend", "one\ntwo\nend", [("blockquote", 0, 8)]),
        (
            "Markdown",
            "*a* _b_ `c` [d](http://e.f)",
            "a b c d",
            [("bold", 0, 1), ("italic", 2, 1), ("code", 4, 1), ("text_link", 6, 1)],
        ),
        ("", "/start now", "/start now", [("bot_command", 0, 6)]),
        ("", "see https://a.b/c.", "see https://a.b/c.", [("url", 4, 13)]),
        (
            "",
            "mail a@b.com #tag @some_one",
            "mail a@b.com #tag @some_one",
            [("email", 5, 7), ("hashtag", 13, 4), ("mention", 18, 9)],
        ),
    ],
)
def test_read(mode: str, source: str, plain: str, entities: list[tuple[str, int, int]]) -> None:
    text, found = read_text(source, mode, None)
    assert text == plain
    assert bare(found) == entities


@pytest.mark.parametrize(
    ("mode", "source", "complaint"),
    [
        ("HTML", "é<x>", 'Unsupported start tag "x" at byte offset 2'),
        ("HTML", "</b>", "Unexpected end tag at byte offset 0"),
        ("HTML", "<b>a</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("HTML", "<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
        ("HTML", "a < b", "Unclosed start tag at byte offset 2"),
        ("HTML", "<b", "Unclosed start tag at byte offset 0"),
        ("HTML", "<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("MarkdownV2", "a-b", "Character '-' is reserved and must be escaped with the preceding '\\'"),
        ("MarkdownV2", "é_a", "Can't find end of Italic entity at byte offset 2"),
        ("MarkdownV2", "[a](b", "Can't find end of a texturl URL at byte offset 3"),
        ("Markdown", "a *b", "Can't find end of the entity starting at byte offset 2"),
    ],
)
def test_refuse(mode: str, source: str, complaint: str) -> None:
    with pytest.raises(ApiError) as refused:
        read_text(source, mode, None)
    assert refused.value.code == 400
    assert refused.value.description == f"Bad Request: can't parse entities: {complaint}"


@given(st.text(), st.sampled_from(["", "HTML", "Markdown", "MarkdownV2"]))
def test_any_text_is_read_or_refused(source: str, mode: str) -> None:
    try:
        text, entities = read_text(source, mode, None)
    except ApiError as error:
        assert error.code == 400
        return
    assert text == text.strip()
    for entity in entities:
        assert entity["offset"] >= 0 and entity["length"] > 0
        assert entity["offset"] + entity["length"] <= units(text)


@given(
    st.text(alphabet=st.sampled_from('ab<>/&;_*[]()~`|!>\\\n "=é😀.'), max_size=30),
    st.sampled_from(["HTML", "MarkdownV2"]),
)
def test_signs_are_read_or_refused(source: str, mode: str) -> None:
    test_any_text_is_read_or_refused.hypothesis.inner_test(source, mode)  # type: ignore[attr-defined]


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(lambda text: text == text.strip()))
def test_escaped_text_comes_back(source: str) -> None:
    assert read_text(standard_html.escape(source), "HTML", None)[0] == source
    escaped = "".join(f"\\{sign}" if sign in RESERVED else sign for sign in source)
    assert read_text(escaped, "MarkdownV2", None)[0] == source


@given(
    st.text(),
    st.lists(st.tuples(st.sampled_from(["bold", "code", "text_link", "url"]), st.integers(0, 9), st.integers(1, 9))),
)
def test_the_page_gets_no_foreign_tags(text: str, spans: list[tuple[str, int, int]]) -> None:
    length = units(text)
    entities = [
        {"type": kind, "offset": start, "length": size, "url": "javascript:alert(1)"}
        for kind, start, size in spans
        if start + size <= length
    ]
    for shown in (telegram_html(text + "<script>", entities), whatsapp_html(text + "<script>")):
        assert "<script" not in shown
        assert 'href="javascript' not in shown
