"""What was spent: how much, on what, of which limit, and what the month comes to."""

from collections.abc import Sequence

from admin.cards import name_business, name_channel
from admin.money.budget_screen import limit_rows, read_views, write_share
from admin.money.days import today_of
from admin.money.forecast import LOOKS_BACK, forecast_month
from admin.money.table import lay_out
from admin.reports.periods import Period, PeriodName, find_period, name_days
from admin.reports.pictures import draw_spending
from admin.session import DeskTurn
from admin.texts import load_catalogue
from core.messages import Button
from core.money import Money
from core.office.money import Spending, SpentOn
from core.texts import write_money, write_rounded_money, write_small_money
from core.turns import Member

GROUPS: tuple[SpentOn, ...] = ("agent", "model", "channel")
_TOP, _ALL = 5, 20
_NAME = 20


async def show_spending(desk: DeskTurn, member: Member, name: PeriodName) -> None:
    """With a picture behind it, where there is something to draw."""
    period = find_period(name, today_of(desk))
    spending = await _read(desk, period)
    lines = await _describe(desk, period, spending)
    for on in GROUPS:
        lines += _tabulate(desk, spending, on, _TOP)
    desk.send_rows("\n".join(lines), _buttons(desk, member, name, groups=any(spending.by.values())))
    if spending.total.micros and name != "today":
        draw_spending(desk, period)


async def show_group(desk: DeskTurn, name: PeriodName, on: SpentOn) -> None:
    """All of one kind, rather than the dearest."""
    period = find_period(name, today_of(desk))
    spending = await _read(desk, period)
    lines = [_title(desk, period), _total(desk, spending), *_tabulate(desk, spending, on, _ALL)]
    others = [desk.button(f"mon_button_by_{each}", f"mon:by:{each}:{name}") for each in GROUPS if each != on]
    desk.send_text("\n".join(lines), *others, desk.button("mon_button_spending", f"mon:show:{name}"))


async def _read(desk: DeskTurn, period: Period) -> Spending:
    return await desk.office.money.spending(desk.turn.tenant.currency, period.first, period.last)


async def _describe(desk: DeskTurn, period: Period, spending: Spending) -> list[str]:
    lines = [_title(desk, period), _total(desk, spending)]
    if not spending.total.micros and not desk.tools.models.available:
        lines.append(desk.write("mon_free"))
    lines += [await _limit(desk, period)] if period.name in ("today", "month") else []
    lines += [await describe_forecast(desk)] if period.name == "month" and spending.total.micros else []
    if spending.resolved and spending.resolved_cost:
        each = Money(micros=spending.resolved_cost.micros // spending.resolved, currency=spending.total.currency)
        lines.append(desk.plural("mon_resolved", spending.resolved, each=write_small_money(each, desk.language)))
    if spending.others:
        amounts = ", ".join(write_money(each, desk.language) for each in spending.others)
        lines.append(desk.write("mon_others", amounts=amounts))
    return [line for line in lines if line]


def _title(desk: DeskTurn, period: Period) -> str:
    days = name_days(period.first, period.last, desk.language)
    return desk.write("mon_spending_title", tenant=name_business(desk), period=days)


def _total(desk: DeskTurn, spending: Spending) -> str:
    if not spending.total.micros and not spending.reserved.micros:
        return desk.write("mon_nothing_spent")
    told = desk.write("mon_total", amount=write_small_money(spending.total, desk.language))
    if spending.reserved.micros:
        told += desk.write("mon_reserved", amount=write_small_money(spending.reserved, desk.language))
    return told


async def _limit(desk: DeskTurn, period: Period) -> str:
    scope = "day" if period.name == "today" else "month"
    view = next(view for view in await read_views(desk) if view.scope == scope)
    if view.limit is None:
        return desk.write(f"mon_limit_none_{scope}")
    used = view.spent.micros + view.reserved.micros
    share = write_share(used, view.limit.micros, desk.language)
    return desk.write(f"mon_limit_{scope}", limit=write_money(view.limit, desk.language), share=share)


async def describe_forecast(desk: DeskTurn) -> str:
    today, currency = today_of(desk), desk.turn.tenant.currency
    expected = forecast_month(await desk.office.money.daily(currency, today - LOOKS_BACK, today), today)
    if expected is None:
        return desk.write("mon_forecast_early")
    return desk.write("mon_forecast", amount=write_about(Money(micros=expected, currency=currency), desk.language))


def write_about(money: Money, language: str) -> str:
    """No more exact than a forecast is."""
    if money.micros < 10_000_000:
        return write_small_money(money, language)
    return write_rounded_money(money, language)


def _tabulate(desk: DeskTurn, spending: Spending, on: SpentOn, most: int) -> list[str]:
    lines = spending.by.get(on, ())
    if not lines:
        return []
    rows = [_row(desk, _name(desk, on, line.name), line.amount, spending.total) for line in lines[:most]]
    if rest := lines[most:]:
        amount = Money(micros=sum(line.amount.micros for line in rest), currency=spending.total.currency)
        rows.append(_row(desk, desk.plural("mon_rest", len(rest)), amount, spending.total))
    return [f"**{desk.write(f'mon_by_{on}')}**", lay_out(rows)]


def _row(desk: DeskTurn, name: str, amount: Money, total: Money) -> Sequence[str]:
    share = write_share(amount.micros, total.micros, desk.language)
    return name, write_small_money(amount, desk.language), share


def _name(desk: DeskTurn, on: SpentOn, name: str) -> str:
    if on == "channel":
        return name_channel(name) if name else desk.write("mon_no_channel")
    if on == "agent" and f"agent_{name}" in load_catalogue().keys:
        return desk.write(f"agent_{name}")
    return name.rpartition("/")[2] or name


def _buttons(desk: DeskTurn, member: Member, name: PeriodName, *, groups: bool) -> list[tuple[Button, ...]]:
    """At most ten, which is what a list on WhatsApp holds. `groups`: whether there is anything to be grouped."""
    by = [desk.button(f"mon_button_by_{on}", f"mon:by:{on}:{name}") for on in GROUPS] if groups else []
    times: list[PeriodName] = [each for each in ("week", "month", "last_month") if each != name]
    shown = [desk.button(f"mon_button_{each}_spent", f"mon:show:{each}") for each in times[-2:]]
    rows = [row for row in (tuple(by[:2]), tuple(by[2:]), tuple(shown)) if row]
    if member.role != "owner":
        return [*rows, (desk.button("mon_button_limits", "mon:all"),)]
    return [*rows, *limit_rows(desk, member)]
