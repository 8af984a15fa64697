"""`/agents`: who is on the team, switched on and off by a tap."""

from admin.agents.confirming import propose
from admin.agents.declared import find_own, find_tagged, tag
from admin.agents.memory import RemoveSpecialist
from admin.agents.pages import cut_page, label, pair, show_card, turn_pages
from admin.agents.proposals import describe_own
from admin.agents.wording import name_specialist
from admin.changing import change_business
from admin.session import DeskTurn
from admin.texts import quote
from core.messages import Button
from core.turns import Member
from tenants.agents import SPECIALISTS, AgentPolicy, Specialist, read_policy

CARD = "agt:team"
_PURPOSE = {
    "billing": "agt_does_billing", "technical": "agt_does_technical", "logistics": "agt_does_logistics",
    "sales": "agt_does_sales", "documents": "agt_does_documents", "procurement": "agt_does_procurement",
    "general": "agt_does_general",
}  # fmt: skip
_SHOWN = 7
"""Buttons on a page: with one to turn it and one to add, it fits into the ten of a WhatsApp list."""
_LINE = 90


async def show_team(desk: DeskTurn, member: Member, page: int = 0, *, edit: bool = False) -> None:
    policy = read_policy((await desk.business()).agents)
    lines = [desk.write("agt_team_title", tenant=quote(desk.turn.tenant.name, 60))]
    lines += [_describe(desk, name, policy) for name in SPECIALISTS]
    shown, page, pages = cut_page(_switches(desk, policy), page, _SHOWN)
    own, _, _ = cut_page(policy.specialists, 0, 12)
    lines += [_describe_own(desk, each) for each in own]
    rows: list[tuple[Button, ...]] = []
    if member.role == "owner":
        lines.append("\n" + desk.write("agt_team_hint"))
        rows += pair(shown)
        rows += turn_pages(desk, "agt:team:", page, pages)
        rows.append((desk.button("agt_button_new", "agt:new"),))
    rows.append((desk.button("agt_button_actions", "agt:acts"),))
    show_card(desk, CARD, "\n".join(lines), rows, edit=edit)


async def switch(desk: DeskTurn, member: Member, wanted: str, on: bool) -> bool:
    """To what the button says: a second tap changes nothing. False for one that is not there."""
    policy = read_policy((await desk.business()).agents)
    names = [name for name in SPECIALISTS if name != "general"]
    name = find_tagged([*names, *(each.name for each in policy.specialists)], wanted)
    if name is None:
        return False
    after = _switch(policy, name, on)
    if after != policy:
        await change_business(desk, "agents.on" if on else "agents.off", agents=after)
    if name in names:
        await show_team(desk, member, edit=True)
    else:
        await show_own(desk, member, wanted, edit=True)
    return True


async def show_own(desk: DeskTurn, member: Member, wanted: str, *, edit: bool = False) -> bool:
    """One of the business's own."""
    policy = read_policy((await desk.business()).agents)
    name = find_tagged([each.name for each in policy.specialists], wanted)
    own = find_own(policy, name) if name else None
    if own is None:
        return False
    text = f"{_mark(own.on)} {describe_own(desk, own)}"
    rows: list[tuple[Button, ...]] = []
    if member.role == "owner":
        flip = "agt_button_switch_off" if own.on else "agt_button_switch_on"
        rows.append((
            desk.button(flip, f"agt:{'off' if own.on else 'on'}:{wanted}"),
            desk.button("agt_button_remove", f"agt:fire:{wanted}"),
        ))  # fmt: skip
    rows.append((desk.button("agt_button_team", "agt:team"),))
    show_card(desk, f"agt:own:{wanted}", text, rows, edit=edit)
    return True


async def remove(desk: DeskTurn, wanted: str) -> bool:
    policy = read_policy((await desk.business()).agents)
    name = find_tagged([each.name for each in policy.specialists], wanted)
    if name is not None:
        await propose(desk, RemoveSpecialist(name=name))
    return name is not None


def _switch(policy: AgentPolicy, name: str, on: bool) -> AgentPolicy:
    if name in SPECIALISTS:
        chosen = [each for each in SPECIALISTS if (on if each == name else each in policy.on)]
        return policy if set(chosen) == set(policy.on) else policy.model_copy(update={"on": tuple(chosen)})
    own = tuple(each.model_copy(update={"on": on}) if each.name == name else each for each in policy.specialists)
    return policy.model_copy(update={"specialists": own})


def _switches(desk: DeskTurn, policy: AgentPolicy) -> list[Button]:
    ours = [
        label(
            f"agt:{'off' if name in policy.on else 'on'}:{tag(name)}", f"{_mark(name in policy.on)} {_name(desk, name)}"
        )
        for name in SPECIALISTS
        if name != "general"
    ]
    own = [
        label(f"agt:own:{tag(each.name)}", f"{_mark(each.on)} {name_specialist(desk, each.name, each)}")
        for each in policy.specialists
    ]
    return [*ours, *own]


def _describe(desk: DeskTurn, name: str, policy: AgentPolicy) -> str:
    return f"{_mark(name == 'general' or name in policy.on)} **{_name(desk, name)}** – {desk.write(_PURPOSE[name])}"


def _describe_own(desk: DeskTurn, own: Specialist) -> str:
    title = quote(name_specialist(desk, own.name, own), 40)
    return f"{_mark(own.on)} **{title}** – {quote(own.purpose, _LINE)}"


def _name(desk: DeskTurn, name: str) -> str:
    return desk.write(f"agent_{name}")


def _mark(on: bool) -> str:
    return "✅" if on else "⬜"
