"""What was spent, as lines of text."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import groupby

from babel.numbers import format_decimal

from core.errors import Misconfigured
from core.models import TokenUsage
from core.money import MICROS, Money
from core.texts import find_locale, write_small_money
from core.turns import TenantProfile
from db.ledger import Standing
from db.spending import Finished, GroupedBy, Spent
from routing.prices import Price, list_providers, listed_models

SHOWN_PROVIDERS = ("anthropic", "groq", "openai")
_MILLION = 1_000_000
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A tenant's figures of a period."""

    tenant: TenantProfile
    spent: Sequence[Spent]
    questions: Sequence[Finished]
    documents: Sequence[Finished]
    budgets: Sequence[Standing]


def lay_out_spending(accounts: Sequence[Account], by: GroupedBy) -> Iterator[str]:
    lines = [(account.tenant.language, spent) for account in accounts for spent in account.spent]
    if not lines:
        yield "Nothing was spent in that time."
        return
    extra = [name for name in ("seconds", "units") if any(getattr(spent, name) for _, spent in lines)]
    heads = [by, "calls", "refused", "input", "of it cached", "output", *(_EXTRA[name] for name in extra)]
    rows = [_row(spent, language, extra) for language, spent in lines]
    totals = [_row(total, lines[0][0], extra) for total in _add_up(spent for _, spent in lines)]
    yield from _table([*heads, "cost", "price"], rows, totals)


_EXTRA = {"seconds": "seconds", "units": "messages"}


def _row(spent: Spent, language: str, extra: Sequence[str]) -> list[str]:
    locale = find_locale(language)
    counts = [spent.calls, spent.refused, spent.input_tokens, spent.cached_read_tokens, spent.output_tokens]
    counts += [getattr(spent, name) for name in extra]
    return [
        spent.name,
        *(format_decimal(count, locale=locale) for count in counts),
        _write_amount(spent.cost_micros, spent.currency, language),
        mark_certainty(spent),
    ]


def mark_certainty(spent: Spent) -> str:
    """The least certain part decides."""
    if spent.presumed_micros:
        return "presumed"
    return "estimated" if spent.estimated_micros else "exact"


def _add_up(lines: Iterable[Spent]) -> Iterator[Spent]:
    """One total for each currency: they are not added to each other."""
    for currency, group in groupby(sorted(lines, key=lambda each: each.currency), key=lambda each: each.currency):
        several = list(group)
        yield replace(
            several[0],
            name=f"total {currency}",
            **{name: sum(getattr(each, name) for each in several) for name in _SUMMED},
        )


_SUMMED = (
    "calls", "refused", "input_tokens", "cached_read_tokens", "cached_write_tokens", "output_tokens", "seconds",
    "units", "cost_micros", "reserved_micros", "estimated_micros", "presumed_micros",
)  # fmt: skip


def describe_account(account: Account) -> Iterator[str]:
    """What an item cost, and how the budgets stand; nothing for a tenant without either."""
    language, currency = account.tenant.language, account.tenant.currency
    lines = [
        *(_describe_finished("resolved question", each, language) for each in account.questions),
        *(_describe_finished("document", each, language) for each in account.documents),
        *(_describe_budget(each, currency, language) for each in account.budgets),
    ]
    if lines:
        yield ""
        yield f"{account.tenant.name} ({account.tenant.slug})"
        yield from (f"  {line}" for line in lines)


def _describe_finished(item: str, each: Finished, language: str) -> str:
    average = _write_amount(each.cost_micros // each.finished, each.currency, language)
    plural = "" if each.finished == 1 else "s"
    return f"{each.finished} {item}{plural}, {average} each"


def _describe_budget(standing: Standing, currency: str, language: str) -> str:
    limit = standing.limit_micros or 0
    used = standing.spent_micros + standing.reserved_micros
    share = "all" if not limit else f"{used * 100 // limit} %"
    running = (
        f", {_write_amount(standing.reserved_micros, currency, language)} reserved" if standing.reserved_micros else ""
    )
    return (
        f"budget of {standing.key}: {_write_amount(limit, currency, language)}, {share} used "
        f"({_write_amount(standing.spent_micros, currency, language)} spent{running})"
    )


def _write_amount(micros: int, currency: str, language: str) -> str:
    return write_small_money(Money(micros=micros, currency=currency), language)


def lay_out_prices(provider: str | None) -> Iterator[str]:
    """US dollars for a million tokens, or for a minute where the model hears. Raises Misconfigured."""
    rows: list[list[str]] = []
    for name in (provider,) if provider else SHOWN_PROVIDERS:
        for model, price in sorted(listed_models(name)):
            rows.append([f"{name}/{model}", *_prices(price)])
    yield from _table(["US dollars for a million tokens", "input", "cached", "output", "a minute", "price"], rows, [])
    if not provider:
        yield ""
        yield f"--provider shows one of {', '.join(list_providers())}."


def _prices(price: Price) -> list[str]:
    """For a short prompt: some models charge more for a long one."""
    per = 10_000
    usages = (
        TokenUsage(input_tokens=per),
        TokenUsage(input_tokens=per, cached_read_tokens=per),
        TokenUsage(output_tokens=per),
    )
    tokens = [_dollars(price.cost(usage).usd_micros * (_MILLION // per)) for usage in usages]
    try:
        audio = price.audio(Decimal(600))
    except Misconfigured:
        known = any(tokens)
        return [*tokens, "", str(price.certainty) if known else "unknown"]
    return [*tokens, _dollars(audio.usd_micros // 10), audio.certainty]


def _dollars(micros: int) -> str:
    if not micros:
        return ""
    amount = (Decimal(micros) / MICROS).normalize()
    return f"{amount.quantize(_CENT) if amount == amount.quantize(_CENT) else amount:f}"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], totals: Sequence[Sequence[str]]) -> Iterator[str]:
    """The first and the last column to the left, figures to the right."""
    every = [heads, *rows, *totals]
    widths = [max(len(row[at]) for row in every) for at in range(len(heads))]

    def line(row: Sequence[str]) -> str:
        cells = [
            row[0].ljust(widths[0]),
            *(cell.rjust(width) for cell, width in zip(row[1:-1], widths[1:-1], strict=True)),
        ]
        return "  ".join([*cells, row[-1]]).rstrip()

    yield line(heads)
    yield from map(line, rows)
    if totals:
        yield "-" * (sum(widths) + 2 * (len(widths) - 1))
        yield from map(line, totals)
