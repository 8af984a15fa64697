"""What each step of the wizard says and asks."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_time

from admin.bots.offering import offer_bots
from admin.changing import change_business
from admin.onboarding.places import currency_of, name_currency, name_language, name_zone
from admin.onboarding.progress import SECTION, STEPS, Progress, Step, find_progress, keep_progress, title
from admin.session import DeskTurn
from admin.texts import quote
from core.messages import Button
from core.office.settings import AccountView
from core.texts import LANGUAGES, find_locale
from core.turns import Member

_LABEL = 20
_PICKED: Mapping[str, str] = {
    "name": "onboarding_button_name", "language": "onboarding_button_language", "zone": "onboarding_button_zone",
    "currency": "onboarding_button_currency", "hours": "onboarding_button_hours", "about": "onboarding_button_about",
    "tone": "onboarding_button_tone",
}  # fmt: skip


async def go_to(desk: DeskTurn, member: Member, step: Step, at: datetime) -> None:
    """Makes it the step that is under way, and asks its question."""
    before = await find_progress(desk, at)
    own = before.own_currency if before else False
    keep_progress(desk, Progress(step=step, since=at, own_currency=own))
    await show_step(desk, member, step, at)


async def go_on(desk: DeskTurn, member: Member, after: Step, at: datetime) -> None:
    place = STEPS.index(after) + 1
    if place == len(STEPS):
        await finish(desk)
    else:
        await go_to(desk, member, STEPS[place], at)


async def show_step(desk: DeskTurn, member: Member, step: Step, at: datetime) -> None:
    match step:
        case "name" | "place":
            await show_place(desk, at)
        case "knowledge":
            desk.ask(SECTION, step, at)
            _say(desk, step, _go_on_button(desk, step))
        case "tone":
            desk.ask(SECTION, step, at)
            _send(desk, step, [tone_buttons(desk), (_skip_button(desk, step),)])
        case "bot":
            desk.state = desk.state.expecting()
            later = desk.button("onboarding_button_later", f"{SECTION}:skip:{step}")
            await offer_bots(desk, member, at, _ask(desk, step), later)
        case "try":
            desk.ask(SECTION, step, at)
            _say(desk, step, _go_on_button(desk, step))
        case "about" | "hours":
            desk.ask(SECTION, step, at)
            _say(desk, step, _skip_button(desk, step))


async def show_place(desk: DeskTurn, at: datetime) -> None:
    """The guess, to be agreed to with one tap. Words are heard too: a city, a language, a currency."""
    business = await desk.business()
    desk.ask(SECTION, "place", at)
    text = desk.write(
        "onboarding_ask_place", name=quote(business.name), spoken=name_language(business.language, desk.language),
        zone=name_zone(business.time_zone, desk.language), time=_clock(desk, business.time_zone),
        currency=name_currency(business.currency, desk.language),
    )  # fmt: skip
    rows = [
        (desk.button("onboarding_button_right", f"{SECTION}:ok:place"), pick_button(desk, "language")),
        (pick_button(desk, "zone"), pick_button(desk, "currency")),
    ]
    desk.send_rows(f"**{title(desk, 'place')}**\n{text}", rows)


def _clock(desk: DeskTurn, zone: str) -> str:
    now = desk.tools.clock.now().astimezone(ZoneInfo(zone))
    return format_time(now, "HH:mm", locale=find_locale(desk.language))


def pick_button(desk: DeskTurn, what: str) -> Button:
    return desk.button(_PICKED[what], f"{SECTION}:pick:{what}")


def tone_buttons(desk: DeskTurn) -> tuple[Button, ...]:
    return tuple(
        desk.button(key, f"{SECTION}:tone:{tone}")
        for key, tone in (
            ("onboarding_tone_warm", "warm"), ("onboarding_tone_formal", "formal"), ("onboarding_tone_brief", "brief"),
        )
    )  # fmt: skip


def language_rows() -> Sequence[tuple[Button, ...]]:
    """Each in its own words, so that everybody finds theirs."""
    buttons = [
        Button(id=f"{SECTION}:lang:{code}", label=name_language(code, code).capitalize()[:_LABEL]) for code in LANGUAGES
    ]
    return [tuple(buttons[n : n + 2]) for n in range(0, len(buttons), 2)]


def zone_rows(desk: DeskTurn, zones: Sequence[str]) -> Sequence[tuple[Button, ...]]:
    return [(Button(id=f"{SECTION}:z:{zone}", label=name_zone(zone, desk.language)[:_LABEL]),) for zone in zones]


async def currency_rows(desk: DeskTurn) -> Sequence[tuple[Button, ...]]:
    """That of the country and those that many take."""
    business = await desk.business()
    own = [business.currency, currency_of(business.time_zone), "EUR", "USD", "GBP"]
    return [tuple(Button(id=f"{SECTION}:cur:{code}", label=code) for code in dict.fromkeys(filter(None, own)))]


async def finish(desk: DeskTurn) -> None:
    """All is said: the wizard ends, and tells what one does next."""
    keep_progress(desk, None)
    desk.state = desk.state.expecting()
    business = await change_business(desk, "business.set_up", set_up=True)
    accounts = await desk.office.settings.accounts()
    links = [link for account in accounts if (link := link_to(account))]
    lines = [desk.write("onboarding_done", name=quote(business.name))]
    lines += [desk.write("onboarding_done_link", link=link) for link in links]
    lines.append(desk.write("onboarding_done_share" if links else "onboarding_done_no_bot"))
    desk.send_text(
        "\n".join(lines) + "\n\n" + desk.write("onboarding_done_next"),
        desk.button("onboarding_button_invite", "menu:people"),
        desk.button("onboarding_button_budget", "menu:budget"),
        desk.button("onboarding_button_menu", "menu:open"),
    )


def link_to(account: AccountView) -> str:
    """What customers tap on; empty where it is not known."""
    if account.role != "customer" or account.status != "active" or not account.handle:
        return ""
    host = "https://t.me/" if account.channel == "telegram" else "https://wa.me/"
    return host + account.handle


def _say(desk: DeskTurn, step: Step, button: Button) -> None:
    _send(desk, step, [(button,)])


def _send(desk: DeskTurn, step: Step, rows: Sequence[tuple[Button, ...]]) -> None:
    desk.send_rows(_ask(desk, step), rows)


def _ask(desk: DeskTurn, step: Step) -> str:
    questions = {
        "about": "onboarding_ask_about", "knowledge": "onboarding_ask_knowledge", "hours": "onboarding_ask_hours",
        "tone": "onboarding_ask_tone", "bot": "onboarding_ask_bot", "try": "onboarding_ask_try",
    }  # fmt: skip
    return f"**{title(desk, step)}**\n{desk.write(questions[step])}"


def _skip_button(desk: DeskTurn, step: Step) -> Button:
    return desk.button("onboarding_button_skip", f"{SECTION}:skip:{step}")


def _go_on_button(desk: DeskTurn, step: Step) -> Button:
    return desk.button("onboarding_button_go_on", f"{SECTION}:ok:{step}")
