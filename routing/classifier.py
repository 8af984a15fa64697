"""How much a prompt needs the strong model, judged in under a tenth of a millisecond: `complexity` and `difficulty`.

A linear model over the counts of `routing.features`, with weights of its own for each form of prompt. They were learned
from prompts whose answers by a weak and by a strong model had been marked (`benchmarks/train_complexity.py`). The
prompts to learn from are English; `routing.classifier_hints` says what words show in the languages of our customers.
"""

import json
import math
from bisect import bisect_right
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from routing.classifier_hints import weigh
from routing.features import COUNTS, FORMS, read

WEIGHTS = Path(__file__).with_suffix(".json")
VERSION = 1
"""Of the counts: they and the weights must have been made for each other."""
LARGEST_BYTES = 150_000

_CENTRE, _SPREAD = 0.10, 0.06
"""Expected gain that scores one half, and how much more of it scores 0.73."""
_STEPS = (0.05, 0.20, 0.45, 0.70)


class _Weights(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)
    version: int
    counts: tuple[str, ...]
    forms: dict[str, Annotated[tuple[float, ...], Field(min_length=len(COUNTS) + 1, max_length=len(COUNTS) + 1)]]


class Classifier:
    def __init__(self, weights: Mapping[str, tuple[float, ...]]) -> None:
        """`weights` by form: one for each of `COUNTS`, then the constant."""
        self._weights = [(weights[form][:-1], weights[form][-1]) for form in FORMS]

    def complexity(self, prompt: str) -> float:
        form, counts, stems = read(prompt)
        weights, gain = self._weights[form]
        gain += sum(map(float.__mul__, weights, counts))
        if FORMS[form] == "plain":
            gain += weigh(stems)
        return 1 / (1 + math.exp(min(30.0, max(-30.0, (_CENTRE - gain) / _SPREAD))))


def load(path: Path = WEIGHTS) -> Classifier:
    """Raises: ValueError, when the file is not one that this version of the code can use."""
    if path.stat().st_size > LARGEST_BYTES:
        raise ValueError(f"{path.name} is larger than {LARGEST_BYTES} bytes.")
    try:
        weights = _Weights.model_validate(json.loads(path.read_bytes()))
    except (ValidationError, ValueError) as error:
        raise ValueError(f"{path.name} is damaged: run python -m benchmarks.train_complexity.") from error
    if weights.version != VERSION or weights.counts != COUNTS or set(weights.forms) != set(FORMS):
        raise ValueError(f"{path.name} was made for other counts: run python -m benchmarks.train_complexity.")
    return Classifier(weights.forms)


@cache
def _shipped() -> Classifier:
    return load()


def complexity(prompt: str) -> float:
    """In [0, 1]; the higher, the more a strong model's answer is expected to be better than a weak one's."""
    return _shipped().complexity(prompt)


def difficulty(score: float) -> int:
    """The bucket of a `complexity`: 0 small talk and look-ups, 1 a request, 2 several steps, 3 hard, 4 hardest.

    The training prints what the strong model gained in each: nothing in 0, most in 4.
    """
    return bisect_right(_STEPS, score)
