"""What the Graph API is given: within its limits, with nothing lost."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.text import count_units
from bots.whatsapp.markup import to_whatsapp
from bots.whatsapp.render import Part, render, render_media
from core.ids import AccountId
from core.messages import Button, EditCard, React, SendMedia, SendTemplate, SendText

markdown = st.lists(
    st.sampled_from(
        ["word", "**", "*", "_", "~~", "`", "```\n", "\n", " ", "# ", "- ", "[a](https://b.c)", "\\*", "é", "😀"]
    ),
    max_size=60,
).map("".join)


def rows(*labels: str) -> tuple[tuple[Button, ...], ...]:
    return tuple((Button(id=f"id{number}", label=label),) for number, label in enumerate(labels))


def bodies(parts: list[Part]) -> list[Any]:
    return [part.content["body"] for part in parts]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("plain, 100 % plain", "plain, 100 % plain"),
        ("**Hours**: 9-5", "*Hours*: 9-5"),
        ("__Hours__: 9-5", "*Hours*: 9-5"),
        ("a *word* and _it_", "a _word_ and _it_"),
        ("***both***", "*_both_*"),
        ("**bold _it_ bold**", "*bold _it_ bold*"),
        ("~~old~~ new", "~old~ new"),
        ("# Title **x** #\ntext", "*Title x*\ntext"),
        ("* one\n  * two", "• one\n  • two"),
        ("1. one\n2. two", "1. one\n2. two"),
        ("see [menu](https://x.com/a_(b)) ok", "see menu (https://x.com/a_(b)) ok"),
        ("[https://x.y](https://x.y)", "https://x.y"),
        ("<https://x.y>", "https://x.y"),
        ("https://x.com/a_b_c", "https://x.com/a_b_c"),
        ("`a ** b` and ``c``", "`a ** b` and `c`"),
        ("```py\nx = **2\n```\n**after**", "```x = **2```\n*after*"),
        ("**two\nlines**", "*two*\n*lines*"),
        ("> quoted **a**\n> text", "> quoted *a*\n> text"),
        ("2 * 3 * 4 = 24 and 2*3*4", "2 * 3 * 4 = 24 and 2*3*4"),
        ("snake_case_name", "snake_case_name"),
        (r"\*not\*", "*not*"),
        ("**open", "**open"),
    ],
)
def test_markdown_in_whatsapps_signs(source: str, expected: str) -> None:
    assert to_whatsapp(source) == expected


@given(markdown)
def test_markup_loses_no_word(source: str) -> None:
    source = source.replace("~", "").replace("```", "")  # a word after a fence names the language
    assert to_whatsapp(source).count("word") == source.count("word")


@given(markdown.map(lambda text: text * 90), st.integers(0, 12))
def test_every_part_is_within_the_limits(text: str, buttons: int) -> None:
    parts = render(SendText(text=text, buttons=rows(*["A rather long label of a button"] * buttons)))
    for part in parts:
        content: Any = part.content
        if part.kind == "text":
            assert 0 < count_units(content["body"]) <= 4096
        else:
            assert 0 < count_units(content["body"]["text"]) <= (1024 if content["type"] == "button" else 4096)
            titles = titles_of(content)
            assert all(0 < count_units(title) <= (20 if content["type"] == "button" else 24) for title in titles)
            assert len(set(titles)) == len(titles) <= (3 if content["type"] == "button" else 10)
    shown = sum(len(titles_of(part.content)) for part in parts if part.kind == "interactive")
    assert shown == buttons
    assert [part.kind for part in parts if part.kind == "text"] == [part.kind for part in parts][
        : len(parts) - -(-buttons // 10)
    ]


def titles_of(content: Any) -> list[str]:
    if content["type"] == "button":
        return [button["reply"]["title"] for button in content["action"]["buttons"]]
    return [row["title"] for row in content["action"]["sections"][0]["rows"]]


def test_a_short_text_is_one_call() -> None:
    assert render(SendText(text="**Hi**", reply_to="wamid.1")) == [
        Part(kind="text", content={"body": "*Hi*"}, reply_to="wamid.1")
    ]


def test_up_to_three_buttons_are_reply_buttons() -> None:
    parts = render(SendText(text="Well?", buttons=rows("Answer", "Take over", "Dismiss")))
    buttons = [
        {"type": "reply", "reply": {"id": f"id{n}", "title": title}}
        for n, title in enumerate(["Answer", "Take over", "Dismiss"])
    ]
    assert parts == [
        Part(kind="interactive", content={"type": "button", "body": {"text": "Well?"}, "action": {"buttons": buttons}})
    ]


def test_a_cut_label_is_told_apart_and_repeated_below() -> None:
    labels = ["The very same long label of a button"] * 2 + ["b", "c", ""]
    content: Any = render(SendText(text="Well?", buttons=rows(*labels)))[0].content
    found = content["action"]["sections"][0]["rows"]
    assert [row["title"] for row in found] == ["The very same long labe…", "The very same long l… 2", "b", "c", "…"]
    assert found[0]["description"] == labels[0]
    assert "description" not in found[2]


def test_more_than_ten_buttons_are_several_lists() -> None:
    parts: Any = render(SendText(text="Pick", buttons=rows(*[f"n{n}" for n in range(25)])))
    assert [len(part.content["action"]["sections"][0]["rows"]) for part in parts] == [10, 10, 5]
    assert [part.content["body"]["text"] for part in parts] == ["Pick", "… (2/3)", "… (3/3)"]


def test_long_text_comes_first_and_the_buttons_last() -> None:
    parts: Any = render(SendText(text="word " * 1200, buttons=rows("Yes"), reply_to="wamid.1"))
    assert [part.kind for part in parts] == ["text", "text", "interactive"]
    assert [part.reply_to for part in parts] == ["wamid.1", None, None]
    said = [*bodies(parts[:-1]), parts[-1].content["body"]["text"]]
    assert " ".join(said).split() == ["word"] * 1200


def test_a_changed_card_quotes_the_card() -> None:
    parts = render(EditCard(card="c1", text="Answered by **Omar**"), card_message_id="wamid.CARD")
    assert parts == [Part(kind="text", content={"body": "Answered by *Omar*"}, reply_to="wamid.CARD")]


def test_nothing_to_say_is_no_call() -> None:
    assert render(SendText(text=" \n")) == []


def test_templates_carry_one_line_parameters() -> None:
    parts: Any = render(SendTemplate(name="late", language="en", parameters=("A\nB\t C", ""), text="x"))
    assert parts[0].content["language"] == {"code": "en"}
    assert [each["text"] for each in parts[0].content["components"][0]["parameters"]] == ["A B C", "-"]
    bare: Any = render(SendTemplate(name="hello", language="en", text="x"))
    assert bare[0].content == {"name": "hello", "language": {"code": "en"}}


def test_reactions() -> None:
    content = {"message_id": "wamid.1", "emoji": "👍"}
    assert render(React(message_id="wamid.1", emoji="👍")) == [Part(kind="reaction", content=content)]


@pytest.mark.parametrize(
    ("media", "mime", "kind", "voice"),
    [
        ("photo", "image/jpeg", "image", False), ("photo", "image/heic", "document", False),
        ("photo", "", "image", False),
        ("voice", "audio/ogg; codecs=opus", "audio", True), ("voice", "audio/mpeg", "audio", False),
        ("audio", "audio/x-flac", "document", False), ("video", "video/mp4", "video", False),
        ("video", "video/webm", "document", False), ("document", "application/pdf", "document", False),
    ],
)  # fmt: skip
def test_files_are_sent_as_what_whatsapp_can_show(media: Any, mime: str, kind: str, voice: bool) -> None:
    message = SendMedia(media=media, from_account=AccountId(1), ref="r", mime=mime, name="n.x")
    (part,) = render_media(message, "900")
    assert (part.kind, part.content["id"], part.content.get("voice", False)) == (kind, "900", voice)
    assert part.content.get("filename") == ("n.x" if kind == "document" else None)


@pytest.mark.parametrize(("media", "caption", "kinds"), [
    ("photo", "**Look**", ["image"]), ("photo", "w " * 800, ["image", "text"]), ("voice", "Hear", ["audio", "text"]),
])  # fmt: skip
def test_a_caption_that_does_not_fit_follows(media: Any, caption: str, kinds: list[str]) -> None:
    parts = render_media(SendMedia(media=media, from_account=AccountId(1), ref="r", caption=caption), "900")
    assert [part.kind for part in parts] == kinds
    said = str(parts[0].content.get("caption", "")) + "".join(map(str, bodies(parts[1:])))
    assert said.split() == to_whatsapp(caption).split()


@pytest.mark.parametrize(("opener", "shown"), [("Choose", "Choose"), (None, "☰"), ("Z" * 30, "Z" * 20)])
def test_the_message_names_what_opens_its_list(opener: str | None, shown: str) -> None:
    choices = rows("One", "Two", "Three", "Four")
    for message in (
        SendText(text="?", buttons=choices, opener=opener),
        EditCard(card="c", text="?", buttons=choices, opener=opener),
    ):
        content: Any = render(message)[0].content
        assert content["action"]["button"] == shown
