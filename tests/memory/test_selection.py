"""Conversations written for the purpose, in many languages: the turn that answers comes first, and it is told why."""

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory.forms import Vocabulary
from memory.segments import LONGEST_TEXT, split_sentences, split_words
from memory.selection import ConversationIndex, Selection, Turn
from memory.signals import SIGNALS, Weights

BEGIN = datetime(2024, 3, 4, 10, tzinfo=UTC)
NOW = datetime(2024, 6, 10, tzinfo=UTC)

SMALL_TALK = {
    "en": ["Hi there!", "How are you today?", "All good, thanks.", "Have a nice weekend!", "Great, see you soon."],
    "es": ["¡Hola!", "¿Qué tal estás hoy?", "Todo bien, gracias.", "¡Buen fin de semana!", "Nos vemos pronto."],
    "de": ["Hallo!", "Wie geht es dir heute?", "Alles gut, danke.", "Schönes Wochenende!", "Bis bald."],
    "fr": ["Bonjour !", "Comment allez-vous ?", "Tout va bien, merci.", "Bon week-end !", "À bientôt."],
    "ru": ["Привет!", "Как дела сегодня?", "Всё хорошо, спасибо.", "Хороших выходных!", "До скорого."],
    "ar": ["مرحبا!", "كيف حالك اليوم؟", "كل شيء بخير، شكرا.", "نهاية أسبوع سعيدة!"],
    "zh": ["你好!", "今天怎么样?", "一切都好,谢谢。", "周末愉快!"],
    "ja": ["こんにちは。", "お元気ですか?", "はい、元気です。", "よい週末を。"],
    "th": ["สวัสดีครับ", "สบายดีไหม", "สบายดี ขอบคุณ", "สุดสัปดาห์นี้มีความสุขนะ"],
    "ko": ["안녕하세요!", "오늘 어떠세요?", "네, 잘 지내요.", "좋은 주말 보내세요!"],
    "hi": ["नमस्ते!", "आप कैसे हैं?", "सब ठीक है, धन्यवाद।"],
}
ASKED = [
    ("en", "Which colour did she paint the kitchen?", "We are painting our kitchen green next month."),
    ("en", "what did I buy for my son", "Yesterday I bought a telescope for my boy."),
    ("en", "Where is the new puppy sleeping?", "Our dogs sleep in the garage now."),
    ("es", "¿Qué alergias tiene mi hija?", "Mi hija es alérgica a los cacahuetes."),
    ("es", "¿Cuándo compramos las sillas?", "Compré cuatro sillas la semana pasada."),
    ("de", "Wohin wollten wir die Möbel liefern lassen?", "Bitte liefern Sie das Möbelstück in die Gartenstraße 5."),
    ("de", "Was habe ich getrunken?", "Gestern trank ich nur Tee."),
    ("fr", "Quelle couleur pour les rideaux ?", "Le rideau bleu me plaît le plus."),
    ("ru", "Какие книги я заказывал?", "Я заказал книгу о корабле."),
    ("ar", "أين يوجد المكتب الجديد؟", "مكتبنا الجديد في شارع النيل."),
    ("zh", "我对什么过敏?", "我对花生过敏,请注意。"),
    ("ja", "猫の名前は何ですか", "うちの猫の名前はタマです。"),
    ("th", "ที่อยู่ใหม่คือที่ไหน", "ที่อยู่ใหม่ของฉันคือถนนสุขุมวิท"),
    ("ko", "주소가 어디예요?", "새 주소는 부산 해운대입니다."),
    ("hi", "मेरी बेटी का जन्मदिन कब है?", "मेरी बेटी का जन्मदिन शनिवार को है।"),
]


def conversation(texts: Sequence[str], *, pause: timedelta = timedelta(minutes=1)) -> list[Turn]:
    return [
        Turn(id=str(at), speaker=("Maria", "bot")[at % 2], text=text, at=BEGIN + at * pause)
        for at, text in enumerate(texts)
    ]


def indexed(turns: Sequence[Turn], **options: object) -> ConversationIndex:
    index = ConversationIndex(**options)  # type: ignore[arg-type]
    for turn in turns:
        index.add(turn)
    return index


def texts(selection: Selection) -> list[str]:
    return [chosen.turn.text for chosen in selection.chosen]


@pytest.mark.parametrize(("language", "question", "answer"), ASKED, ids=[question for _, question, _ in ASKED])
@pytest.mark.parametrize("place", [0, 2])
def test_the_turn_that_answers_comes_first(language: str, question: str, answer: str, place: int) -> None:
    said = SMALL_TALK[language]
    index = indexed(conversation([*said[:place], answer, *said[place:]]))
    assert texts(index.select(question, NOW, None))[0] == answer


def test_a_conversation_in_several_languages_answers_in_each() -> None:
    every = [text for said in SMALL_TALK.values() for text in said]
    answers = [answer for _, _, answer in ASKED]
    index = indexed(conversation([*every, *answers], pause=timedelta(hours=5)))
    found = [texts(index.select(question, NOW, None))[:3] for _, question, _ in ASKED]
    assert sum(answer in best for answer, best in zip(answers, found, strict=True)) >= len(ASKED) - 1


def test_an_answer_is_found_by_the_question_before_it() -> None:
    index = indexed(conversation(["Hi!", "Hello!", "Which size of curtains?", "Two metres, please.", "Ok, noted."]))
    found = index.select("curtains size", NOW, None)
    assert texts(found)[:2] in (
        ["Two metres, please.", "Which size of curtains?"],
        ["Which size of curtains?", "Two metres, please."],
    )
    answer = next(chosen for chosen in found.chosen if chosen.turn.text == "Two metres, please.")
    assert {"answers", "neighbours", "session"} <= answer.shares.keys()
    assert "words" not in answer.shares


def test_the_day_a_question_names_counts() -> None:
    days = [
        Turn(id=str(month), speaker="Maria", text="I had a delivery problem.", at=datetime(2024, month, 12, tzinfo=UTC))
        for month in (1, 2, 3, 4)
    ]
    every = [Turn(id=t.id, speaker=t.speaker, text=f"{t.text} Number {t.id}.", at=t.at) for t in days]
    index = indexed(every)
    for question in (
        "delivery problem in March", "delivery problem on 12 March 2024", "delivery problem 2024-03-12",
        "delivery problem on March 10, 2024", "problema delivery el 12 de marzo", "delivery problem 12. März 2024",
        "3月12日 delivery problem", "проблема delivery 12 марта",
    ):  # fmt: skip
        first = index.select(question, NOW, None).chosen[0]
        assert first.turn.id == "3", question
        assert first.shares["date"] > 0
    last_month = index.select("the delivery problem last month", datetime(2024, 5, 3, tzinfo=UTC), None)
    assert last_month.chosen[0].turn.id == "4"
    assert "date" not in index.select("what may the problem be", NOW, None).chosen[0].shares


def test_who_is_asked_about_counts() -> None:
    turns = [
        Turn(id="a", speaker="Ana Silva", text="The hotel was nice, we swam a lot there.", at=BEGIN),
        Turn(id="b", speaker="Bo", text="The hotel was nice, we slept a lot there.", at=BEGIN),
    ]
    index = indexed(turns)
    assert index.select("How did Bo like the hotel?", NOW, None).chosen[0].turn.id == "b"
    assert index.select("How did Silva like the hotel?", NOW, None).chosen[0].turn.id == "a"
    assert index.select("How did I like the hotel?", NOW, None, asker="Bo").chosen[0].turn.id == "b"
    both = index.select("How did Ana and Bo like the hotel?", NOW, None)
    assert all("speaker" not in chosen.shares for chosen in both.chosen)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("When was the meeting?", "The meeting is on Tuesday next week."),
        ("How many chairs for the meeting?", "For the meeting please bring 14 chairs."),
        ("How much did the meeting room cost?", "The meeting room was 250 €, all in."),
    ],
)
def test_the_kind_of_thing_asked_for_counts(question: str, answer: str) -> None:
    index = indexed(conversation(["Let us talk of the meeting.", answer, "The meeting was rather long and dull."]))
    shares = {chosen.turn.text: chosen.shares for chosen in index.select(question, NOW, None).chosen}
    assert shares[answer]["kind"] > 0
    assert "kind" not in shares["Let us talk of the meeting."]


def test_importance_and_similarity_are_added() -> None:
    turns = conversation(["I like tea.", "I like rain.", "I like soup."])
    turns[1] = Turn(id="1", speaker="bot", text="I like rain.", at=BEGIN, importance=1.0)
    index = indexed(turns)
    assert index.select("like", NOW, None).chosen[0].turn.id == "1"
    found = index.select("like", NOW, None, similarity={"2": 0.9, "unknown": 1.0})
    assert found.chosen[0].turn.id == "2"
    assert found.chosen[0].shares["similarity"] == pytest.approx(0.45)


def test_the_budget_holds_and_what_did_not_fit_is_named() -> None:
    index = indexed(conversation([f"I planted {n} roses in garden {n}, that took the whole day." for n in range(30)]))
    found = index.select("roses garden", NOW, 100)
    assert 0 < found.used_tokens <= 100
    assert found.used_tokens == sum(chosen.cost_tokens for chosen in found.chosen)
    assert found.left_out
    assert found.left_out[0].score <= found.chosen[0].score
    assert index.select("roses", NOW, 0).chosen == ()


def test_what_the_prompt_has_anyway_is_skipped() -> None:
    index = indexed(conversation(["I need a red bicycle.", "A bicycle, sure!", "Where is my bicycle?"]))
    found = index.select("Where is my bicycle?", NOW, None, skip=["2", "unknown"])
    assert {chosen.turn.id for chosen in (*found.chosen, *found.left_out)} == {"0", "1"}


def test_the_trace_has_figures_and_no_words() -> None:
    trace = indexed(conversation(["I need a red bicycle.", "Sure!"])).select("bicycle", NOW, 15).trace()
    assert json.loads(json.dumps(trace)) == trace
    assert "bicycle" not in json.dumps(trace)
    assert trace["chosen"][0]["id"] == "0"  # type: ignore[index, call-overload]
    assert trace["left_out"][0]["shares"].keys() <= set(SIGNALS)  # type: ignore[index, call-overload, union-attr]


def test_a_letter_may_be_what_is_asked_for() -> None:
    index = indexed(conversation(["I'd like the shirt in size S.", "Noted.", "No, wait: the shirt in size M, please."]))
    assert index.select("shirt size M", NOW, None).chosen[0].turn.id == "2"
    assert index.select("What's the shirt's size? M?", NOW, None).considered == 3


def test_the_same_said_again_is_left_out() -> None:
    index = indexed(conversation(["I need a red bicycle.", "Sure!", "I need a red bicycle.", "Ok."]))
    found = index.select("bicycle", NOW, None)
    assert texts(found).count("I need a red bicycle.") == 1
    assert [chosen.turn.text for chosen in found.left_out] == ["I need a red bicycle."]


BAD = {
    "empty": "", "blank": " \n\t ", "emoji": "🙂🙃👍🏽👨‍👩‍👧", "zero width": "\u200b\u200d\ufeff\u2060",
    "marks": "\u0301\u0302",
    "rtl": "\u202eשלום עולם\u202c مرحبا", "mixed": "Привет мир hello 世界 สวัสดี 한국어 ١٢٣", "one word": "x" * 100_000,
    "long": "The cat sat on the mat. " * 4_200, "lone surrogate": "broken \ud800 text", "null": "a\x00b",
    "punctuation": "?!... ---", "unspaced": "漢" * 100_000, "brackets": "[(<" * 30_000 + "?", "digits": "1" * 5_000,
}  # fmt: skip


@pytest.mark.parametrize("text", BAD.values(), ids=BAD.keys())
def test_any_text_can_be_remembered_and_asked(text: str) -> None:
    index = indexed(conversation(["I keep bees.", text, "They make honey."]))
    assert index.select(text, NOW, 500).turns == 3
    assert texts(index.select("bees", NOW, 500))[0] == "I keep bees."
    assert index.select("bees" + text, NOW, 500).chosen
    assert index.size_bytes > 0


def test_text_of_no_width_does_not_hide_a_word() -> None:
    index = indexed(conversation(["Hello.", "My pass\u00adword hint is the vio\u200blin.", "Ok."]))
    assert index.select("violin", NOW, None).chosen[0].turn.id == "1"


def test_clock_skew_and_gaps_are_taken_as_they_come() -> None:
    at = [BEGIN, BEGIN - timedelta(days=900), BEGIN + timedelta(days=9_000), BEGIN, datetime(1, 1, 1, tzinfo=UTC)]
    index = indexed([Turn(id=str(n), speaker="Maria", text=f"visit {n}", at=moment) for n, moment in enumerate(at)])
    for now in (NOW, datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)):
        for question in ("visit last month", "visit yesterday", "visit 31.02.2024", "visit 0000-00-00", "visit March"):
            assert len(index.select(question, now, None).chosen) == 5


def test_an_empty_history_has_nothing_to_say() -> None:
    assert ConversationIndex().select("anything", NOW, 100) == Selection()


def test_a_turn_is_added_once() -> None:
    index = ConversationIndex()
    turn = conversation(["Hello"])[0]
    assert index.add(turn)
    assert not index.add(turn)
    assert len(index) == 1


def test_an_index_knows_its_own_conversation_only() -> None:
    one, other = indexed(conversation(["My code is 4711."])), indexed(conversation(["My code is 9999."]))
    assert texts(one.select("code", NOW, None)) == ["My code is 4711."]
    assert texts(other.select("code", NOW, None)) == ["My code is 9999."]


def test_a_weight_of_nothing_leaves_its_signal_out() -> None:
    index = indexed(conversation(["I sold the boat.", "Which boat?"]), weights=Weights(words=0.0))
    assert all("words" not in chosen.shares for chosen in index.select("boat", NOW, None).chosen)


WORD = st.sampled_from(
    [
        "the",
        "a",
        "boat",
        "boats",
        "sailed",
        "Maria",
        "bot",
        "Montag",
        "книга",
        "книги",
        "東京",
        "سفينة",
        "3",
        "May",
        "🙂",
        "what",
    ]
)
TEXT = st.lists(WORD, max_size=12).map(" ".join) | st.text(max_size=30)
TURNS = st.lists(st.tuples(TEXT, st.integers(0, 4_000)), max_size=25).map(
    lambda rows: [
        Turn(id=str(n), speaker=("Maria", "bot")[n % 2], text=text, at=BEGIN + timedelta(hours=hours))
        for n, (text, hours) in enumerate(rows)
    ]
)


@given(turns=TURNS, query=TEXT, at=st.integers(0, 25))
@settings(max_examples=60, deadline=None)
def test_growing_is_the_same_as_building_anew(turns: list[Turn], query: str, at: int) -> None:
    grown = indexed(turns[:at])
    grown.select(query, NOW, None)  # asking in between changes nothing
    for turn in turns[at:]:
        grown.add(turn)
    anew = indexed(turns)
    assert grown.select(query, NOW, 200) == anew.select(query, NOW, 200)
    assert grown.size_bytes == anew.size_bytes


@given(turns=TURNS, query=TEXT, budget=st.none() | st.integers(0, 300))
@settings(max_examples=60, deadline=None)
def test_the_shares_add_up_best_first_within_the_budget(turns: list[Turn], query: str, budget: int | None) -> None:
    index = indexed(turns)
    found = index.select(query, NOW, budget)
    for chosen in (*found.chosen, *found.left_out):
        assert sum(chosen.shares.values()) == pytest.approx(chosen.score)
        assert chosen.shares.keys() <= set(SIGNALS)
    scores = [chosen.score for chosen in found.chosen]
    assert scores == sorted(scores, reverse=True)
    assert budget is None or found.used_tokens <= budget
    assert index.select(query, NOW, budget) == found


async def test_a_long_history_is_built_in_pieces() -> None:
    turns = conversation([f"Message {n} about topic{n % 40}" for n in range(1_000)])
    index = ConversationIndex()
    others = 0

    async def watch() -> None:
        nonlocal others
        while len(index) < len(turns):
            others += 1
            await asyncio.sleep(0)

    await asyncio.gather(index.build(turns), watch())
    assert others >= 7
    assert index.select("topic7", NOW, 100) == indexed(turns).select("topic7", NOW, 100)
    assert index.select("topic7", NOW, None).considered < 1_000


def test_a_long_history_finds_what_was_said_once_and_fills_up_with_the_latest() -> None:
    said = [f"Message {n} about topic{n % 40}" for n in range(2_000)]
    said[137] = "My passport number ends in 77."
    index = indexed(conversation(said))
    assert index.select("passport", NOW, None).chosen[0].turn.id == "137"
    assert index.select("", NOW, None).considered == index.select("nothing of it", NOW, None).considered == 300


def test_words_of_any_script() -> None:
    assert split_words("L'été, Straße & Ærø_x") == ["l", "ete", "strasse", "aero", "x"]
    assert split_words("東京タワー2階 tower") == ["東京", "京タ", "タワ", "ワー", "2", "階", "tower"]
    assert split_words("हिन्दी में") == ["हिन्दी", "में"]
    assert split_words("Ёлка, Й") == ["елка", "й"]
    assert split_words("Ά́λφα") == ["αλφα"]
    assert split_words("مُحَمَّد") == ["محمد"]


@given(st.text(max_size=200))
@settings(deadline=None)
def test_sentences_give_the_text_again(text: str) -> None:
    assert "".join(split_sentences(text)) == text


def test_forms_families_and_matters() -> None:
    vocabulary = Vocabulary()
    for word in ("painted", "painting", "painter", "pain", "went", "goes", "goal", "puppies", "книги", "книгу", "كتاب"):
        vocabulary.add(word)
    paint = vocabulary.find("paint", ("en",))
    assert {"painted", "painting"} == set(paint.forms)
    assert [other for other, _ in paint.others] == ["painter"]
    assert set(vocabulary.find("go", ("en",)).forms) == {"went", "goes"}
    assert [other for other, _ in vocabulary.find("dogs", ("en",)).others] == ["puppies"]
    assert set(vocabulary.find("книга", ("en",)).forms) == {"книги", "книгу"}
    assert vocabulary.find("والكتاب", ("en",)).forms == ["كتاب"]


def test_only_the_beginning_of_a_book_is_indexed() -> None:
    index = indexed(conversation(["Hello.", "violin " + "word " * LONGEST_TEXT + "trombone"]))
    assert index.select("violin", NOW, None).chosen[0].turn.id == "1"
    assert "words" not in index.select("trombone", NOW, None).chosen[0].shares
