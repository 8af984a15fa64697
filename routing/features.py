"""What can be seen in a prompt without understanding it: its form, a few dozen counts, and its words.

Everything is bounded: of a long prompt only the head and the tail are looked at.
"""

import math
import re
from typing import NamedTuple

FORMS = ("tools", "choice", "code", "maths", "plain")
COUNTS = (
    "characters", "words", "distinct words", "sentences", "question marks", "commas", "lines",
    "numbers", "distinct numbers", "decimals", "longest number", "money", "slashes", "quotes", "brackets",
    "capitals", "commands", "powers", "blanks", "links", "terms",
    "options", "option length", "option spread", "numeric options", "options in capitals", "stem", "option variety",
    "tools", "all characters", "parameters", "required", "defaults", "nested",
    "calls", "depth", "case length", "case items", "code lines",
)  # fmt: skip
"""The order of `Signals.counts`: text, options, tools, code. Mostly logarithms, so that a typo moves them little."""

STEM = 6
"""Letters of a word that count: inflections, and typos at its end, then change nothing."""
_HEAD, _TAIL = 2_400, 1_200
"""Characters of a long prompt: what it is about stands first, what it asks often last."""
_LONGEST_QUESTION = 3_000
_MOST_WORDS = 600

_WORD = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_SENTENCE_END = re.compile(r"[.!?…。？！](?=\s|$)")
_OPTION = re.compile(r"(?:^|\n)\s?\(?(?:[A-Ea-e]\s?[.)]|[B-E] )\s?")
_MATHS = re.compile(r"\\[a-zA-Z]|\$[^\d\s]|[\w)}]\$|\^|[\w)] ?[=<>+] ?[\w(-]")
_LATEX = re.compile(r"\\[a-zA-Z]{2,}|\$[^\d\s]|[\w)}]\$")
_CODE = re.compile(r"\bdef |\breturn\b|\bassert\b|\w\(\)|==|\[PYTHON|```|\.\w+\(|;\n|\n {4}")
_SCHEMA = re.compile(r'[\[{]+"')
_TERM = re.compile(
    r"\b(?:integer|polynom|primes?\b|digit|probab|triang|circle|circum|polygon|divisib|divisor|multiples?\b|sequen"
    r"|arithm|geomet|function|equation|permut|vertex|vertic|radius|diameter|volume of|square|modulo|remainder|logarit"
    r"|cubic|sphere|cylind|factors?\b|diagonal|rectang|perimet|whole number|how many ways|different ways|distinct"
    r"|exactly|possible|at most|at least|as likely|inclusive|consecutive|each other|every other|assum"
    r"|entero|dígito|círculo|ecuaci|función|raíz|целы[ехм]|многочлен|цифр|вероятност|треугольн|окружност|уравнени"
    r"|функци|корень|ganze zahl|ziffer|wahrscheinlich|dreieck|kreis|gleichung|funktion|wurzel|entier|chiffre"
    r"|fonction|équation|racine|inteiro|função|equação)"
)
_LINK = re.compile(r"\b(?:for|while|if|in)\b")
_CASE_ITEM = re.compile(r"[(\[{'\",:]")


class Signals(NamedTuple):
    form: int
    """Place in `FORMS`."""
    counts: list[float]
    stems: list[str]
    """The words in order, lower case, cut to `STEM` letters."""


def read(prompt: str) -> Signals:
    text = prompt if len(prompt) <= _HEAD + _TAIL else f"{prompt[:_HEAD]}\n{prompt[-_TAIL:]}"
    text, tools = _split_tools(text)
    text = text[:_LONGEST_QUESTION]
    stem, options = _split_options(text)
    form = FORMS.index("tools" if tools else "choice" if options else _form_of_text(text))
    words = _WORD.findall(text.lower())
    counts = _count_text(text, len(words))
    counts += _count_options(stem, options) if options else [0.0] * 7
    counts += _count_tools(tools, len(prompt)) if tools else [0.0] * 6
    counts += _count_code(text) if FORMS[form] == "code" else [0.0] * 5
    return Signals(form, counts, [word[:STEM] for word in words[:_MOST_WORDS]])


def _log(count: float) -> float:
    return math.log1p(count)


def _split_tools(text: str) -> tuple[str, str]:
    """The question, and the tools' schemas (JSON) where there are any."""
    found = _SCHEMA.search(text)
    if found is None or text.count('":', found.start()) < 4:
        return text, ""
    return text[: found.start()], text[found.start() :]


def _split_options(text: str) -> tuple[str, list[str]]:
    """The stem, and the answers to choose from; two that can be read are enough, a typo may have spoiled the others."""
    stem, *options = _OPTION.split(text)
    if len(options) < 2:
        return text, []
    return stem, options


def _form_of_text(text: str) -> str:
    """Marks and terms are counted, not looked for: one alone may be a typo, a price or a shape."""
    if len(_LATEX.findall(text)) >= 2:
        return "maths"
    if len(_CODE.findall(text)) >= 3:
        return "code"
    if len(_MATHS.findall(text)) >= 2 or len(_TERM.findall(text.lower())) >= 2:
        return "maths"
    return "plain"


def _count_text(text: str, words: int) -> list[float]:
    numbers = _NUMBER.findall(text)
    parts = text.split()
    count = text.count
    return [
        _log(len(text)),
        _log(words),
        len(set(parts)) / (len(parts) or 1),
        _log(len(_SENTENCE_END.findall(text))),
        _log(count("?") + count("？")),
        _log(count(",")),
        _log(count("\n")),
        _log(len(numbers)),
        _log(len(set(numbers))),
        _log(sum(not number.isdigit() for number in numbers)),
        _log(max(map(len, numbers), default=0)),
        _log(count("$") + count("€") + count("£")),
        _log(count("/")),
        _log(count('"') + count("'")),
        _log(count("(") + count("[")),
        _log(10 * sum(map(str.isupper, text)) / (len(text) or 1)),
        _log(count("\\")),
        _log(count("^")),
        _log(count("_")),
        _log(len(_LINK.findall(text))),
        _log(len(_TERM.findall(text.lower()))),
    ]


def _count_options(stem: str, options: list[str]) -> list[float]:
    lengths = [len(option) for option in options]
    words = " ".join(options).split()
    return [
        _log(len(options)),
        _log(sum(lengths) / len(lengths)),
        _log(max(lengths) - min(lengths)),
        sum(any(map(str.isdigit, option[:6])) for option in options) / len(options),
        sum(option[:1].isupper() for option in options) / len(options),
        _log(len(stem)),
        len(set(words)) / (len(words) or 1),
    ]


def _count_tools(tools: str, characters: int) -> list[float]:
    parameters = tools.count('"parameters"')
    return [
        _log(parameters),
        _log(characters),
        _log(tools.count('"type"')),
        _log(tools.count('"required"')),
        _log(tools.lower().count("default")),
        _log(max(0, tools.count('"items"') + tools.count('"properties"') - parameters)),
    ]


def _count_code(text: str) -> list[float]:
    lines = [line for line in text.splitlines() if line.strip()]
    case = max((line for line in lines if "assert" in line or "==" in line), key=len, default="")
    return [
        _log(text.count("(")),
        sum(len(line) - len(line.lstrip()) for line in lines) / (len(lines) or 1) / 4,
        _log(len(case)),
        _log(len(_CASE_ITEM.findall(case))),
        _log(len(lines)),
    ]
