"""Changing the business from its desk: read fresh, checked, written with the version that was read."""

from dataclasses import replace
from typing import Any

from pydantic import JsonValue

from admin.reports.timing import TIMED_BY, retime_reports
from admin.session import DeskTurn
from core.desk_changes import ChangeBusiness
from core.office.settings import BusinessState
from tenants.agents import AgentPolicy
from tenants.settings import BusinessSettings, read_settings, write_persona


async def change_business(
    desk: DeskTurn,
    note: str,
    *,
    name: str | None = None,
    language: str | None = None,
    time_zone: str | None = None,
    currency: str | None = None,
    agents: AgentPolicy | None = None,
    spend_ceiling_micros: int | None = None,
    **settings: Any,
) -> BusinessState:
    """What is given replaces what was; `settings` are fields of `BusinessSettings`. Returns the business as this turn
    leaves it. `note` is the audit's word for it: `tone.set`.

    Raises pydantic's ValidationError for settings that do not fit.
    """
    before = await desk.business()
    fields: dict[str, str] = {
        key: value
        for key, value in {"name": name, "language": language, "time_zone": time_zone, "currency": currency}.items()
        if value is not None
    }
    if agents is not None:
        fields["agents"] = agents.model_dump_json(exclude_defaults=True)
    if settings:
        fields |= _change_settings(before, settings)
    ceiling = before.spend_ceiling_micros if spend_ceiling_micros is None else spend_ceiling_micros
    after = replace(before, version=before.version + 1, spend_ceiling_micros=ceiling, **fields)
    desk.change(ChangeBusiness(expected=before.version, spend_ceiling_micros=spend_ceiling_micros, **fields))
    changed: list[JsonValue] = [*sorted({*fields, *settings})]
    desk.note(note, fields=changed)
    desk.leave_business(after)
    if time_zone is not None or settings.keys() & TIMED_BY:
        await retime_reports(desk)
    return after


def _change_settings(before: BusinessState, settings: dict[str, Any]) -> dict[str, str]:
    """What the business does moves from the persona into the settings with the first change, so that it is kept."""
    known = read_settings(before.settings)
    if not known.about and "about" not in settings and before.persona != write_persona(known, ""):
        known = known.model_copy(update={"about": before.persona[:2_000]})
    changed = BusinessSettings.model_validate({**known.model_dump(), **settings})
    return {
        "settings": changed.model_dump_json(exclude_defaults=True),
        "persona": write_persona(changed, ""),
    }
