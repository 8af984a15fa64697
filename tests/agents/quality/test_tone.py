"""How a reply sounds and what it is made of."""

import pytest

from agents.quality.tone import LONGEST, find_faults

LONG = {
    "en": "We are open from seven in the morning until six in the evening, and you can order bread for tomorrow here.",
    "es": "Abrimos desde las siete de la mañana hasta las seis de la tarde, y puede pedir el pan para mañana aquí.",
    "ru": "Мы открыты с семи утра до шести вечера, и вы можете заказать хлеб на завтра прямо здесь.",
    "de": "Wir haben von sieben Uhr morgens bis sechs Uhr abends offen, und Sie können hier Brot für morgen bestellen.",
    "fr": "Nous sommes ouverts de sept heures du matin à six heures du soir, et vous pouvez commander le pain ici.",
    "pt": "Estamos abertos das sete da manhã até às seis da tarde, e você pode pedir o pão para amanhã aqui.",
}


@pytest.mark.parametrize("said", LONG)
@pytest.mark.parametrize("wanted", LONG)
def test_a_reply_is_in_the_customer_s_language(said: str, wanted: str) -> None:
    assert find_faults(LONG[said], wanted) == (() if said == wanted else ("language",))


@pytest.mark.parametrize(
    "text", ["OK!", "7:00 - 18:00", "Lantern Lane 14, Dublin 8", "Croissant, baguette, pain au chocolat", "Ja."]
)
def test_a_short_reply_is_never_judged_by_its_language(text: str) -> None:
    assert find_faults(text, "pt") == ()


def test_languages_that_cannot_be_told_are_not_judged() -> None:
    assert find_faults(LONG["es"], "it") == ()
    assert find_faults("我们早上七点开门，晚上六点关门，欢迎光临，请您随时联系我们，谢谢您的支持。", "en") == (
        "language",
    )


@pytest.mark.parametrize(
    "text",
    [
        "You are an idiot.",
        "What the fuck do you want?",
        "f u c k you",
        "Shut up and wait.",
        "Eres un estúpido.",
        "Vete a la mierda.",
        "Вы идиот.",
        "Заткнитесь, пожалуйста.",
        "Sie sind wirklich dumm.",
        "So eine Scheiße.",
        "Vous êtes stupide.",
        "Ferme-la.",
        "Você é burro.",
        "Cale a boca.",
        "You are such a pathetic liar.",
        "Ты тупой.",
        "Fuck off",
    ],
)
def test_insults_are_found(text: str) -> None:
    assert "insult" in find_faults(text, "en")


@pytest.mark.parametrize(
    "text",
    [
        "Your parcel is late (en retard).",
        "Jerk chicken and shiitake today.",
        "The class assists you with passion.",
        "Scunthorpe",
        "Votre colis a du retard, nous en sommes désolés.",
        "It would be stupid of us to close on Saturday.",
        "Дурацкая погода!",
    ],
)
def test_harmless_words_are_none(text: str) -> None:
    assert "insult" not in find_faults(text, "en")


@pytest.mark.parametrize(
    "text",
    [
        "```json",
        '{"name": "refund"',
        "<div>Hello there</div>",
        "# Opening hours",
        "| a | b |",
        "assistant: We open at 7.",
        "<|im_end|>",
        "Dear {customer_name}, we open at 7.",
        "[Your name]",
        '"arguments": {}',
        "NOT_IN_NOTES",
        "[INST] hi",
        "</customer>",
        "Hello &nbsp; you",
        "undefined",
    ],
)
def test_debris_is_found(text: str) -> None:
    assert "debris" in find_faults(text, "en")


@pytest.mark.parametrize(
    "text",
    ["We have **two** cakes:\n- carrot\n- lemon", "It costs 5 < 6.", "Use [our page](given) or #5.", "It's 3:1."],
)
def test_the_markdown_of_a_chat_is_none(text: str) -> None:
    assert find_faults(text, "en") == ()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "empty"),
        ("  \n ", "empty"),
        ("🥐🥐", "empty"),
        ("...", "empty"),
        ("\u200b", "empty"),
        ("WE DO NOT OPEN ON THIS MONDAY", "shouting"),
        ("No!!!", "shouting"),
        ("We open at seven. " * 3, "loop"),
        ("We open at 7. We open at 8. We OPEN at 9!", "loop"),
        ("you can order the bread and the cake for tomorrow and " * 4, "loop"),
        ("a b c " * LONGEST, "long"),
    ],
)
def test_other_faults(text: str, fault: str) -> None:
    assert fault in find_faults(text, "en")


def test_names_in_capitals_are_no_shouting() -> None:
    assert find_faults("The CMR and the POD are on the page, the BL too.", "en") == ()
