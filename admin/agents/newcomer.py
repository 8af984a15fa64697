"""A specialist of the business's own, asked for step by step: name, what it is for, its words, its tone."""

import re
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from admin.agents.confirming import propose
from admin.agents.memory import SECTION, AddSpecialist
from admin.session import DeskTurn
from admin.state import Asking
from memory.clauses import fold_letters
from tenants.agents import SPECIALISTS, AgentPolicy, Specialist, read_policy

STEPS = ("name", "purpose", "topics", "tone")
_ASK = {
    "name": "agt_new_name", "purpose": "agt_new_purpose", "topics": "agt_new_topics", "tone": "agt_new_tone",
}  # fmt: skip
_MOST = {"name": 40, "purpose": 500, "topics": 400, "tone": 300}
_MOST_TOPICS = 30
_LATIN = "a b v g d e zh z i i k l m n o p r s t u f h c ch sh sch - y - e yu ya"
_CYRILLIC = dict(zip("абвгдежзийклмнопрстуфхцчшщъыьэюя", _LATIN.split(" "), strict=True))
_TAKEN = frozenset([*SPECIALISTS, "qa", "intake", "desk"])


class SoFar(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    name: str = Field(default="", max_length=40)
    purpose: str = Field(default="", max_length=500)
    topics: str = Field(default="", max_length=400)
    tone: str = Field(default="", max_length=300)


def begin_newcomer(desk: DeskTurn, at: datetime) -> None:
    _ask(desk, "name", SoFar(), at)


async def take_newcomer(desk: DeskTurn, asking: Asking, text: str, at: datetime) -> None:
    step = asking.what.removeprefix("new_")
    so_far = _read(asking)
    if len(text) > _MOST[step]:
        desk.say("agt_too_long", most=_MOST[step])
        return
    await _go_on(desk, step, so_far.model_copy(update={step: text}), at)


async def skip_step(desk: DeskTurn, step: str, at: datetime) -> bool:
    """*Skip*: words and tone may stay open. False for a button of an older step."""
    asking = desk.state.asking
    if step not in ("topics", "tone") or asking is None or (asking.section, asking.what) != (SECTION, f"new_{step}"):
        return False
    await _go_on(desk, step, _read(asking), at)
    return True


async def _go_on(desk: DeskTurn, step: str, so_far: SoFar, at: datetime) -> None:
    place = STEPS.index(step) + 1
    if place < len(STEPS):
        _ask(desk, STEPS[place], so_far, at)
        return
    desk.state = desk.state.expecting()
    policy = read_policy((await desk.business()).agents)
    await propose(desk, AddSpecialist(specialist=_make(so_far, policy)))


def _make(so_far: SoFar, policy: AgentPolicy) -> Specialist:
    topics = dict.fromkeys(each.strip()[:60] for each in re.split(r"[,;\n]", so_far.topics) if each.strip())
    return Specialist(
        name=make_name(so_far.name, policy), title=so_far.name, purpose=so_far.purpose,
        topics=tuple(topics)[:_MOST_TOPICS], tone=so_far.tone,
    )  # fmt: skip


def make_name(title: str, policy: AgentPolicy) -> str:
    """In the letters that names are made of, and nobody else's."""
    plain = "".join(_CYRILLIC.get(letter, letter) for letter in fold_letters(title))
    bare = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:34]
    bare = bare if re.match(r"[a-z][a-z0-9_]", bare) else f"own_{bare}".rstrip("_")
    taken = {*_TAKEN, *(each.name for each in policy.specialists)}
    return next(name for name in (bare, *(f"{bare}_{n}" for n in range(2, 100))) if name not in taken)


def _ask(desk: DeskTurn, step: str, so_far: SoFar, at: datetime) -> None:
    desk.ask(SECTION, f"new_{step}", at, **so_far.model_dump())
    buttons = (desk.button("agt_button_skip", f"agt:skip:{step}"),) if step in ("topics", "tone") else ()
    desk.say(_ASK[step], *buttons)


def _read(asking: Asking) -> SoFar:
    try:
        return SoFar.model_validate(asking.data)
    except ValidationError:
        return SoFar()
