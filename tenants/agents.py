"""Which agents a tenant has and what they may do without it. Data, so that owners can change it."""

from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Literal

import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from tenants.url_templates import read_template

_log = structlog.get_logger(__name__)
SPECIALISTS = ("billing", "technical", "logistics", "sales", "documents", "procurement", "general")
"""Those that are there; a tenant switches on what it needs. `general` always is."""
Name = Annotated[str, Field(pattern="^[a-z][a-z0-9_]{1,39}$")]
Hours = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$")]
Amount = Annotated[Decimal, Field(ge=0, le=1_000_000_000, decimal_places=2)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ActionRules(_Strict):
    """What an owner says about one action. What is not said follows the action's own declaration."""

    level: Literal["off", "shadow", "canary", "live"] = "live"
    """`shadow`: only proposed, and noted. `canary`: for a share of the customers."""
    share_percent: int = Field(default=10, ge=1, le=99)
    """Of the customers, while it is a canary."""
    decide: Literal["allow", "ask", "forbid"] | None = None
    """What cannot be taken back is at least asked for, whatever stands here, unless `allow_up_to` is given."""
    allow_up_to: Amount | None = None
    """Amounts up to this need nobody, in the tenant's currency: once a day for each customer, unless a limit
    of times or amounts is given below."""
    at_most: Amount | None = None
    """Amounts beyond this are not even asked for."""
    approver: Literal["manager", "owner"] | None = None
    hours: Hours | None = None
    """Outside them it is asked for, even where it is allowed. Over midnight is fine: `22:00-06:00`."""
    times_a_day: int | None = Field(default=None, ge=0)
    """For one customer."""
    amount_a_day: Amount | None = None
    """Of all customers together: beyond it, it is forbidden."""
    amount_a_month: Amount | None = None
    answer_within_minutes: int = Field(default=240, ge=2, le=10_080)
    """After that an approval expires and nothing is done. At half that time the next owner is asked."""
    undo_minutes: int = Field(default=30, ge=0, le=1_440)
    """How long an owner may take it back, where it can be taken back."""


class HttpField(_Strict):
    """An argument of a tenant's own action."""

    type: Literal["text", "integer", "amount", "date", "reference"]
    about: str = Field(default="", max_length=200)
    """For the model and the card."""
    kind: Literal["order", "shipment", "invoice"] | None = None
    """Of a reference: it must belong to the customer."""
    least: int | None = None
    most: int | None = None
    """Of an integer; of a text, its length."""
    suggest_percent: int | None = Field(default=None, ge=1, le=100)
    """Of an amount: what is proposed where nobody named one, of the record's amount that the action is about."""

    @model_validator(mode="after")
    def _fits(self) -> "HttpField":
        if (self.type == "reference") != (self.kind is not None):
            raise ValueError("a reference names its kind, and nothing else does")
        return self


class HttpAction(_Strict):
    """An action of the tenant's own: one HTTP request."""

    name: Name
    title: str = Field(min_length=1, max_length=60)
    """For cards and customers: `Credit on an invoice`."""
    about: str = Field(min_length=1, max_length=300)
    """What it does and when to use it, for the model."""
    agent: Name
    """The specialist that may use it."""
    method: Literal["POST", "PUT", "PATCH", "DELETE"] = "POST"
    url: str = Field(pattern="^https?://", max_length=500)
    """`{field}` is filled from the argument of that name, escaped; never in scheme or host."""
    fields: dict[Name, HttpField] = Field(min_length=1, max_length=12)
    secret: Name | None = None
    """Sent as a bearer token; set with `tenant secret`."""
    done: Literal["refunded", "credited", "booked", "cancelled", "ordered", "changed", "sent", "created"]
    """What may be said to be done once it is."""
    phrases: tuple[str, ...] = Field(default=(), max_length=40)
    """Words by which customers ask for it: without a model it is proposed on these."""
    concerns: tuple[Name, ...] = ()
    """Other agents with a say."""
    money_moving: bool = False
    reversible: bool = False
    undo: Literal["", "DELETE"] = ""
    """How it is taken back: the same URL, with the id that the first answer gave, by this method."""
    rules: ActionRules = ActionRules()

    @model_validator(mode="after")
    def _fits(self) -> "HttpAction":
        if sum(field.type == "amount" for field in self.fields.values()) > 1:
            raise ValueError("an action has at most one amount")
        if self.money_moving and not any(field.type == "amount" for field in self.fields.values()):
            raise ValueError("an action that moves money names its amount")
        if unknown := read_template(self.url).fields - self.fields.keys():
            raise ValueError(f"the URL wants {sorted(unknown)[0]}, which is no field of the action")
        if self.reversible != bool(self.undo):
            raise ValueError('an action that can be taken back says how, with undo = "DELETE"; no other does')
        return self


class Specialist(_Strict):
    """An agent of the tenant's own, by data."""

    name: Name
    title: str = Field(default="", max_length=60)
    """What its owner calls it; empty: its name, read aloud."""
    on: bool = True
    purpose: str = Field(min_length=1, max_length=500)
    topics: tuple[str, ...] = Field(default=(), max_length=60)
    """Words that lead to it."""
    knowledge: tuple[str, ...] = ()
    """Beginnings of the names of the files it answers from; empty: all of them."""
    actions: tuple[Name, ...] = ()
    tone: str = Field(default="", max_length=300)


class Limits(_Strict):
    """Of one turn."""

    model_calls: int = Field(default=6, ge=1, le=20)
    actions: int = Field(default=4, ge=0, le=20)
    tokens: int = Field(default=30_000, ge=1_000, le=500_000)
    seconds: int = Field(default=45, ge=5, le=80)


class AgentPolicy(_Strict):
    """A tenant's `[agents]` in `tenant.toml`, kept in `tenants.agents`."""

    on: tuple[Name, ...] = SPECIALISTS
    """Of the built-in specialists."""
    specialists: tuple[Specialist, ...] = ()
    """The tenant's own."""
    rules: dict[Name, ActionRules] = Field(default_factory=dict)
    """By action."""
    http: tuple[HttpAction, ...] = ()
    off_topic: str = Field(default="", max_length=300)
    """What is said to what is none of the business's business; empty: a sentence of ours."""
    limits: Limits = Limits()
    sample_percent: int = Field(default=5, ge=0, le=100)
    """Of the answers that a model wrote: checked again afterwards."""

    @model_validator(mode="after")
    def _fits(self) -> "AgentPolicy":
        names = [*(each.name for each in self.specialists), *SPECIALISTS]
        actions = [each.name for each in self.http]
        if len(set(names)) < len(names) or len(set(actions)) < len(actions):
            raise ValueError("two agents or two actions have the same name")
        if unknown := {each for each in self.on if each not in SPECIALISTS}:
            raise ValueError(f"there is no specialist {sorted(unknown)[0]}; there are {', '.join(SPECIALISTS)}")
        for action in self.http:
            if action.agent not in names:
                raise ValueError(f"the action {action.name} belongs to {action.agent}, which is no agent here")
        return self


@lru_cache(maxsize=1_024)
def read_policy(text: str) -> AgentPolicy:
    """Of `TenantProfile.agents`. One that cannot be read permits no action: it may have forbidden some."""
    try:
        return AgentPolicy.model_validate_json(text)
    except ValidationError as error:
        _log.error("agent_policy_unreadable", errors=error.error_count())
        return AgentPolicy(on=("general",), limits=Limits(actions=0))
