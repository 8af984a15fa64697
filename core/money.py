"""Money in integer micro-units (a millionth) of a currency. Never floats."""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Literal

MICROS = 1_000_000
BudgetScope = Literal["day", "month", "case", "conversation", "agent"]
"""What a limit is counted over. A conversation is counted by the day, an agent by the month; days and months begin at
midnight in the tenant's time zone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    micros: int
    currency: str
    """ISO 4217, upper case."""

    def __str__(self) -> str:
        return f"{Decimal(self.micros) / MICROS:.2f} {self.currency}"


def parse_amount(text: str, currency: str) -> Money:
    """Reads what an owner types: `50`, `50.5`, `50,50`, `1,250.00`, `1.250,00`.

    Raises ValueError when it is no amount, is negative, has more than two decimals or passes a billion.
    """
    cleaned = "".join(text.split()).replace("'", "")
    point, comma = cleaned.rfind("."), cleaned.rfind(",")
    if point >= 0 and comma >= 0:
        thousands = "," if point > comma else "."
        cleaned = cleaned.replace(thousands, "")
    elif cleaned.count(",") > 1 or cleaned.count(".") > 1:
        raise ValueError("not an amount")
    if not cleaned.isascii() or not cleaned.replace(".", "").replace(",", "").isdigit():
        raise ValueError("not an amount")
    try:
        value = Decimal(cleaned.replace(",", "."))
    except InvalidOperation:
        raise ValueError("not an amount") from None
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -2 or not 0 <= value <= 1_000_000_000:
        raise ValueError("not an amount in cents, or out of range")
    return Money(micros=int((value * MICROS).to_integral_value(ROUND_HALF_EVEN)), currency=currency)
