"""Phrasing an answer with a model, from what it is given and nothing else. What comes back is checked, then said."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Literal

from agents.draft import Draft
from agents.prompts import UNKNOWN, write_prompt
from agents.state import AnsweredBy
from core.errors import Exhausted, StewardError
from core.models import ModelRequest
from core.money import MICROS
from core.turns import Passage

_DEADLINE = timedelta(seconds=20)
_MOST_TOKENS = 500
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")


@dataclass(frozen=True, slots=True)
class Phrased:
    outcome: Literal["answer", "unknown", "wrong", "failed"]
    """`wrong`: what the model said does not hold against what it was given."""
    text: str = ""
    by: AnsweredBy | None = None


async def phrase_answer(draft: Draft, text: str, passages: Sequence[Passage], *, alone: bool) -> Phrased:
    """Never raises: without a usable reply the knowledge itself is the answer.

    `alone`: from the question and the passages only, without what was said before, so that it holds for everybody.
    """
    prompt = write_prompt(draft, text, passages, alone=alone)
    draft.trace["memory"] = {**({} if alone else draft.turn.recalled.why), "prompt": {**prompt.trace}}
    request = ModelRequest(
        messages=prompt.messages,
        max_output_tokens=_MOST_TOKENS,
        deadline=_DEADLINE,
        question=text,
    )
    try:
        reply = await draft.tools.models.reply(request)
    except StewardError as error:
        draft.trace["budget" if isinstance(error, Exhausted) else "model_error"] = str(error)
        return Phrased("failed")
    draft.trace |= {"model": reply.model, "cost": f"{Decimal(reply.cost.micros) / MICROS:f} {reply.cost.currency}"}
    by = AnsweredBy(model=reply.model, difficulty=reply.difficulty)
    if UNKNOWN in reply.text:
        return Phrased("unknown", by=by)
    if invented := _invented_numbers(reply.text, prompt.given):
        # A price or an hour that stands nowhere in what it was shown is the mistake that costs most.
        draft.trace["invented_numbers"] = len(invented)
        return Phrased("wrong", by=by)
    return Phrased("answer", reply.text, by)


def _invented_numbers(reply: str, shown: Sequence[str]) -> set[str]:
    """Numbers of the reply that nothing shown to the model holds; counting to ten is free."""
    given = {_plain(number) for number in _NUMBER.findall(" ".join(shown))}
    said = {_plain(number) for number in _NUMBER.findall(reply)}
    return {number for number in said - given if not (number.isdigit() and int(number) <= 10)}


def _plain(number: str) -> str:
    """`7:00`, `07.00` and `7` are the same; so are `5,20` and `5.2`."""
    whole, _, rest = re.sub("[,:]", ".", number).partition(".")
    rest = rest.rstrip("0")
    return f"{whole.lstrip('0') or '0'}.{rest}" if rest else whole.lstrip("0") or "0"
