"""Which kind of thing answers a question: how much wants an amount, when a time of day, how long a span."""

import re

ANSWER_KINDS = {"§price": "money", "§hours": "clock", "§time": "clock", "§span": "span"}
"""By concept of the question."""
MARKERS = frozenset({"§time", "§span"})
"""Asked for by phrases; no passage is about them."""

_KINDS = (
    ("money", re.compile(
        r"[€$£¥₽]\s?\d|\d\s?(?:[€$£¥₽]|(?:eur|usd|gbp|euros?|dollars?|pounds|рубл\w*|cents?)\b)", re.I,
    )),
    ("clock", re.compile(r"\b\d{1,2}:\d{2}\b|\b\d{1,2}\s?(?:uhr|am|pm|[ap]\.m\.)", re.I)),
    ("span", re.compile(
        r"(?:\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|half an))\s?(?:working |to \d+ )?"
        r"(?:minutes?|hours?|days?|weeks?|months?|years?|minutos?|horas?|d[ií]as?|semanas?|meses|años|anos|minuten|stunden|"
        r"tagen?|wochen?|monaten?|jahren?|heures?|jours?|semaines?|mois|ans|минут\w*|час\w*|дн\w*|недел\w*|месяц\w*)\b",
        re.I,
    )),
)  # fmt: skip


def find_kinds(text: str) -> frozenset[str]:
    return frozenset(kind for kind, pattern in _KINDS if pattern.search(text))
