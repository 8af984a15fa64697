"""`/actions`: what agents may do, each with a card; every tap on it leads to a preview."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from pydantic import JsonValue

from admin.agents.confirming import propose
from admin.agents.declared import find_tagged, list_adjustable, tag
from admin.agents.loosening import is_grave
from admin.agents.memory import SECTION, ChangeRules
from admin.agents.pages import cut_page, label, pair, show_card, turn_pages
from admin.agents.wording import describe_briefly, describe_rules, find_approver, name_action, show_title
from admin.session import DeskTurn
from admin.texts import quote
from agents.actions.declaration import ActionDeclaration
from agents.policy.guards import find_rules
from core.messages import Button
from core.money import MICROS
from core.turns import Member
from tenants.agents import ActionRules, read_policy

_SHOWN = 7
_SHARES = (10, 25, 50)
_MINUTES = (0, 30, 120, 1_440)
CHANGES: Mapping[str, Mapping[str, JsonValue]] = {
    "off": {"level": "off"},
    "shadow": {"level": "shadow"},
    "live": {"level": "live"},
    "ask": {"decide": "ask", "allow_up_to": None},
    "allow": {"decide": "allow", "allow_up_to": None},
    "forbid": {"decide": "forbid"},
    "owner": {"approver": "owner"},
    "manager": {"approver": "manager"},
    **{f"share{share}": {"level": "canary", "share_percent": share} for share in _SHARES},
    **{f"undo{minutes}": {"undo_minutes": minutes} for minutes in _MINUTES},
}
"""What a button changes."""
_LEVELS = {
    "off": "agt_button_off",
    "shadow": "agt_button_shadow",
    "canary": "agt_button_canary",
    "live": "agt_button_live",
}
_UNDO = {0: "agt_button_undo0", 30: "agt_button_undo30", 120: "agt_button_undo120", 1_440: "agt_button_undo1440"}
VALUES = {
    "upto": "allow_up_to", "most": "at_most", "day": "amount_a_day", "month": "amount_a_month", "times": "times_a_day",
    "hours": "hours",
}  # fmt: skip
"""Rules that are asked for in words, by what their buttons are called."""
_ASK = {
    "upto": "agt_ask_upto", "most": "agt_ask_most", "day": "agt_ask_day", "month": "agt_ask_month",
    "times": "agt_ask_times", "hours": "agt_ask_hours",
}  # fmt: skip
_LIMIT_BUTTONS = {
    "most": "agt_button_most", "day": "agt_button_day", "month": "agt_button_month", "times": "agt_button_times",
    "hours": "agt_button_hours",
}  # fmt: skip


async def show_actions(desk: DeskTurn, page: int = 0, *, edit: bool = False) -> None:
    agents = (await desk.business()).agents
    policy = read_policy(agents)
    shown, page, pages = cut_page(list_adjustable(agents), page, _SHOWN)
    lines = [desk.write("agt_actions_title", tenant=quote(desk.turn.tenant.name, 60))]
    lines += [f"- **{show_title(desk, each)}**: {describe_briefly(desk, each, policy)}" for each in shown]
    rows = list(pair([label(f"agt:act:{tag(each.name)}", name_action(desk, each)) for each in shown]))
    rows += turn_pages(desk, "agt:acts:", page, pages)
    show_card(desk, "agt:acts", "\n".join(lines), rows, edit=edit)


async def show_action(desk: DeskTurn, member: Member, wanted: str, *, edit: bool = False, more: str = "") -> bool:
    """`more`: `limits`, `share` or `undo` shows those buttons instead, `back` the first ones again. False for one that
    is not there."""
    agents = (await desk.business()).agents
    declared = _find(agents, wanted)
    if declared is None:
        return False
    policy = read_policy(agents)
    text = f"**{show_title(desk, declared)}**\n{describe_rules(desk, declared, policy)}"
    if declared.executor == "http":
        text = (
            f"**{show_title(desk, declared)}**\n{quote(declared.about, 300)}\n{describe_rules(desk, declared, policy)}"
        )
    buttons: list[Button] = []
    if member.role == "owner":
        buttons += _buttons(desk, declared, find_rules(policy, declared.name), more)
    rows = [*pair(buttons), (_back(desk, wanted, more),)]
    show_card(desk, f"agt:act:{wanted}", text, rows, edit=edit)
    return True


async def change(desk: DeskTurn, wanted: str, verb: str) -> bool:
    declared = _find((await desk.business()).agents, wanted)
    if declared is None or verb not in CHANGES:
        return False
    await propose(desk, ChangeRules(action=declared.name, changes=dict(CHANGES[verb])))
    return True


async def ask_value(desk: DeskTurn, wanted: str, what: str, at: datetime) -> bool:
    declared = _find((await desk.business()).agents, wanted)
    if declared is None or what not in VALUES or (what not in ("times", "hours") and declared.cost != "amount"):
        return False
    desk.ask(SECTION, "value", at, action=declared.name, rule=what)
    desk.say(_ASK[what], title=show_title(desk, declared), currency=desk.turn.tenant.currency)
    return True


def write_change(what: str, micros: int) -> dict[str, JsonValue]:
    """Of an amount that was asked for."""
    amount = f"{Decimal(micros) / MICROS:.2f}"
    return {"allow_up_to": amount, "decide": "ask"} if what == "upto" else {VALUES[what]: amount}


def _find(agents: str, wanted: str) -> ActionDeclaration | None:
    actions = {each.name: each for each in list_adjustable(agents)}
    name = find_tagged(actions, wanted)
    return actions[name] if name else None


def _buttons(desk: DeskTurn, declared: ActionDeclaration, rules: ActionRules, more: str) -> list[Button]:
    """What it is already is left out."""
    start = f"agt:set:{tag(declared.name)}:"
    match more:
        case "share":
            return [label(f"{start}share{share}", f"{share} %") for share in _SHARES]
        case "undo":
            return [desk.button(_UNDO[minutes], f"{start}undo{minutes}") for minutes in _MINUTES]
        case "limits":
            return _limit_buttons(desk, declared)
        case _:
            return [*_level_buttons(desk, start, rules, tag(declared.name)), *_decide_buttons(desk, declared, rules)]


def _limit_buttons(desk: DeskTurn, declared: ActionDeclaration) -> list[Button]:
    wanted = tag(declared.name)
    fits = _LIMIT_BUTTONS if declared.cost == "amount" else ("times", "hours")
    buttons = [desk.button(_LIMIT_BUTTONS[what], f"agt:val:{wanted}:{what}") for what in fits]
    if declared.reversal == "reversible":
        buttons.append(desk.button("agt_button_undo", f"agt:act:{wanted}:undo"))
    return buttons


def _level_buttons(desk: DeskTurn, start: str, rules: ActionRules, wanted: str) -> list[Button]:
    return [
        desk.button(key, f"agt:act:{wanted}:share" if level == "canary" else f"{start}{level}")
        for level, key in _LEVELS.items()
        if level != rules.level or level == "canary"
    ]


def _decide_buttons(desk: DeskTurn, declared: ActionDeclaration, rules: ActionRules) -> list[Button]:
    wanted = tag(declared.name)
    start, decide = f"agt:set:{wanted}:", rules.decide or declared.decide
    by_amount = rules.allow_up_to is not None and declared.cost == "amount" and decide != "forbid"
    buttons: list[Button] = []
    if decide != "ask" or by_amount:
        buttons.append(desk.button("agt_button_ask", f"{start}ask"))
    if declared.cost == "amount":
        buttons.append(desk.button("agt_button_upto", f"agt:val:{wanted}:upto"))
    elif decide != "allow" and not is_grave(declared):
        buttons.append(desk.button("agt_button_allow", f"{start}allow"))
    if decide != "forbid":
        buttons.append(desk.button("agt_button_forbid", f"{start}forbid"))
    other = "manager" if find_approver(declared, rules) == "owner" else "owner"
    buttons.append(
        desk.button("agt_button_by_owner" if other == "owner" else "agt_button_by_manager", f"{start}{other}")
    )
    buttons.append(desk.button("agt_button_limits", f"agt:act:{wanted}:limits"))
    return buttons


def _back(desk: DeskTurn, wanted: str, more: str) -> Button:
    return desk.button(
        "agt_button_back", f"agt:act:{wanted}:back" if more in ("share", "limits", "undo") else "agt:acts"
    )
