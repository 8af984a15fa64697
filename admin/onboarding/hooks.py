"""What the wizard wants to hear of other sections. Nothing happens where no wizard is under way."""

from admin.onboarding.progress import SECTION, find_progress
from admin.onboarding.steps import go_on
from admin.session import DeskTurn
from core.messages import Button
from core.office.settings import AccountView
from core.turns import Member


async def after_knowledge(desk: DeskTurn) -> tuple[str, Button] | None:
    """What to add to the receipt of a piece of knowledge, where the wizard asked for it: more is welcome, or on."""
    now = desk.tools.clock.now()
    progress = await find_progress(desk, now)
    if progress is None or progress.step != "knowledge":
        return None
    desk.ask(SECTION, "knowledge", now)
    button = desk.button("onboarding_button_go_on", f"{SECTION}:ok:knowledge")
    return desk.write("onboarding_knowledge_more"), button


async def bot_connected(desk: DeskTurn, member: Member, account: AccountView) -> None:
    """After a bot or number was connected, and its owner was told: goes on to trying it."""
    del account
    now = desk.tools.clock.now()
    progress = await find_progress(desk, now)
    if progress is not None and progress.step == "bot":
        await go_on(desk, member, "bot", now)
