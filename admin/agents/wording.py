"""The rules of an action in plain words, the same on its card and in a preview."""

from collections.abc import Iterator
from decimal import Decimal

from admin.agents.loosening import is_grave
from admin.session import DeskTurn
from admin.texts import load_catalogue, quote
from agents.actions.declaration import ActionDeclaration
from agents.policy.guards import find_rules
from core.money import MICROS, Money
from core.texts import write_money
from tenants.agents import ActionRules, AgentPolicy, Specialist

_TITLE = 60


def name_action(desk: DeskTurn, declared: ActionDeclaration) -> str:
    """In the owner's language for ours, in the business's words for its own; not escaped."""
    key = f"action_{declared.name}"
    return desk.write(key) if key in load_catalogue().keys else declared.title


def name_specialist(desk: DeskTurn, name: str, own: Specialist | None = None) -> str:
    """Not escaped."""
    if own is not None:
        return own.title or name.replace("_", " ").capitalize()
    return desk.write(f"agent_{name}")


def show_title(desk: DeskTurn, declared: ActionDeclaration) -> str:
    return quote(name_action(desk, declared), _TITLE)


def write_amount(desk: DeskTurn, amount: Decimal) -> str:
    return write_money(Money(micros=int(amount * MICROS), currency=desk.turn.tenant.currency), desk.language)


def describe_rules(desk: DeskTurn, declared: ActionDeclaration, policy: AgentPolicy) -> str:
    """One line a rule."""
    rules = find_rules(policy, declared.name)
    lines = [_describe_level(desk, rules)]
    if rules.level != "off":
        lines += [_describe_decision(desk, declared, rules), *_describe_limits(desk, declared, rules)]
    return "\n".join(f"- {line}" for line in lines)


def describe_briefly(desk: DeskTurn, declared: ActionDeclaration, policy: AgentPolicy) -> str:
    rules = find_rules(policy, declared.name)
    if rules.level in ("off", "shadow"):
        return desk.write({"off": "agt_brief_off", "shadow": "agt_brief_shadow"}[rules.level])
    decide = rules.decide or declared.decide
    if decide == "forbid":
        return desk.write("agt_brief_forbid")
    if rules.allow_up_to is not None and declared.cost == "amount":
        return desk.write("agt_brief_up_to", amount=write_amount(desk, rules.allow_up_to))
    return desk.write("agt_brief_allow" if _is_free(declared, rules) else "agt_brief_ask")


def find_approver(declared: ActionDeclaration, rules: ActionRules) -> str:
    return rules.approver or declared.approver


def _describe_level(desk: DeskTurn, rules: ActionRules) -> str:
    match rules.level:
        case "off":
            return desk.write("agt_level_off")
        case "shadow":
            return desk.write("agt_level_shadow")
        case "canary":
            return desk.write("agt_level_canary", share=rules.share_percent)
        case "live":
            return desk.write("agt_level_live")


def _is_free(declared: ActionDeclaration, rules: ActionRules) -> bool:
    return (rules.decide or declared.decide) == "allow" and not is_grave(declared)


def _describe_decision(desk: DeskTurn, declared: ActionDeclaration, rules: ActionRules) -> str:
    who = desk.write("agt_whom_owner" if find_approver(declared, rules) == "owner" else "agt_whom_manager")
    if (rules.decide or declared.decide) == "forbid":
        return desk.write("agt_decide_forbid")
    if rules.allow_up_to is not None and declared.cost == "amount":
        limited = any(each is not None for each in (rules.times_a_day, rules.amount_a_day, rules.amount_a_month))
        key = "agt_decide_up_to" if limited else "agt_decide_up_to_once"
        return desk.write(key, amount=write_amount(desk, rules.allow_up_to), who=who)
    return desk.write("agt_decide_allow") if _is_free(declared, rules) else desk.write("agt_decide_ask", who=who)


def _describe_limits(desk: DeskTurn, declared: ActionDeclaration, rules: ActionRules) -> Iterator[str]:
    if (rules.decide or declared.decide) == "forbid":
        return
    if rules.at_most is not None:
        yield desk.write("agt_limit_at_most", amount=write_amount(desk, rules.at_most))
    if rules.times_a_day is not None:
        yield desk.write("agt_limit_times", count=rules.times_a_day)
    if rules.amount_a_day is not None:
        yield desk.write("agt_limit_day", amount=write_amount(desk, rules.amount_a_day))
    if rules.amount_a_month is not None:
        yield desk.write("agt_limit_month", amount=write_amount(desk, rules.amount_a_month))
    if rules.hours is not None:
        begin, _, end = rules.hours.partition("-")
        yield desk.write("agt_limit_hours", begin=begin, end=end)
    if declared.reversal == "reversible":
        key = "agt_limit_undo" if rules.undo_minutes else "agt_limit_undo_none"
        yield desk.write(key, minutes=rules.undo_minutes)
