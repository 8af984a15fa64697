"""Words, in the six languages of our customers, that tell how much thought a question takes.

Cut to six letters as `routing.features` cuts words. Our data to learn from is English; these carry what it teaches
over to the other five.
"""


def _stems(words: str) -> frozenset[str]:
    return frozenset(word[:6] for word in words.split())


HINTS = {
    "conditions": _stems(
        "if unless otherwise whether provided assuming suppose given depends"
        " si salvo suponiendo supongamos caso если иначе предположим допустим при"
        " wenn falls sofern angenommen sonst se caso suponha sauf supposons sinon senão"
    ),
    "comparisons": _stems(
        "than more less fewer most least better cheaper compare difference versus twice half double times ratio"
        " más menos mejor comparar diferencia doble mitad больше меньше лучше дешевле сравни сравнить разница чем"
        " mehr weniger besser günstiger vergleiche vergleichen unterschied doppelt hälfte als"
        " plus moins mieux comparer différence double moitié mais menos melhor comparar diferença dobro metade"
    ),
    "quantities": _stems(
        "each every per total remaining left rest percent average sum altogether all both spent spend"
        " cada total resto quedan promedio каждый каждая каждого всего итого осталось процент процентов среднем"
        " jede jeder jedes pro insgesamt übrig prozent durchschnitt"
        " chaque total reste pourcent moyenne cada por sobra média cento"
    ),
    "reckoning": _stems(
        "calculate compute determine find derive prove solve estimate evaluate"
        " calcula calcular calcule determina resuelve рассчитай рассчитайте посчитай посчитайте вычисли определи реши"
        " berechne berechnen ausrechnen bestimme löse calcule calculer calculez détermine résous calcula determine"
    ),
    "reasons": _stems(
        "why because explain therefore however although consequence implies analyze plan strategy argue reason"
        " por qué porque explica explique sin embargo aunque почему потому объясни объясните однако хотя план"
        " warum weil erkläre erklären jedoch obwohl deshalb pourquoi parce expliquer expliquez cependant bien"
        " explique embora entanto"
    ),
    "steps": _stems(
        "then first second finally after before next also until while later step steps"
        " luego primero después finalmente también hasta antes потом затем сначала после также пока до шаг"
        " dann zuerst danach außerdem schließlich bevor bis nachdem auch"
        " puis ensuite enfin après avant aussi jusqu depois primeiro então também até"
    ),
    "negations": _stems(
        "not except never no none without neither nor cannot no nunca sin ninguno excepto не нет никогда без кроме"
        " nicht kein keine nie ohne außer pas jamais sans aucun sauf não nunca sem nenhum exceto"
    ),
    "small talk": _stems(
        "hi hello hey thanks thank ok okay yes bye great hola gracias buenos buenas sí adiós vale perfecto"
        " привет здравствуйте спасибо да ок пока хорошо отлично добрый hallo danke ja tschüss guten super"
        " bonjour salut merci oui olá oi obrigado obrigada sim tchau bom boa"
    ),
    "look-ups": _stems(
        "when where open opening hours price cost address phone menu available order status"
        " cuándo dónde horario precio dirección teléfono abren abierto когда где сколько часы цена адрес телефон"
        " открыты работаете wann wo geöffnet öffnungszeiten preis adresse telefon offen"
        " quand où horaires prix adresse téléphone ouvert ouvrez quando onde horário preço endereço telefone aberto"
    ),
}
"""By what the words show."""

_GAIN = {
    "conditions": 0.03, "comparisons": 0.02, "quantities": 0.015, "reckoning": 0.03, "reasons": 0.03, "steps": 0.02,
    "negations": 0.01, "small talk": -0.03, "look-ups": -0.02,
}  # fmt: skip
_MOST = 0.12
_SHORT = 12
"""Words of a text in which hints count in full."""


def _by_stem() -> dict[str, float]:
    gain: dict[str, float] = {}
    for name, stems in HINTS.items():
        for stem in stems:
            gain[stem] = max(gain.get(stem, _GAIN[name]), _GAIN[name], key=abs)
    return gain


_GAINS = _by_stem()


def weigh(stems: list[str]) -> float:
    """What the words add to the expected gain. Each counts once, and less in a long text, where any word may occur."""
    total = sum(_GAINS.get(stem, 0.0) for stem in dict.fromkeys(stems))
    return max(-_MOST, min(_MOST, total)) * min(1.0, _SHORT / max(1, len(stems)))
