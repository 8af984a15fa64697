"""`complexity(prompt)` for ../shared/bench/routing_bench.py: cross-validated where we learned from the prompt.

    python ../shared/bench/routing_bench.py benchmarks.complexity:complexity

A prompt of the training data is scored by the fold's model that saw neither it nor its group (how groups are made:
`benchmarks.train_complexity`), and so is one that is nearly such a prompt, with typos or another frame. All others
are scored by the model that ships. The fold models are learned at import, in some ten seconds; without the data there
are none, and nothing to hide.
"""

from collections import Counter
from functools import cache

import numpy as np

from benchmarks.train_complexity import DATA, FOLDS, fit, gather, load_sets, runs_of
from routing.classifier import Classifier, load

_RUN = 3
"""Words in a row that tell a training prompt again after typos."""
_SHARE = 0.25
"""Of a prompt's runs that must be those of one fold's prompts."""


class Crossed:
    def __init__(self) -> None:
        self._shipped = load()
        self._models: list[Classifier] = []
        self._folds: dict[str, int] = {}
        self._runs: dict[int, int] = {}
        sets = load_sets(DATA)
        if not sets:
            return
        examples = gather(sets)
        self._models = [fit(examples, examples.folds != fold) for fold in range(FOLDS)]
        self._folds = dict(zip(examples.prompts, np.array(examples.folds).tolist(), strict=True))
        for prompt, fold in self._folds.items():
            for run in runs_of(prompt, _RUN):
                if self._runs.setdefault(run, fold) != fold:
                    self._runs[run] = -1

    def score(self, prompt: str) -> float:
        fold = self._folds.get(prompt)
        if fold is None:
            fold = self._nearly(prompt)
        return (self._shipped if fold is None else self._models[fold]).complexity(prompt)

    def _nearly(self, prompt: str) -> int | None:
        """The fold whose prompts alone share much of the prompt's own wording, runs of several folds aside."""
        if not self._models:
            return None
        found = [self._runs.get(run) for run in runs_of(prompt, _RUN)]
        own = [fold for fold in found if fold != -1]
        votes = Counter(fold for fold in own if fold is not None).most_common(1)
        if not votes or votes[0][1] < _SHARE * len(own):
            return None
        return votes[0][0]


@cache
def _crossed() -> Crossed:
    return Crossed()


_crossed()


def complexity(prompt: str) -> float:
    return _crossed().score(prompt)
