"""`/rules`: what the owner has said in plain words, as settings where it is one, else as guidance to the agents."""

from datetime import datetime

from admin.agents.confirming import propose
from admin.agents.declared import find_tagged, list_adjustable, tag
from admin.agents.judging import ask_model
from admin.agents.memory import SECTION, AddGuidance, RemoveGuidance
from admin.agents.pages import cut_page, label, pair, show_card, turn_pages
from admin.agents.reading import read_rule
from admin.agents.wording import describe_briefly, show_title
from admin.session import DeskTurn
from admin.texts import quote
from agents.policy.guards import find_rules
from core.messages import Button
from core.turns import Member
from tenants.agents import ActionRules, read_policy
from tenants.settings import read_settings

MOST = 200
"""Characters of a rule that stays words."""
_SHOWN = 6
_LINE = 120


async def show_rules(desk: DeskTurn, member: Member, page: int = 0, *, edit: bool = False) -> None:
    business = await desk.business()
    policy, guidance = read_policy(business.agents), read_settings(business.settings).guidance
    lines = [desk.write("agt_rules_title", tenant=quote(desk.turn.tenant.name, 60))]
    changed = [each for each in list_adjustable(business.agents) if find_rules(policy, each.name) != ActionRules()]
    lines += [f"- **{show_title(desk, each)}**: {describe_briefly(desk, each, policy)}" for each in changed[:8]]
    shown, page, pages = cut_page(tuple(enumerate(guidance, 1)), page, _SHOWN)
    lines += [f"{number}. {quote(text, _LINE)}" for number, text in shown]
    if not changed and not guidance:
        lines.append(desk.write("agt_rules_none"))
    rows: list[tuple[Button, ...]] = []
    if member.role == "owner":
        lines.append("\n" + desk.write("agt_rules_hint"))
        remove = desk.write("agt_button_forget")
        rows += pair([label(f"agt:drop:{tag(text)}", f"{remove} {number}") for number, text in shown])
        rows += turn_pages(desk, "agt:rules:", page, pages)
        rows.append((desk.button("agt_button_add_rule", "agt:rule"),))
    rows.append((desk.button("agt_button_actions", "agt:acts"),))
    show_card(desk, "agt:rules", "\n".join(lines), rows, edit=edit)


def ask_rule(desk: DeskTurn, at: datetime) -> None:
    desk.ask(SECTION, "rule", at)
    desk.say("agt_ask_rule")


async def take_rule(desk: DeskTurn, text: str) -> None:
    """A setting of an action if it is wholly one, by rules or by a model; else guidance."""
    text = " ".join(text.replace("\0", "").split())
    if len(text) > MOST:
        desk.say("agt_too_long", most=MOST)
        return
    business = await desk.business()
    policy, actions = read_policy(business.agents), list_adjustable(business.agents)
    change = read_rule(text, actions, policy, currency=business.currency, language=desk.language)
    change = change or await ask_model(desk, text, actions, policy)
    await propose(desk, change or AddGuidance(text=text))


async def drop_rule(desk: DeskTurn, wanted: str) -> bool:
    guidance = read_settings((await desk.business()).settings).guidance
    text = find_tagged(guidance, wanted)
    if text is None:
        desk.say("agt_guidance_gone")
        return True
    await propose(desk, RemoveGuidance(text=text))
    return True
