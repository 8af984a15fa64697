"""`/pause` and `/resume`: while it is paused the bot answers nobody by itself, and questions come here."""

from datetime import UTC, datetime, timedelta

from admin.cards import name_business
from admin.changing import change_business
from admin.inbox.hours import hours_of
from admin.inbox.moments import read_until
from admin.session import DeskTurn
from core.messages import Button
from core.texts import write_moment
from core.turns import Member
from tenants.settings import read_settings

OPEN_END = datetime(9000, 1, 1, tzinfo=UTC)
"""*Until I resume*: from here on, a pause has no end that anybody would name."""


async def pause(desk: DeskTurn, member: Member, argument: str) -> None:
    """Until what the argument says; without one, asks until when."""
    del member
    now = desk.turn.events[-1].recorded_at
    if not argument:
        await _ask(desk, now)
        return
    until = _read_until(desk, argument)
    if until is None:
        desk.say("box_pause_unread", *_choices(desk))
    else:
        await _pause(desk, until)


async def preview_pause(desk: DeskTurn, member: Member, argument: str) -> str:
    del member
    until = _read_until(desk, argument) if argument else None
    if until is None:
        return ""  # it asks until when
    moment = write_moment(until, desk.language, desk.turn.tenant.time_zone)
    return desk.write("box_pause_will", tenant=name_business(desk), moment=moment)


def _read_until(desk: DeskTurn, argument: str) -> datetime | None:
    tenant, now = desk.turn.tenant, desk.turn.events[-1].recorded_at
    return read_until(argument, (desk.language, tenant.language), now, tenant.time_zone, hours_of(tenant).opens)


async def pause_by_button(desk: DeskTurn, choice: str, at: datetime) -> None:
    match choice:
        case "hour":
            await _pause(desk, at + timedelta(hours=1))
        case "tomorrow":
            await _pause(desk, hours_of(desk.turn.tenant).tomorrow_morning(at))
        case _:
            await _pause(desk, OPEN_END)


async def resume(desk: DeskTurn, member: Member, argument: str) -> None:
    del member, argument
    settings = read_settings((await desk.business()).settings)
    if not settings.is_paused(desk.turn.events[-1].recorded_at):
        desk.say("box_not_paused", tenant=name_business(desk))
        return
    await change_business(desk, "bot.resumed", paused_until=None)
    desk.say("box_resumed", tenant=name_business(desk))


async def _pause(desk: DeskTurn, until: datetime) -> None:
    until = until if until >= OPEN_END else until.replace(second=0, microsecond=0)
    await change_business(desk, "bot.paused", paused_until=until)
    _say_paused(desk, until, "box_paused")


async def _ask(desk: DeskTurn, now: datetime) -> None:
    settings = read_settings((await desk.business()).settings)
    if settings.paused_until is not None and settings.is_paused(now):
        _say_paused(desk, settings.paused_until, "box_is_paused")
    else:
        desk.say("box_pause_ask", *_choices(desk), tenant=name_business(desk))


def _say_paused(desk: DeskTurn, until: datetime, key: str) -> None:
    button = desk.button("box_resume", "box:resume")
    if until >= OPEN_END:
        desk.say(f"{key}_open", button, tenant=name_business(desk))
    else:
        moment = write_moment(until, desk.language, desk.turn.tenant.time_zone)
        desk.say(f"{key}_until", button, tenant=name_business(desk), moment=moment)


def _choices(desk: DeskTurn) -> tuple[Button, ...]:
    return tuple(desk.button(f"box_pause_{name}", f"box:pause:{name}") for name in ("hour", "tomorrow", "open"))
