"""A tenant's own actions: HTTP requests that its folder declares."""

from typing import Annotated, Any

from pydantic import Field, create_model

from agents.actions.declaration import ActionDeclaration, Amount, Arguments, Belongs
from tenants.agents import HttpAction, HttpField

_LONGEST_TEXT = 500


def declare(action: HttpAction) -> ActionDeclaration:
    """Asked for unless the tenant's rules say otherwise: what another system does cannot be known here."""
    fields: dict[str, Any] = {name: (_annotate(field), ...) for name, field in action.fields.items()}
    return ActionDeclaration(
        name=action.name, title=action.title, about=action.about, by="agent", agents=frozenset({action.agent}),
        concerns=action.concerns, arguments=create_model(f"Own_{action.name}", __base__=Arguments, **fields),
        touches="outside", risk="high" if action.money_moving else "medium",
        reversal="reversible" if action.reversible else "irreversible",
        cost="amount" if any(field.type == "amount" for field in action.fields.values()) else "free",
        idempotency="key", decide="ask", approver="owner" if action.money_moving else "manager",
        money_moving=action.money_moving, executor="http", done=(action.done,),
        result="status, and what the other system answered: id, reference, message",
    )  # fmt: skip


def _annotate(field: HttpField) -> Any:
    about = field.about or None
    match field.type:
        case "text":
            return Annotated[str, Field(min_length=1, max_length=field.most or _LONGEST_TEXT, description=about)]
        case "integer":
            return Annotated[int, Field(ge=field.least or 0, le=field.most or 1_000_000, description=about)]
        case "amount":
            return Annotated[Amount, Field(description=about)]
        case "date":
            return Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$", description=about)]
        case "reference":
            assert field.kind is not None
            return Annotated[str, Field(min_length=1, max_length=64, description=about), Belongs(field.kind)]
