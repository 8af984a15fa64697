"""Learn the weights of `routing.classifier` from marked answers, and say how good they are.

    python -m benchmarks.train_complexity [--data ../shared/data/routing] [--dry]

Each row of a data set has a prompt and the quality that a weak and a strong model reached. We learn the *gain*, strong
less weak, by ridge regression towards a prior: one slope a count for all forms, and a correction for each form. The
same data and code give the same file. The priors and freedoms below are ours, set by hand while looking at these
figures: that much of them, a few dozen rounded numbers and the choice of the counts, is not cross-validated.

**Cross-validation.** Ten folds of *groups*. A group is every prompt, of any set, that has the same letters and digits,
or that shares a run of twelve words with another one, unless more than thirty prompts share that run (then it is a
set's standing instruction). So a question that stands in three sets, a passage with several questions and a scenario
that is used twice are all scored by a model that saw none of it. The means and spreads of the counts come from its
training rows too; only the targets are centred on the mean of their whole set.

**Leave one set out** scores a set by a model that saw no group with a prompt of it.
"""

import argparse
import json
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from routing.classifier import VERSION, WEIGHTS, Classifier, difficulty, load
from routing.features import COUNTS, FORMS, read

DATA = Path(__file__).parents[2] / "shared" / "data" / "routing"
FOLDS = 10
_UNION = "seedpair_mix"
"""Repeats the rows of the other sets of its pair of models: scored, not learned from twice."""
_REFERENCE = "llama70b_sonnet35"
"""The pair of models whose gains say how the sets stand to each other; of other pairs only the order within counts."""
_OTHER_LEVEL = {"routellm_gsm8k": 0.025}
_LEVEL = 0.10
"""Mean gain of a set of another pair: what the same questions gained in the reference pair, or the middle."""
_FAILED = 0.5
"""How much the share of all models that failed on a prompt counts beside the gain, which is 0 on most rows."""
_MASTERED = 0.75
"""Mean quality of the strong model from which that holds; below it both models fail on the hardest prompts."""
_TRUST = 0.5
"""What is left of a deviation from the set's mean when the share of failures is mixed in."""

_PRIOR_LEVEL = {"tools": 0.06, "choice": 0.10, "code": 0.17, "maths": 0.15, "plain": 0.05}
_PRIOR_SLOPE = {
    "tools": {"words": 0.005, "parameters": 0.005, "tools": 0.005},
    "choice": {"words": 0.01, "numbers": 0.01},
    "code": {"calls": 0.01, "case items": 0.01, "code lines": 0.01},
    "maths": {"words": 0.01},
    "plain": {"words": 0.04, "numbers": 0.01, "commas": 0.03},
}
"""By a standard deviation: longer, and more to reckon with, is harder."""
_FREEDOM_LEVEL, _FREEDOM = 0.01, 0.005
_FREEDOM_OF_FORM = {"tools": 0.03, "choice": 0.01, "code": 0.02, "maths": 0.05, "plain": 0.01}
"""Variances: how far the data may move levels and slopes from the prior."""

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Set:
    name: str
    prompts: list[str]
    weak: Array
    strong: Array
    failed: Array
    """Share of a pool of models that failed on the prompt; nan where unknown."""

    @property
    def targets(self) -> Array:
        gain = self.strong - self.weak
        level = gain.mean() if _REFERENCE in self.name else _OTHER_LEVEL.get(self.name, _LEVEL)
        deviation = gain - gain.mean()
        if np.isfinite(self.failed).all() and self.strong.mean() > _MASTERED:
            deviation = _TRUST * (deviation + _FAILED * (self.failed - self.failed.mean()))
        return deviation + level


def load_sets(folder: Path) -> list[Set]:
    sets: list[Set] = []
    for path in sorted(folder.glob("*.jsonl")):
        rows = [json.loads(line) for line in path.open(encoding="utf-8")]
        sets.append(
            Set(
                name=path.stem,
                prompts=[row["prompt"] for row in rows],
                weak=np.array([row["weak"] for row in rows], float),
                strong=np.array([row["strong"] for row in rows], float),
                failed=np.array([row.get("diff", np.nan) for row in rows], float),
            )
        )
    return sets


# Groups and folds


def runs_of(prompt: str, length: int) -> set[int]:
    """Its runs of so many words, as numbers that hold within this process."""
    words = re.findall(r"\w+", prompt.lower())
    return {hash(tuple(words[at : at + length])) for at in range(max(1, len(words) - length + 1))}


def group(prompts: Sequence[str], *, run: int = 12, standing: int = 30) -> list[int]:
    """A number for each prompt, alike for prompts that say the same or share a long run of words."""
    parent = list(range(len(prompts)))

    def root(at: int) -> int:
        while parent[at] != at:
            parent[at] = at = parent[parent[at]]
        return at

    having: defaultdict[object, list[int]] = defaultdict(list)
    for at, prompt in enumerate(prompts):
        having[re.sub(r"\W+", "", prompt.lower())].append(at)
        for key in runs_of(prompt, run):
            having[key].append(at)
    for key, members in having.items():
        if isinstance(key, str) or len(members) <= standing:
            for member in members[1:]:
                parent[max(root(member), root(members[0]))] = min(root(member), root(members[0]))
    return [root(at) for at in range(len(prompts))]


def deal_folds(groups: Sequence[int], forms: Sequence[int], targets: Array, seed: int) -> Array:
    """A fold for each row. Groups alike in form and target are dealt to different folds.

    Without that a fold with hard prompts is scored by models that saw easier ones, and what cannot be told apart
    comes out in the wrong order.
    """
    rows: defaultdict[int, list[int]] = defaultdict(list)
    for row, number in enumerate(groups):
        rows[number].append(row)
    chance = random.Random(seed)
    order = sorted(rows, key=lambda number: (forms[rows[number][0]], targets[rows[number]].mean(), chance.random()))
    fold = np.empty(len(groups), int)
    for at in range(0, len(order), FOLDS):
        for number, to in zip(order[at : at + FOLDS], chance.sample(range(FOLDS), FOLDS), strict=False):
            fold[rows[number]] = to
    return fold


# Learning


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    prompts: list[str]
    forms: Array
    counts: Array
    targets: Array
    groups: Array
    folds: Array


def gather(sets: Iterable[Set], *, seed: int = 3) -> Examples:
    """One row for each prompt of each set but the union's; `seed` deals the folds."""
    learned = [part for part in sets if not part.name.startswith(_UNION)]
    prompts = [prompt for part in learned for prompt in part.prompts]
    signals = {prompt: read(prompt) for prompt in dict.fromkeys(prompts)}
    unique = list(signals)
    number = dict(zip(unique, group(unique), strict=True))
    groups = [number[prompt] for prompt in prompts]
    forms = [signals[prompt].form for prompt in prompts]
    targets = np.concatenate([part.targets for part in learned])
    return Examples(
        prompts=prompts,
        forms=np.array(forms),
        counts=np.array([signals[prompt].counts for prompt in prompts]),
        targets=targets,
        groups=np.array(groups),
        folds=deal_folds(groups, forms, targets, seed),
    )


def fit(examples: Examples, chosen: Array) -> Classifier:
    """From the chosen rows (a mask)."""
    return Classifier(learn(examples, chosen))


def learn(examples: Examples, chosen: Array) -> dict[str, tuple[float, ...]]:
    forms, counts = examples.forms[chosen], examples.counts[chosen]
    width = len(COUNTS)
    scales = [_scale(counts)] + [
        _scale(counts[forms == form]) if (forms == form).sum() > 50 else _scale(counts) for form in range(len(FORMS))
    ]
    prior = np.array([[_PRIOR_SLOPE[form].get(name, 0.0) for name in COUNTS] for form in FORMS])
    levels = np.array([_PRIOR_LEVEL[form] for form in FORMS])
    general = np.zeros_like(counts)
    for form in range(len(FORMS)):
        centre, spread = scales[form + 1]
        general[forms == form] = (counts[forms == form] - centre) / scales[0][1]
    blocks = [general * np.sqrt(_FREEDOM / width), np.eye(len(FORMS))[forms] * np.sqrt(_FREEDOM_LEVEL)]
    for form, name in enumerate(FORMS):
        centre, spread = scales[form + 1]
        block = (counts - centre) / spread * np.sqrt(_FREEDOM_OF_FORM[name] / width)
        blocks.append(block * (forms == form)[:, None])
    matrix = np.hstack(blocks)
    residual = examples.targets[chosen] - (general * prior[forms]).sum(1) - levels[forms]
    moved = np.linalg.solve(matrix.T @ matrix + np.eye(matrix.shape[1]), matrix.T @ residual)
    slope = prior + moved[:width] * np.sqrt(_FREEDOM / width)
    levels = levels + moved[width : width + len(FORMS)] * np.sqrt(_FREEDOM_LEVEL)
    weights: dict[str, tuple[float, ...]] = {}
    for form, name in enumerate(FORMS):
        centre, spread = scales[form + 1]
        at = width * (form + 1) + len(FORMS)
        own = slope[form] / scales[0][1] + moved[at : at + width] * np.sqrt(_FREEDOM_OF_FORM[name] / width) / spread
        weights[name] = (*(float(f"{value:.5g}") for value in own), float(f"{levels[form] - own @ centre:.5g}"))
    return weights


def _scale(counts: Array) -> tuple[Array, Array]:
    return counts.mean(0), counts.std(0) + 0.05


# Judging


def area(scores: Sequence[float], part: Set) -> float:
    """APGR as ../shared/bench/routing_bench.py counts it; tied scores are averaged."""
    _, tied = np.unique(-np.array(scores), return_inverse=True)
    share = np.concatenate([[0], np.cumsum(np.bincount(tied))]) / len(scores)
    gained = np.concatenate([[0], np.cumsum(np.bincount(tied, weights=part.strong - part.weak))]) / len(scores)
    return float(np.trapezoid(gained / (part.strong.mean() - part.weak.mean()), share))


def cross_validate(examples: Examples) -> dict[str, float]:
    """The score of each prompt by the model that did not see its group."""
    models = [fit(examples, examples.folds != fold) for fold in range(FOLDS)]
    pairs = dict(zip(examples.prompts, examples.folds, strict=True))
    return {prompt: models[fold].complexity(prompt) for prompt, fold in pairs.items()}


def leave_out(examples: Examples, part: Set) -> float:
    held = set(part.prompts)
    touched = {number for prompt, number in zip(examples.prompts, examples.groups, strict=True) if prompt in held}
    model = fit(examples, ~np.isin(examples.groups, list(touched)))
    return area([model.complexity(prompt) for prompt in part.prompts], part)


def mistype(text: str, chance: random.Random, every: int = 30) -> str:
    """One slip in so many characters, anywhere: two swapped, one dropped, or one doubled."""
    out: list[str] = []
    at = 0
    while at < len(text):
        slip = chance.choice("sdD") if chance.random() < 1 / every else ""
        if slip == "s" and at + 1 < len(text):
            out += (text[at + 1], text[at])
            at += 1
        elif slip != "d":
            out += (text[at],) * (2 if slip == "D" else 1)
        at += 1
    return "".join(out)


def flips(score: Callable[[str], float], prompts: Sequence[str]) -> float:
    """Share of prompts that typos carry over the median score."""
    chance = random.Random(5)
    clean = np.array([score(prompt) for prompt in prompts])
    typed = np.array([score(mistype(prompt, chance)) for prompt in prompts])
    return float(((clean > np.median(clean)) != (typed > np.median(clean))).mean())


def report(sets: Sequence[Set], examples: Examples) -> None:
    crossed = cross_validate(examples)
    shipped = fit(examples, np.ones(len(examples.prompts), bool))
    print(f"{len(set(examples.groups.tolist()))} groups of {len(crossed)} prompts in {FOLDS} folds")
    print(f"{'APGR':36s} {'n':>6s} {'CV':>6s} {'set out':>8s} {'flips %':>8s}")
    for part in sets:
        scores = [crossed.get(prompt, 0.0) for prompt in part.prompts]
        missed = 100 * flips(shipped.complexity, part.prompts)
        print(
            f"{part.name:36s} {len(scores):6d} {area(scores, part):6.3f} {leave_out(examples, part):8.3f} {missed:8.1f}"
        )
    everything = list(crossed)
    print(f"Flips over all prompts, one median: {100 * flips(shipped.complexity, everything):.1f} %")
    print("Gain of the strong model by difficulty (cross-validated, all sets but the union):")
    buckets = np.array([difficulty(crossed[prompt]) for prompt in examples.prompts])
    gains = np.concatenate([part.strong - part.weak for part in sets if not part.name.startswith(_UNION)])
    for bucket in range(5):
        inside = buckets == bucket
        print(f"  {bucket}: {inside.sum():5d} prompts, gain {gains[inside].mean() if inside.any() else 0.0:+.3f}")


def main() -> None:
    options = argparse.ArgumentParser(description="Learn the weights of routing.classifier.")
    options.add_argument("--data", type=Path, default=DATA)
    options.add_argument("--dry", action="store_true", help="write no weights")
    chosen = options.parse_args()
    sets = load_sets(chosen.data)
    if not sets:
        raise SystemExit(f"There is no data in {chosen.data}.")
    examples = gather(sets)
    report(sets, examples)
    if not chosen.dry:
        weights = learn(examples, np.ones(len(examples.prompts), bool))
        WEIGHTS.write_text(json.dumps({"version": VERSION, "counts": COUNTS, "forms": weights}, indent=1) + "\n")
        load()
        print(f"{WEIGHTS.name}: {WEIGHTS.stat().st_size} bytes")


if __name__ == "__main__":
    main()
