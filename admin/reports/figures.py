"""A report: what happened in a time, in a few lines."""

from dataclasses import dataclass, replace
from datetime import date

from babel.dates import format_timedelta
from babel.numbers import format_decimal, format_percent

from admin.cards import name_business
from admin.money.budget_screen import write_share
from admin.money.days import today_of
from admin.money.spend_screen import describe_forecast
from admin.reports.periods import Period, name_days, span
from admin.session import DeskTurn
from admin.texts import quote
from core.money import Money
from core.office.money import BudgetView
from core.office.reports import Activity, Standing
from core.texts import find_locale, write_money, write_small_money

_FEW = 20
"""With fewer before, a change in percent says nothing."""
_NAMES = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    period: Period
    activity: Activity
    messages_before: int | None
    """As long before; None where that is not asked for."""
    standing: Standing
    spent: Money
    month: BudgetView

    @property
    def nothing(self) -> bool:
        """Whether there is nothing to tell."""
        quiet = replace(self.activity, answer_time=None) == _QUIET
        standing = self.standing
        return quiet and not (standing.waiting or standing.paused_bots or self.spent.micros)


_QUIET = Activity(
    messages=0, conversations=0, by_bot=0, by_people=0, unanswered=0, answer_time=None, actions_done=0,
    actions_refused=0, actions_failed=0, gaps=0, failures=0,
)  # fmt: skip


async def read_figures(desk: DeskTurn, period: Period, *, compare: bool) -> Figures:
    office, zone = desk.office, desk.turn.tenant.time_zone
    currency, today = desk.turn.tenant.currency, today_of(desk)
    before = period.before()
    daily = await office.money.daily(currency, period.first, period.last)
    budgets = await office.money.budgets(currency, today)
    return Figures(
        period=period,
        activity=await office.reports.activity(*span(period.first, period.last, zone)),
        messages_before=(
            (await office.reports.activity(*span(before.first, before.last, zone))).messages if compare else None
        ),
        standing=await office.reports.standing(),
        spent=Money(micros=sum(daily.values()), currency=currency),
        month=next(view for view in budgets if view.scope == "month"),
    )


async def describe(desk: DeskTurn, figures: Figures) -> str:
    """At most twelve lines."""
    lines = [_title(desk, figures.period)]
    if figures.activity.conversations:
        lines += _conversations(desk, figures)
    elif figures.nothing:
        lines.append(desk.write("rep_quiet"))
    lines += _deeds(desk, figures.activity)
    lines += _now(desk, figures.standing)
    lines += await _money(desk, figures, today_of(desk))
    return "\n".join(lines)


def _title(desk: DeskTurn, period: Period) -> str:
    days = name_days(period.first, period.last, desk.language)
    return f"**{name_business(desk)}** · {desk.write(f'rep_title_{period.name}', period=days)}"


def _conversations(desk: DeskTurn, figures: Figures) -> list[str]:
    activity, locale = figures.activity, find_locale(desk.language)
    messages = format_decimal(activity.messages, locale=locale)
    conversations = format_decimal(activity.conversations, locale=locale)
    first = desk.write("rep_messages", messages=messages, conversations=conversations)
    if (before := figures.messages_before) is not None and before >= _FEW:
        change = format_percent(activity.messages / before - 1, format="+#,##0%;-#,##0%", locale=locale)
        first += " " + desk.write("rep_change", change=change)
    lines = [
        first,
        desk.write("rep_answered", bot=activity.by_bot, people=activity.by_people, open=activity.unanswered),
    ]
    if activity.answer_time is not None:
        took = format_timedelta(activity.answer_time, locale=locale)
        lines.append(desk.write("rep_speed", time=took))
    return lines


def _deeds(desk: DeskTurn, activity: Activity) -> list[str]:
    lines: list[str] = []
    if activity.actions_done or activity.actions_refused or activity.actions_failed:
        done, refused, failed = activity.actions_done, activity.actions_refused, activity.actions_failed
        lines.append(desk.write("rep_actions", done=done, refused=refused, failed=failed))
    if activity.gaps:
        lines.append(desk.write("rep_gaps", count=activity.gaps))
    if activity.failures:
        lines.append(desk.write("rep_failures", count=activity.failures))
    return lines


def _now(desk: DeskTurn, standing: Standing) -> list[str]:
    lines: list[str] = []
    if standing.waiting or standing.open_cases:
        lines.append(desk.write("rep_now", waiting=standing.waiting, cases=standing.open_cases))
    if standing.paused_bots:
        lines.append(desk.write("rep_paused", bots=quote(", ".join(standing.paused_bots), _NAMES)))
    return lines


async def _money(desk: DeskTurn, figures: Figures, today: date) -> list[str]:
    """Spent in the time, then how the month stands."""
    month, language = figures.month, desk.language
    if not (figures.spent.micros or month.spent.micros):
        return []
    lines = [desk.write("rep_spent", amount=write_small_money(figures.spent, language))]
    if not figures.period.first <= today <= figures.period.last and figures.period.name != "yesterday":
        return lines  # of a time that is over, the month that is not says nothing
    if month.limit is not None:
        used = month.spent.micros + month.reserved.micros
        share = write_share(used, month.limit.micros, language)
        spent, limit = write_small_money(month.spent, language), write_money(month.limit, language)
        lines.append(desk.write("rep_month", spent=spent, limit=limit, share=share))
    elif figures.period.name != "month":
        lines.append(desk.write("rep_month_unlimited", spent=write_small_money(month.spent, language)))
    return [*lines, await describe_forecast(desk)]
