"""What a business may spend on models in its first months, in whatever currency it counts."""

from collections.abc import Mapping

from core.money import MICROS, Money

_SIZES: Mapping[str, int] = {
    "AED": 4, "ALL": 100, "AMD": 400, "ARS": 1_000, "BDT": 100, "BRL": 5, "CLP": 1_000, "CNY": 7, "COP": 4_000,
    "CRC": 500, "CZK": 20, "DKK": 7, "DOP": 60, "DZD": 130, "EGP": 50, "GTQ": 8, "HKD": 8, "HNL": 25, "HUF": 350,
    "IDR": 16_000, "ILS": 4, "INR": 80, "ISK": 130, "JPY": 150, "KES": 130, "KGS": 90, "KRW": 1_400, "KZT": 500,
    "LKR": 300, "MAD": 10, "MDL": 18, "MKD": 55, "MXN": 20, "MYR": 4, "NGN": 1_500, "NIO": 37, "NOK": 10, "NPR": 130,
    "PEN": 4, "PHP": 60, "PKR": 280, "PLN": 4, "PYG": 7_500, "QAR": 4, "RON": 5, "RSD": 110, "RUB": 100, "SAR": 4,
    "SEK": 10, "THB": 35, "TND": 3, "TRY": 40, "TWD": 32, "TZS": 2_500, "UAH": 40, "UGX": 3_700, "UYU": 40,
    "UZS": 12_500, "VES": 200, "VND": 25_000, "XAF": 600, "XOF": 600, "ZAR": 18,
}  # fmt: skip
"""How many units are about a US dollar or a euro, in round figures: for an order of magnitude, never for counting."""


def starter_budget(units: int, currency: str) -> Money | None:
    """`units` of a currency the size of the dollar, and as much in another. None for none."""
    return Money(micros=units * _SIZES.get(currency, 1) * MICROS, currency=currency) if units > 0 else None


def resize_budget(limit: Money, currency: str) -> Money:
    """A limit of about the same worth, for a business that counts in another currency from now on."""
    micros = limit.micros * _SIZES.get(currency, 1) // _SIZES.get(limit.currency, 1)
    return Money(micros=micros, currency=currency)
