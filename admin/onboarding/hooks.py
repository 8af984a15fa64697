"""What the wizard wants to hear of other sections. Nothing happens where no wizard is under way."""

from admin.onboarding.progress import SECTION, find_progress
from admin.onboarding.steps import go_on
from admin.session import DeskTurn
from core.office.settings import AccountView
from core.turns import Member


async def knowledge_added(desk: DeskTurn, member: Member) -> None:
    """After a piece of knowledge was taken in: offers to go on."""
    del member
    now = desk.tools.clock.now()
    progress = await find_progress(desk, now)
    if progress is not None and progress.step == "knowledge":
        desk.ask(SECTION, "knowledge", now)
        button = desk.button("onboarding_button_go_on", f"{SECTION}:ok:knowledge")
        desk.say("onboarding_knowledge_more", button)


async def bot_connected(desk: DeskTurn, member: Member, account: AccountView) -> None:
    """After a bot or number was connected, and its owner was told: goes on to trying it."""
    del account
    now = desk.tools.clock.now()
    progress = await find_progress(desk, now)
    if progress is not None and progress.step == "bot":
        await go_on(desk, member, "bot", now)
