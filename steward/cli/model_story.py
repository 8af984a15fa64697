"""What a turn asked of models: why just these, what became of it, what it cost."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import cast

from pydantic import JsonValue

from core.money import Money
from core.texts import write_money
from db.spending import TurnAttempt

_WORDS = {
    "reserved": "not closed yet",
    "settled": "paid",
    "released": "not billed",
    "expired": "presumed paid: the process ended before it was told",
    "refused": "refused",
}


def tell_paid(attempts: Sequence[TurnAttempt]) -> list[str]:
    """Lines, call by call in the order in which they were made."""
    lines: list[str] = []
    for _, calls in groupby(attempts, key=lambda each: each.call_id):
        for place, each in enumerate(calls):
            if place == 0:
                lines += _reasons(each.decision)
            lines.append(_attempt(each))
    return lines


def _reasons(decision: Mapping[str, JsonValue]) -> list[str]:
    lines: list[str] = []
    if "difficulty" in decision:
        used = decision.get("budget_used")
        near = f", {cast('float', used):.0%} of a budget used" if used else ""
        lines.append(
            f"difficulty {decision['difficulty']} of 4 (score {decision.get('score')}), some "
            f"{decision.get('input_tokens')} tokens in; a right answer is worth ${decision.get('value_usd')}{near}"
        )
    order = cast("list[dict[str, JsonValue]]", decision.get("order") or [])
    lines += [f"  {place}. {_ranked(each)}" for place, each in enumerate(order, 1)]
    left_out = cast("dict[str, JsonValue]", decision.get("left_out") or {})
    lines += [f"  not {name}: {reason}" for name, reason in left_out.items()]
    return lines


def _ranked(each: Mapping[str, JsonValue]) -> str:
    told = (
        f"{each['model']}: worth ${cast('float', each['worth_usd']):.4f}; good in {cast('float', each['good']):.0%}, "
        f"costs ${cast('float', each['price_usd']):.5f}, takes {each['seconds']} s"
    )
    if cached := each.get("cached_tokens"):
        told += f", {cached} tokens cached"
    if outcomes := each.get("outcomes"):
        told += f", {outcomes} outcomes known"
    return told


def _attempt(payment: TurnAttempt) -> str:
    what = f"{payment.provider}/{payment.model}" if payment.provider else "nobody could be asked"
    parts = [_WORDS.get(payment.status, payment.status) + (f" ({payment.error})" if payment.error else "")]
    if payment.reserved_micros:
        wanted = _money(payment.reserved_micros, payment)
        paid = f"{_money(payment.cost_micros, payment)} of {wanted} reserved"
        parts.append(paid if payment.cost_micros else f"{wanted} wanted")
        parts.append(f"{payment.price_certainty} price ({payment.price_basis})")
    if payment.input_tokens or payment.output_tokens:
        cached = f" ({payment.cached_read_tokens} cached)" if payment.cached_read_tokens else ""
        parts.append(f"{payment.input_tokens} tokens in{cached}, {payment.output_tokens} out")
    if payment.closed_at is not None and payment.status != "refused":
        parts.append(f"{(payment.closed_at - payment.created_at).total_seconds() * 1000:.0f} ms")
    return f"{what}: {', '.join(parts)}"


def _money(micros: int, payment: TurnAttempt) -> str:
    """Fractions of a cent matter here."""
    if micros and abs(micros) < 10_000:
        return f"{micros / 1_000_000:.6f} {payment.currency}"
    return write_money(Money(micros=micros, currency=payment.currency), "en")
