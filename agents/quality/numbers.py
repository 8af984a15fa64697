"""Numbers that a reply holds and the material does not. A made-up price or hour is the mistake that costs most."""

import re
from collections.abc import Sequence

_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")


def find_invented(reply: str, shown: Sequence[str]) -> set[str]:
    """Numbers of the reply that nothing shown to the model holds; counting to ten is free."""
    given = {_plain(number) for number in _NUMBER.findall(" ".join(shown))}
    said = {_plain(number) for number in _NUMBER.findall(reply)}
    return {number for number in said - given if not (len(number) <= 2 and number.isdigit() and int(number) <= 10)}


def _plain(number: str) -> str:
    """`7:00`, `07.00` and `7` are the same; so are `5,20` and `5.2`."""
    whole, _, rest = re.sub("[,:]", ".", number).partition(".")
    rest = rest.rstrip("0")
    return f"{whole.lstrip('0') or '0'}.{rest}" if rest else whole.lstrip("0") or "0"
