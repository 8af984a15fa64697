"""How far the wizard is: kept at the desk, and found again in the business's own settings where it is not."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, get_args

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from admin.section import may_use
from admin.session import DeskTurn
from core.messages import Button
from core.office.settings import BusinessState
from core.turns import Member
from tenants.settings import BusinessSettings, read_settings

SECTION = "new"
"""What the section's buttons begin with."""
Step = Literal["name", "place", "about", "knowledge", "hours", "tone", "bot", "try"]
STEPS: Sequence[Step] = get_args(Step)


class Progress(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    step: Step
    since: AwareDatetime
    own_currency: bool = False
    """Chosen, and not taken from where the business is."""


def read_progress(desk: DeskTurn) -> Progress | None:
    """None where none is kept, or not in a form that is understood."""
    try:
        return Progress.model_validate(desk.kept(SECTION))
    except ValidationError:
        return None


def keep_progress(desk: DeskTurn, progress: Progress | None) -> None:
    desk.keep(SECTION, progress.model_dump(mode="json") if progress else None)


async def own_settings(desk: DeskTurn) -> BusinessSettings:
    return read_settings((await desk.business()).settings)


def is_unfinished(business: BusinessState) -> bool:
    return not read_settings(business.settings).set_up


async def find_progress(desk: DeskTurn, at: datetime) -> Progress | None:
    """Where the wizard of an unfinished business is; None when there is none under way."""
    if not is_unfinished(await desk.business()):
        return None
    return read_progress(desk) or Progress(step=await _derive(desk), since=at)


async def _derive(desk: DeskTurn) -> Step:
    """The first step of which nothing is to be seen after the last of which something is."""
    settings = await own_settings(desk)
    accounts = await desk.office.settings.accounts()
    if any(account.role == "customer" for account in accounts):
        return "try"
    if settings.tone or settings.tone_words:
        return "bot"
    if settings.hours:
        return "tone"
    if (await desk.tools.reader.status()).knowledge_passages:
        return "hours"
    return "knowledge" if settings.about else "place"


def title(desk: DeskTurn, step: Step) -> str:
    return desk.write("onboarding_step", step=STEPS.index(step) + 1, steps=len(STEPS))


async def resume_button(desk: DeskTurn, member: Member) -> Button | None:
    """For menus: the way back into a wizard that was left. None where there is none."""
    if not may_use(member, "owner") or not is_unfinished(await desk.business()):
        return None
    return desk.button("onboarding_button_resume", f"{SECTION}:go")
