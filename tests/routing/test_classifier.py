"""The complexity classifier: sane for any text, in order for plain questions in six languages, steady under typos."""

import json
import random
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from benchmarks.train_complexity import mistype
from routing.classifier import LARGEST_BYTES, WEIGHTS, complexity, difficulty, load

_LADDERS = {
    "en": (
        "Hi, thanks!",
        "When do you open on Sunday?",
        "I ordered 3 lamps at 24.50 each and sent one back. If shipping was 6 euros and you refund half of it, how "
        "much do I still have to pay, and would it be cheaper to order two of the larger lamps for 31 each instead?",
    ),
    "es": (
        "Hola, ¡gracias!",
        "¿Cuándo abren el domingo?",
        "Pedí 3 lámparas a 24,50 cada una y devolví una. Si el envío costó 6 euros y me devuelven la mitad, ¿cuánto me "
        "queda por pagar, y sería mejor pedir dos de las lámparas grandes a 31 cada una?",
    ),
    "ru": (
        "Привет, спасибо!",
        "Когда вы открыты в воскресенье?",
        "Я заказал 3 лампы по 24,50 каждая и вернул одну. Если доставка стоила 6 евро и вы возвращаете половину, "
        "сколько мне осталось заплатить, и не дешевле ли тогда взять две большие лампы по 31?",
    ),
    "de": (
        "Hallo, danke!",
        "Wann habt ihr am Sonntag offen?",
        "Ich habe 3 Lampen zu je 24,50 bestellt und eine zurückgeschickt. Wenn der Versand 6 Euro kostete und ihr die "
        "Hälfte erstattet, wie viel muss ich noch zahlen, und wären zwei große Lampen zu je 31 günstiger?",
    ),
    "fr": (
        "Bonjour, merci !",
        "Quand ouvrez-vous le dimanche ?",
        "J'ai commandé 3 lampes à 24,50 chaque et j'en ai renvoyé une. Si la livraison coûtait 6 euros et que vous en "
        "remboursez la moitié, combien dois-je encore payer, et deux grandes lampes à 31 seraient-elles moins chères ?",
    ),
    "pt": (
        "Olá, obrigado!",
        "Quando abrem no domingo?",
        "Encomendei 3 candeeiros a 24,50 cada e devolvi um. Se o envio custou 6 euros e vocês devolvem metade, quanto "
        "me falta pagar, e seria melhor encomendar dois dos candeeiros maiores por 31 cada?",
    ),
}


@given(st.text(max_size=3_000))
@example("")
@example("🙂" * 50)
@example("א" * 300 + " ‏مرحبا‎ " * 50)
@example("\u200b\u200d\ufeff" * 100)
@example("lorem ipsum, 12 + 7 = 19? " * 4_000)
@example("a" * 100_000)
@example("A. " * 30_000)
@example('[{"' * 30_000)
@example("\n" * 100_000)
@example("\ud800 lone surrogate")
def test_any_text_has_a_score_that_stays(text: str) -> None:
    score = complexity(text)
    assert 0 <= score <= 1
    assert complexity(text) == score
    assert 0 <= difficulty(score) <= 4


@pytest.mark.parametrize("language", _LADDERS)
def test_small_talk_then_a_look_up_then_several_steps(language: str) -> None:
    talk, look_up, steps = map(complexity, _LADDERS[language])
    assert talk <= look_up < steps
    assert difficulty(look_up) <= 1 < difficulty(steps)


@pytest.mark.parametrize(
    ("easier", "harder"),
    [
        (
            "Is the blue one in stock?",
            "Compare the blue and the red one: which lasts longer, and why, if used every day?",
        ),
        ("ok", "Please explain step by step why my invoice is higher than the offer, and calculate the difference."),
        ("What is 7 + 5?", "Find all positive integers $n$ such that $n^2 + 7n + 5$ is divisible by $n + 3$."),
        (
            "Thanks, see you tomorrow",
            "def f(a):\n    b = [x for x in a if x]\n    return b[::-1]\nassert f([0, 3]) == ??",
        ),
    ],
)
def test_harder_scores_higher(easier: str, harder: str) -> None:
    assert complexity(easier) < complexity(harder)


def test_difficulty_never_falls_as_the_score_rises() -> None:
    buckets = [difficulty(step / 1000) for step in range(1001)]
    assert buckets == sorted(buckets)
    assert set(buckets) == {0, 1, 2, 3, 4}


def test_typos_seldom_change_the_bucket_by_much() -> None:
    chance = random.Random(11)
    texts = [text for ladder in _LADDERS.values() for text in ladder]
    moved = [abs(complexity(mistype(text, chance)) - complexity(text)) for text in texts for _ in range(20)]
    assert sum(move > 0.15 for move in moved) <= 0.1 * len(moved)


def test_the_weights_are_small() -> None:
    assert WEIGHTS.stat().st_size < LARGEST_BYTES


@pytest.mark.parametrize("spoil", ["version", "counts", "forms", "short", "nan", "cut"])
def test_weights_for_other_code_are_refused(spoil: str, tmp_path: Path) -> None:
    content = json.loads(WEIGHTS.read_text())
    match spoil:
        case "version":
            content["version"] += 1
        case "counts":
            content["counts"].reverse()
        case "forms":
            del content["forms"]["code"]
        case "short":
            content["forms"]["code"].pop()
        case "nan":
            content["forms"]["code"][0] = float("nan")
        case _:
            pass
    spoiled = tmp_path / "classifier.json"
    spoiled.write_text(json.dumps(content)[: -40 if spoil == "cut" else None])
    with pytest.raises(ValueError, match="train_complexity"):
        load(spoiled)
