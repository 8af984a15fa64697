"""All actions there are: the platform's, those of desks, everybody's, and those of one tenant."""

from collections.abc import Mapping
from functools import lru_cache

from agents.actions.declaration import ActionDeclaration
from agents.actions.desks import DESK
from agents.actions.everyday import EVERYDAY, GIVE_REFUND
from agents.actions.own import declare
from agents.actions.platform import PLATFORM
from core.models import Tool
from tenants.agents import AgentPolicy, read_policy

BUILT_IN: Mapping[str, ActionDeclaration] = {each.name: each for each in (*PLATFORM, *DESK, *EVERYDAY)}


@lru_cache(maxsize=1_024)
def find_actions(agents: str) -> Mapping[str, ActionDeclaration]:
    """Of the tenant whose `TenantProfile.agents` it is. A tenant's action cannot take the name of ours."""
    policy = read_policy(agents)
    own = {each.name: declare(each) for each in policy.http}
    ours = {name: each for name, each in BUILT_IN.items() if name != GIVE_REFUND or pays_by_hand(policy)}
    return {**own, **ours}


def pays_by_hand(policy: AgentPolicy) -> bool:
    """Where an action of the tenant's own moves money, that one is the real thing."""
    return not any(each.money_moving for each in policy.http)


def list_for(agents: str, agent: str) -> tuple[ActionDeclaration, ...]:
    """What an agent may ask for."""
    extra = next((each.actions for each in read_policy(agents).specialists if each.name == agent), ())
    return tuple(
        each
        for each in find_actions(agents).values()
        if each.by == "agent" and (agent in each.agents or "*" in each.agents or each.name in extra)
    )


def as_tool(declaration: ActionDeclaration) -> Tool:
    """As a model is shown it."""
    return Tool(
        name=declaration.name, description=declaration.about, parameters=declaration.arguments.model_json_schema()
    )
