"""Telephone numbers, and whether a number is one."""

import re

_NUMBER = re.compile(r"(?<![\w#+./:-])\+?\(?\d(?:[\s().-]{0,2}\d){6,14}(?![\w-]|[.,]\d)")
_WORD = re.compile(
    r"(?:phone|number is|mobile|cell|call me|whatsapp|tel[eé]fono|n[uú]mero|m[oó]vil|celular|ll[aá]m\w*|телефон\w*|"
    r"номер\w*|звон\w*|telefon\w*|handy\w*|nummer|mobil|erreich\w*|t[eé]l\w*|portable|num[eé]ro|appele\w*|telem[oó]vel|lig\w{1,4})"
    r"\W{0,3}(?:\w{1,5}\W){0,4}\W*$",
    re.IGNORECASE,
)
_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d{2})(?!\d)")
_LOOKED_BACK = 40
_LEAST, _LEAST_GROUPED = 8, 9
"""Digits of one that begins like one, and of any other in groups."""


def find_phone(text: str, *, only_with_plus: bool = False) -> tuple[str, str]:
    """The first one's digits, with `+` where it was typed; and the text with all of them blotted out."""
    first = ""
    for match in _NUMBER.finditer(text):
        typed = match.group()
        if only_with_plus and typed[0] != "+":
            continue
        digits = re.sub(r"\D", "", typed)
        dialled = typed.startswith(("+", "0", "(")) and len(digits) >= _LEAST
        grouped = len(re.findall(r"\d+", typed)) > 1 and len(digits) >= _LEAST_GROUPED
        if _DATE.match(typed) or not (dialled or grouped or is_phone_at(text, match.start())):
            continue
        first = first or ("+" if typed.startswith("+") else "") + digits
        text = f"{text[: match.start()]}{'_' * len(typed)}{text[match.end() :]}"
    return first, text


def is_phone_at(text: str, at: int) -> bool:
    """What stands before speaks of a telephone."""
    return _WORD.search(text[max(0, at - _LOOKED_BACK) : at]) is not None
