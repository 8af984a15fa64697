"""The actions whose rules an owner may set, and their rules as they hold."""

from collections.abc import Iterable, Mapping
from hashlib import blake2b

from pydantic import JsonValue

from agents.actions.declaration import ActionDeclaration
from agents.actions.registry import find_actions
from agents.policy.guards import find_rules
from tenants.agents import ActionRules, AgentPolicy, Specialist


def list_adjustable(agents: str) -> tuple[ActionDeclaration, ...]:
    """Those that agents ask for: the business's own first, then ours that do something, then mere look-ups."""
    found = [each for each in find_actions(agents).values() if each.by == "agent"]
    return tuple(sorted(found, key=lambda each: (each.executor != "http", not each.executor, each.name)))


def find_adjustable(agents: str, name: str) -> ActionDeclaration | None:
    return next((each for each in list_adjustable(agents) if each.name == name), None)


def change_rules(policy: AgentPolicy, name: str, changes: Mapping[str, JsonValue]) -> AgentPolicy:
    """What holds for an action of the business's own is kept with it, in one place: a rule that says nothing where
    another stands would not survive being stored. Raises pydantic's ValidationError."""
    rules = ActionRules.model_validate({**find_rules(policy, name).model_dump(), **changes})
    others = {key: each for key, each in policy.rules.items() if key != name}
    if not any(each.name == name for each in policy.http):
        return AgentPolicy.model_validate({**policy.model_dump(), "rules": {**others, name: rules}})
    http = [each.model_copy(update={"rules": rules}) if each.name == name else each for each in policy.http]
    return AgentPolicy.model_validate({**policy.model_dump(), "http": http, "rules": others})


def tag(name: str) -> str:
    """Short enough for a button's id, whatever the name."""
    return blake2b(name.encode(), digest_size=4).hexdigest()


def find_tagged(names: Iterable[str], wanted: str) -> str | None:
    return next((name for name in names if tag(name) == wanted), None)


def find_own(policy: AgentPolicy, name: str) -> Specialist | None:
    return next((each for each in policy.specialists if each.name == name), None)
