"""How an action of desks is declared and proposed."""

from typing import Literal

from pydantic import BaseModel, JsonValue

from agents.actions.declaration import ActionDeclaration, read_arguments
from core.actions import ProposedAction


def declare(
    name: str,
    about: str,
    arguments: type[BaseModel],
    result: str,
    *,
    seat: Literal["viewer", "manager", "owner"],
    touches: Literal["nothing", "memory", "business", "outside"] = "business",
    once: bool = False,
) -> ActionDeclaration:
    """`seat`: the least role that may ask for it. `once`: the executor does it once for a key."""
    return ActionDeclaration(
        name=name, title=about, about=about, by="desk", agents=frozenset(), concerns=(), arguments=arguments,
        touches=touches, risk="low", reversal="nothing", cost="free", idempotency="key" if once else "repeatable",
        decide="allow", approver="owner", seat=seat, money_moving=False, executor=name, done=(), result=result,
    )  # fmt: skip


def propose(declaration: ActionDeclaration, arguments: BaseModel) -> ProposedAction:
    """Raises Rejected for arguments that do not fit."""
    checked: dict[str, JsonValue] = arguments.model_dump(mode="json")
    return ProposedAction(name=declaration.name, arguments=read_arguments(declaration, checked))
