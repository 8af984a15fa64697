"""Keeping what an owner said of the business: the wizard and `/settings` write through the same functions."""

from datetime import datetime

from babel.dates import get_day_names

from admin.changing import change_business
from admin.knowledge.adding import add_text
from admin.onboarding.budgets import resize_budget
from admin.onboarding.places import currency_of
from admin.onboarding.progress import find_progress, keep_progress
from admin.session import DeskTurn
from admin.texts import load_catalogue, write
from core.changes import SetBudget
from core.money import Money
from core.texts import LANGUAGES, find_locale, write_money
from core.turns import Member
from tenants.settings import Tone

_FILES_LOOKED_AT = 100


async def save_name(desk: DeskTurn, name: str) -> None:
    await change_business(desk, "name.set", name=name)


async def save_language(desk: DeskTurn, language: str) -> None:
    await change_business(desk, "language.set", language=language)
    desk.follow_business(language)


async def save_zone(desk: DeskTurn, member: Member, zone: str, at: datetime) -> None:
    """While the wizard asks, the currency goes along with the country, unless it was chosen."""
    progress = await find_progress(desk, at)
    await change_business(desk, "time_zone.set", time_zone=zone)
    currency = currency_of(zone)
    if progress and progress.step == "place" and not progress.own_currency and currency:
        await _change_currency(desk, member, currency)


async def save_currency(desk: DeskTurn, member: Member, currency: str, at: datetime) -> None:
    if (progress := await find_progress(desk, at)) is not None:
        keep_progress(desk, progress.model_copy(update={"own_currency": True}))
    await _change_currency(desk, member, currency)


async def _change_currency(desk: DeskTurn, member: Member, currency: str) -> None:
    """The limit of the month and the operator's ceiling stay about what they were worth: one in the old currency would
    hold for nothing."""
    before = await desk.business()
    if before.currency == currency:
        return
    ceiling = before.spend_ceiling_micros
    moved = None if ceiling is None else resize_budget(Money(micros=ceiling, currency=before.currency), currency).micros
    await change_business(desk, "currency.set", currency=currency, spend_ceiling_micros=moved)
    limit = desk.budget or (await desk.tools.reader.status()).budget
    if limit is None or limit.currency == currency:
        return
    desk.budget = resize_budget(limit, currency)
    desk.change(SetBudget(limit=desk.budget, member_id=member.member_id))
    desk.note("budget.set", limit_micros=desk.budget.micros, currency=currency)
    if await find_progress(desk, desk.tools.clock.now()) is None:
        desk.say("onboarding_budget_moved", budget=write_money(desk.budget, desk.language))


async def save_about(desk: DeskTurn, about: str) -> None:
    await change_business(desk, "about.set", about=about)


async def save_hours(desk: DeskTurn, member: Member, hours: str) -> None:
    """As a setting, and as knowledge that customers are answered from."""
    business = await change_business(desk, "hours.set", hours=hours)
    name = await _name_hours(desk, business.language)
    days = get_day_names("wide", locale=find_locale(business.language))
    # The heading names every day: who asks about Saturday is to find "Mon–Fri", too.
    heading = f"# {name}: {', '.join(str(days[n]) for n in range(len(days)))}"
    add_text(desk, member, name, f"{heading}\n\n{write('onboarding_hours_text', business.language, hours=hours)}")


async def _name_hours(desk: DeskTurn, language: str) -> str:
    """As the text is called already, in whatever language the business had then: two sets of hours would be one too
    many."""
    names = {load_catalogue().text("onboarding_hours_name", each) for each in LANGUAGES}
    page = await desk.office.knowledge.files(_FILES_LOOKED_AT, 0)
    known = next((file.name for file in page.files if file.name in names), None)
    return known or write("onboarding_hours_name", language)


async def save_tone(desk: DeskTurn, tone: Tone | None, words: str = "") -> None:
    await change_business(desk, "tone.set", tone=tone, tone_words=words)
