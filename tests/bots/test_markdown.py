"""Markdown as text and entities, cut into parts."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bots.markdown import Part, render
from bots.text import count_units

WORDS = "* ** _ ` ``` ~~ [ ]( ) https://a.b \\ <b> < &amp; word 😀 👩‍👩‍👧 é é 🇩🇪 ä " + "x" * 30
SIGNS = st.sampled_from([*WORDS.split(" "), "\n", "\n\n", "- ", "1. ", "> ", "# ", " ", "\t", "    "])
texts = st.lists(SIGNS, max_size=60).map("".join)


def only(markdown: str) -> Part:
    (part,) = render(markdown, limit=4096)
    return part


def spans(part: Part) -> list[tuple[str, str]]:
    return [(entity.type, part.text[entity.start : entity.end]) for entity in part.entities]


def test_the_subset_that_agents_write() -> None:
    part = only("# Hours\nWe are **open** _today_, see [here](https://a.b/c).\n\n- one\n- two\n  - `deep`\n\n> said")
    assert part.text == "Hours\nWe are open today, see here.\n\n• one\n• two\n  • deep\n\nsaid"
    assert spans(part) == [
        ("bold", "Hours"),
        ("bold", "open"),
        ("italic", "today"),
        ("text_link", "here"),
        ("code", "deep"),
        ("blockquote", "said"),
    ]
    code = only("```python\nif a < b:\n    print('*')\n```")
    assert code.text == "if a < b:\n    print('*')" and code.entities[0].language == "python"


def test_what_is_no_markup_stays_as_typed() -> None:
    for text in [
        "2 * 3 * 4 = 24",
        "snake_case_name",
        "a <b> & &amp; c",
        "Title\n---\nbody",
        "1) x\n2) y",
        "#1 in town",
    ]:
        assert only(text) == Part(text=text)
    assert only("see [x](javascript:alert)").entities == ()
    assert only("see [x](/price)").text == "see x (/price)"
    assert only("line\nline\n\nparagraph *x*").text == "line\nline\n\nparagraph x"


def test_entities_are_counted_as_telegram_counts() -> None:
    part = only("😀 **bold**")
    assert [entity.to_json(part.text) for entity in part.entities] == [{"type": "bold", "offset": 3, "length": 4}]


@settings(max_examples=400, deadline=None)
@given(texts, st.integers(32, 80))
@example("**" + "word " * 40 + "**", 40)
@example("👩‍👩‍👧" * 30, 33)
def test_parts_fit_and_lose_nothing_but_white_space(markdown: str, limit: int) -> None:
    parts, whole = render(markdown, limit=limit), render(markdown, limit=10**9)
    assert "".join("".join(part.text for part in parts).split()) == "".join("".join(p.text for p in whole).split())
    assert bool(parts) == bool(markdown.strip())
    for part in parts:
        assert part.text == part.text.strip() != "" and count_units(part.text) <= limit
        places = [(entity.start, entity.end) for entity in part.entities]
        assert places == sorted(places, key=lambda place: (place[0], -place[1]))
        for start, end in places:
            assert 0 <= start < end <= len(part.text)
            assert part.text[start:end] == part.text[start:end].strip()


def test_formatting_is_carried_across_a_cut() -> None:
    parts = render("**" + "word " * 40 + "word**", limit=64)
    assert len(parts) > 2
    assert all(spans(part) == [("bold", part.text)] for part in parts)


def test_cuts_are_where_a_reader_would_make_them() -> None:
    paragraphs = render("First one. " * 5 + "\n\n" + "Second one. " * 5, limit=64)
    assert paragraphs[0].text.endswith("First one.") and paragraphs[1].text.startswith("Second one.")
    sentences = render("One is here. Two is here. Three is here now.", limit=32)
    assert [part.text for part in sentences] == ["One is here. Two is here.", "Three is here now."]
