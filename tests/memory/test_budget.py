"""A prompt's sections: never over the budget, floors kept, the user's last message there, words whole."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.tokens import Family, estimate_tokens
from memory.budget import (
    LEAST_BUDGET,
    SECTIONS,
    SHORTENED,
    Layout,
    Limit,
    Piece,
    Section,
    cost_tokens,
    lay_out,
    trim_sentences,
    trim_words,
)

BEGIN = datetime(2024, 3, 4, 10, tzinfo=UTC)
FAMILIES: tuple[Family, ...] = ("openai", "anthropic", "llama")

# Counted with the families' own vocabularies (o200k, the last published one of Anthropic, cl100k); the texts are ours.
COUNTED = [
    ("Hi, good morning! My parcel still has not arrived.", 12, 12, 12),
    ("Hola, buenos días. Mi paquete todavía no ha llegado.", 12, 19, 17),
    ("Guten Morgen! Mein Paket ist immer noch nicht angekommen. Die Sendungsnummer ist 4471-AB,", 23, 27, 26),
    ("Здравствуйте! Моя посылка до сих пор не пришла. Номер отслеживания 4471-AB,", 25, 39, 34),
    ("早上好!我的包裹还没有到。快递单号是4471,", 20, 23, 23),
    ("صباح الخير! لم يصل طردي حتى الآن. رقم التتبع هو 4471 وتقول الصفحة إنه غادر المستودع يوم الثلاثاء.", 32, 85, 67),
    ("สวัสดีตอนเช้า พัสดุของฉันยังมาไม่ถึงเลย หมายเลขติดตามคือ 4471 และห", 30, 109, 62),
]

SENTENCE = st.sampled_from(
    [
        "I live in Lyon.", "¿Cuándo llega el pedido?", "Das Paket ist beschädigt!", "Посылка пришла вчера.",
        "包裹还没有到。", "ฉันต้องการใบเสร็จ", "أين طردي؟", "Order 4711 costs 12.50 €.", "no full stop here",
        "e.g. this one, right?", "😀👍🏽", "Extraordinarily-long-hyphenated-compound-word-that-never-ends.",
    ]
)  # fmt: skip
TEXT = st.lists(SENTENCE, min_size=1, max_size=12).map(" ".join)
LIMITS = st.builds(
    lambda floor, more: Limit(floor_tokens=floor, ceiling_tokens=None if more is None else floor + more),
    st.integers(0, 60),
    st.none() | st.integers(0, 200),
)


@st.composite
def materials(draw: st.DrawFn) -> dict[Section, list[Piece]]:
    material: dict[Section, list[Piece]] = {}
    for section in SECTIONS:
        told = draw(st.lists(st.tuples(TEXT, st.booleans(), st.integers(0, 900)), max_size=6))
        moments = [at for _, _, at in told]
        if section == "recent":
            moments.sort()
        material[section] = [
            Piece(
                id=f"{section}{n}",
                text=text,
                from_user=user and section == "recent",
                at=BEGIN + timedelta(minutes=moment) if section in ("recent", "recalled") else None,
            )
            for n, ((text, user, _), moment) in enumerate(zip(told, moments, strict=True))
        ]
    return material


def originals(material: dict[Section, list[Piece]]) -> dict[str, Piece]:
    return {piece.id: piece for pieces in material.values() for piece in pieces}


def pieces(layout: Layout) -> list[Piece]:
    return [piece for section in layout.sections.values() for piece in section]


GIVEN = given(
    material=materials(),
    budget=st.integers(LEAST_BUDGET, 600),
    limits=st.dictionaries(st.sampled_from(SECTIONS), LIMITS),
    family=st.sampled_from(FAMILIES),
)
QUIET = settings(max_examples=80, deadline=None)


@GIVEN
@QUIET
def test_never_over_the_budget_and_nothing_lost_unsaid(
    material: dict[Section, list[Piece]], budget: int, limits: dict[Section, Limit], family: Family
) -> None:
    layout = lay_out(material, budget, limits, family)
    assert layout.used_tokens == sum(cost_tokens(piece, family) for piece in pieces(layout)) <= budget
    whole = {piece.id for piece in pieces(layout) if piece == originals(material)[piece.id]}
    cut = {cut.id: cut.whole for cut in layout.cuts}
    assert whole | cut.keys() == originals(material).keys()
    assert not whole & cut.keys()
    assert {piece.id for piece in pieces(layout)} == whole | {key for key, gone in cut.items() if not gone}


@GIVEN
@QUIET
def test_the_last_message_of_the_user_is_always_there(
    material: dict[Section, list[Piece]], budget: int, limits: dict[Section, Limit], family: Family
) -> None:
    layout = lay_out(material, budget, limits, family)
    asked = [piece for piece in material["recent"] if piece.from_user]
    if asked:
        kept = next(piece for piece in layout.sections["recent"] if piece.id == asked[-1].id)
        assert kept.text.removesuffix(SHORTENED)
        assert asked[-1].text.startswith(kept.text.removesuffix(SHORTENED))
        if cost_tokens(asked[-1], family) <= budget:
            assert kept == asked[-1]


@GIVEN
@QUIET
def test_floors_are_kept_and_ceilings_hold(
    material: dict[Section, list[Piece]], budget: int, limits: dict[Section, Limit], family: Family
) -> None:
    layout = lay_out(material, budget, limits, family)
    asked = next((piece for piece in reversed(material["recent"]) if piece.from_user), None)
    first = cost_tokens(asked, family) if asked else 0
    enough = budget >= first + sum(limit.floor_tokens for limit in limits.values())
    for section, limit in limits.items():
        used = layout.tokens.get(section, 0)
        if limit.ceiling_tokens is not None:
            assert used <= max(limit.ceiling_tokens, first if section == "recent" else 0)
        gone = [originals(material)[cut.id] for cut in layout.cuts if cut.section == section and cut.whole]
        trimmed = any(cut.section == section and not cut.whole for cut in layout.cuts)
        if enough and used < limit.floor_tokens and gone and not trimmed:
            # Only what is too large for the rest of the floor, even by its first sentence, stays away.
            # Of a talk the newest counts: without it nothing older is shown.
            best = max(gone, key=material["recent"].index) if section == "recent" else gone[0]
            assert not trim_sentences(best.text, limit.floor_tokens - used - 6, family)


@GIVEN
@QUIET
def test_no_word_is_cut_and_what_was_said_stays_in_order(
    material: dict[Section, list[Piece]], budget: int, limits: dict[Section, Limit], family: Family
) -> None:
    layout = lay_out(material, budget, limits, family)
    for piece in pieces(layout):
        whole = originals(material)[piece.id].text
        kept = piece.text.removesuffix(SHORTENED)
        assert whole.startswith(kept)
        rest = whole[len(kept) :]
        unspaced = kept[-1] > "\u0dff" or (rest and rest[0] > "\u0dff")
        assert not rest or rest[0].isspace() or unspaced or not (kept[-1].isalnum() and rest[0].isalnum())
    for section in ("recent", "recalled"):
        moments = [piece.at for piece in layout.sections.get(section, ()) if piece.at]
        assert moments == sorted(moments)
    recent = [piece.id for piece in layout.sections.get("recent", ())]
    given_ids = [piece.id for piece in material["recent"]]
    assert recent == [key for key in given_ids if key in recent]


def test_floors_before_ceilings() -> None:
    long = "This is a sentence of some length about nothing much. " * 20
    material: dict[Section, list[Piece]] = {
        "instructions": [Piece(id="i", text="Be kind.")],
        "recent": [Piece(id="r", text="Where is it?", at=BEGIN, from_user=True)],
        "knowledge": [Piece(id=f"k{n}", text=long) for n in range(3)],
        "recalled": [Piece(id="old", text="I moved to Lyon.", at=BEGIN - timedelta(days=90))],
    }
    layout = lay_out(material, 120, {"recalled": Limit(floor_tokens=30)})
    assert layout.sections["recalled"][0].text == "I moved to Lyon."
    assert layout.sections["instructions"][0].text == "Be kind."
    assert layout.sections["knowledge"][0].text.endswith("much." + SHORTENED)
    assert "profile" not in layout.sections


def test_recent_messages_leave_no_gap() -> None:
    messages = [
        Piece(id=str(n), text="word " * length, at=BEGIN + timedelta(minutes=n), from_user=n == 3)
        for n, length in enumerate((3, 400, 3, 3))
    ]
    layout = lay_out({"recent": messages}, 200, {})
    assert [piece.id for piece in layout.sections["recent"]] == ["2", "3"]


@pytest.mark.parametrize("text", ["x" * 100_000, "word " * 20_000, "漢字。" * 30_000, "👍" * 5_000, "น้ำ" * 9_000])
def test_a_huge_last_message_is_shortened_not_lost(text: str) -> None:
    layout = lay_out({"recent": [Piece(id="a", text=text, from_user=True)]}, 100, {})
    kept = layout.sections["recent"][0].text
    assert kept.endswith(SHORTENED)
    assert layout.used_tokens <= 100
    assert text.startswith(kept.removesuffix(SHORTENED))


def test_a_budget_without_room_for_a_message_is_refused() -> None:
    with pytest.raises(ValueError, match="too small"):
        lay_out({}, LEAST_BUDGET - 1, {})


def test_trimming() -> None:
    text = "One is here. Two is here! Three costs 3.50 in all, e.g."
    assert trim_sentences(text, 100) == text
    assert trim_sentences(text, 13) == "One is here. Two is here!" + SHORTENED
    assert trim_sentences("no end in sight at all", 4) == ""
    assert trim_words("no end in sight at all, none whatsoever", 7) == "no end in sight at" + SHORTENED
    assert trim_sentences("你好。我想退货。谢谢。", 12) == "你好。我想退货。" + SHORTENED
    assert trim_words("น้ำน้ำน้ำ", 8).removesuffix(SHORTENED) in ("น้ำ", "น้ำน้ำ", "น้ำน้")


@pytest.mark.parametrize(("text", "openai", "anthropic", "llama"), COUNTED, ids=[row[0][:12] for row in COUNTED])
def test_the_estimate_is_a_little_above_the_count(text: str, openai: int, anthropic: int, llama: int) -> None:
    for family, counted in zip(FAMILIES, (openai, anthropic, llama), strict=True):
        assert 0.9 <= estimate_tokens(text, family) / counted <= 1.5, family


@given(st.text(max_size=200), st.text(max_size=50), st.sampled_from(FAMILIES))
@settings(deadline=None)
def test_more_text_never_takes_fewer_tokens(text: str, more: str, family: Family) -> None:
    assert estimate_tokens(text, family) <= estimate_tokens(text + more, family)
    assert estimate_tokens("", family) == 0
