"""The guards, one rule each. The first that forbids decides; else the first that wants an owner asked.

They run twice over the same action: when it is proposed, and right before it is executed, with what holds by then.
`tests/hostile` takes each one away and sees its suite fail: none is there for decoration.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from hashlib import blake2b
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from agents.actions.declaration import ActionDeclaration, find_amount, find_records, read_arguments
from agents.policy.verdicts import Circumstances, Verdict
from core.actions import ProposedAction
from core.errors import Rejected
from core.money import MICROS
from tenants.agents import ActionRules, AgentPolicy

_SEATS = ("viewer", "manager", "owner")
MOST_FAILURES = 10
"""Failed actions of a tenant in ten minutes, after which a person looks at each."""
Guard = Callable[[ProposedAction, ActionDeclaration, Circumstances], Verdict | None]


def find_rules(policy: AgentPolicy, name: str) -> ActionRules:
    """An action of the tenant's own may bring its rules along; what stands under its name comes first, rule by rule."""
    own = next((action.rules for action in policy.http if action.name == name), ActionRules())
    said = policy.rules.get(name)
    return own if said is None else own.model_copy(update={key: getattr(said, key) for key in said.model_fields_set})


def _forbid(guard: str, reason: str, says: str) -> Verdict:
    return Verdict(decision="forbid", guard=guard, reason=reason, says=says)


def _ask(guard: str, reason: str, says: str) -> Verdict:
    return Verdict(decision="ask", guard=guard, reason=reason, says=says)


def on_behalf(action: ProposedAction, declared: ActionDeclaration, at: Circumstances) -> Verdict | None:
    """Each kind of action has its own door: the platform's own work, a customer's wish, an owner's tap."""
    match declared.by:
        case "platform":
            fits = action.contact is None and not action.agent and not at.person
        case "agent":
            fits = bool(action.agent) and action.contact in at.person and at.own_stream
        case "desk":
            fits = action.contact is None and not action.agent and has_seat(at.seat, declared.seat)
        case "owner":
            fits = at.tapped and action.approval_id is not None and at.own_stream
    return None if fits else _forbid("on_behalf", "unknown", f"{declared.name} cannot be asked for here")


def has_seat(seat: str | None, needed: str | None) -> bool:
    return seat in _SEATS and needed in _SEATS and _SEATS.index(seat) >= _SEATS.index(needed)


def of_agent(action: ProposedAction, declared: ActionDeclaration, at: Circumstances) -> Verdict | None:
    """An agent has its own actions, and only while it is switched on."""
    if declared.by != "agent":
        return None
    policy, agent = at.policy, action.agent
    on = agent in ("general", "qa", *policy.on) or any(own.name == agent and own.on for own in policy.specialists)
    extra = next((own.actions for own in policy.specialists if own.name == agent), ())
    may = "*" in declared.agents or agent in declared.agents or declared.name in extra
    return None if on and may else _forbid("of_agent", "unknown", f"{agent} has no action {declared.name}")


def fits_schema(action: ProposedAction, declared: ActionDeclaration, at: Circumstances) -> Verdict | None:
    del at
    try:
        checked = read_arguments(declared, action.arguments)
    except Rejected as error:
        return _forbid("fits_schema", "malformed", str(error))
    if checked != action.arguments:
        return _forbid("fits_schema", "malformed", f"The arguments of {declared.name} are not in their stored form")
    return None


def belongs(action: ProposedAction, declared: ActionDeclaration, at: Circumstances) -> Verdict | None:
    """Whose a record is is looked up, never taken from the text. What is not there and another's sound alike."""
    for key in find_records(declared, action.arguments):
        if not at.owners.get(key, frozenset()) & at.person:
            return _forbid("belongs", "not_yours", f"There is no such {key[0]} of this customer")
    return None


def level(action: ProposedAction, declared: ActionDeclaration, at: Circumstances) -> Verdict | None:
    """Switched off, tried in the shadow, or tried with a share of the customers: the others are in the shadow."""
    rules = find_rules(at.policy, declared.name)
    if declared.by in ("platform", "desk") or rules.level == "live":
        return None
    if rules.level == "off":
        return _forbid("level", "off", f"{declared.name} is switched off")
    if rules.level == "canary" and action.contact is not None:
        person = min(at.person or {action.contact}, key=lambda each: each.bytes)
        if blake2b(person.bytes + declared.name.encode()).digest()[0] * 100 < rules.share_percent * 256:
            return None
    return Verdict(
        decision="forbid", guard="level", reason="shadow", says=f"{declared.name} is only tried out", level="shadow"
    )


def never(action: ProposedAction, declared: ActionDeclaration, at: Circumstances) -> Verdict | None:
    rules = find_rules(at.policy, declared.name)
    if (rules.decide or declared.decide) == "forbid":
        return _forbid("never", "forbidden", f"{declared.name} is forbidden here")
    micros = find_amount(declared, action.arguments)
    if rules.at_most is not None and micros > rules.at_most * MICROS:
        return _forbid("never", "too_much", f"{declared.name} is forbidden above {rules.at_most}")
    if declared.cost == "amount" and micros <= 0:
        return _forbid("never", "malformed", f"{declared.name} needs an amount above zero")
    return None


def spending(action: ProposedAction, declared: ActionDeclaration, at: Circumstances) -> Verdict | None:
    """What a period may hold. Whoever executes asks under a lock, so that two cannot fill the same gap."""
    rules, uses = find_rules(at.policy, declared.name), at.uses
    micros = find_amount(declared, action.arguments)
    if rules.times_a_day is not None and uses.person_today >= rules.times_a_day:
        return _forbid("spending", "too_often", f"{declared.name} was done {uses.person_today} times today")
    if rules.amount_a_day is not None and uses.tenant_micros_today + micros > rules.amount_a_day * MICROS:
        return _forbid("spending", "day_limit", f"{declared.name} would pass the limit of the day")
    if rules.amount_a_month is not None and uses.tenant_micros_month + micros > rules.amount_a_month * MICROS:
        return _forbid("spending", "month_limit", f"{declared.name} would pass the limit of the month")
    return None


def breaker(action: ProposedAction, declared: ActionDeclaration, at: Circumstances) -> Verdict | None:
    del action
    if declared.by == "agent" and declared.executor and at.uses.failed_lately >= MOST_FAILURES:
        return _ask("breaker", "breaker", "Too many actions failed in the last ten minutes: an owner looks at each now")
    return None


def suspicion(action: ProposedAction, declared: ActionDeclaration, at: Circumstances) -> Verdict | None:
    """Text that gives orders widens nothing: while it is about, even what is allowed goes to a person."""
    del action
    if at.suspicious and declared.by == "agent" and declared.touches != "nothing":
        return _ask("suspicion", "suspicious", "Something in this conversation tries to give you orders")
    return None


def hours(action: ProposedAction, declared: ActionDeclaration, at: Circumstances) -> Verdict | None:
    del action
    span = find_rules(at.policy, declared.name).hours
    if span is None or _within(span, at.now, at.time_zone):
        return None
    return _ask("hours", "hours", f"{declared.name} is done without asking only from {span.replace('-', ' to ')}")


def permission(action: ProposedAction, declared: ActionDeclaration, at: Circumstances) -> Verdict | None:
    """An owner's rules come before the declaration; what cannot be taken back, or moves money, is asked for unless an
    amount says up to where not."""
    rules = find_rules(at.policy, declared.name)
    if rules.allow_up_to is not None and declared.cost == "amount":
        limited = any(each is not None for each in (rules.times_a_day, rules.amount_a_day, rules.amount_a_month))
        if at.uses.person_today and not limited:
            return _ask(
                "permission", "again", f"{declared.name} was done for this customer today: now an owner decides"
            )
        if find_amount(declared, action.arguments) <= rules.allow_up_to * MICROS:
            return None
        return _ask("permission", "amount", f"{declared.name} above {rules.allow_up_to} needs the owner")
    grave = declared.gives_money or (declared.touches == "outside" and declared.reversal == "irreversible")
    decide = rules.decide or declared.decide
    if decide == "ask" or (grave and declared.by == "agent"):
        return _ask("permission", "ask", f"{declared.name} needs the owner")
    return None


def approver(action: ProposedAction, declared: ActionDeclaration, at: Circumstances) -> Verdict | None:
    """An approval counts as much as whoever gave it may decide, now."""
    del action
    if at.approved is None:
        return None
    needed = find_approver(at.policy, declared)
    if at.approved.role == "owner" or (at.approved.role == "manager" and needed == "manager"):
        return None
    return _forbid("approver", "role", f"{declared.name} has to be approved by {needed}s")


def find_approver(policy: AgentPolicy, declared: ActionDeclaration) -> Literal["manager", "owner"]:
    return find_rules(policy, declared.name).approver or declared.approver


GUARDS: Mapping[str, Guard] = {
    "on_behalf": on_behalf, "of_agent": of_agent, "fits_schema": fits_schema, "belongs": belongs, "level": level,
    "never": never, "spending": spending, "approver": approver, "breaker": breaker, "suspicion": suspicion,
    "hours": hours, "permission": permission,
}  # fmt: skip


def ask_guards(action: ProposedAction, declared: ActionDeclaration, at: Circumstances) -> Iterator[Verdict]:
    for guard in GUARDS.values():
        if (verdict := guard(action, declared, at)) is not None:
            yield verdict


def _within(span: str, now: datetime, time_zone: str) -> bool:
    """Both ends are meant in the tenant's zone; `22:00-06:00` goes over midnight."""
    try:
        clock = now.astimezone(ZoneInfo(time_zone)).strftime("%H:%M")
    except (ZoneInfoNotFoundError, ValueError):
        return False
    begin, _, end = span.partition("-")
    return begin <= clock < end if begin <= end else clock >= begin or clock < end
