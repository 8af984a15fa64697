"""The crash suite, short: enough to fail when something is lost, doubled or reordered. The full one is `make chaos`."""

from pathlib import Path

import pytest

from benchmarks.chaos import Plan, run, write_report
from benchmarks.chaos_faults import POINTS
from benchmarks.chaos_load import Conversation
from benchmarks.chaos_oracle import Doubt, Verdict, find_unanswered, judge_sends
from benchmarks.chaos_provider import Accept, Provider
from benchmarks.chaos_scenes import draw_points

_PLAN = Plan(kills=6, freezes=1, outages=1, redis=1, rate=30, conversations=90, seed=1)


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_nothing_is_lost_doubled_or_reordered(tmp_path: Path) -> None:
    result = await run(_PLAN, tmp_path)
    report = write_report(result)
    print(report)
    assert result.verdict.acknowledged > 100, report
    assert sum(result.stage.kills.values()) == _PLAN.kills
    assert result.verdict.holds, report
    assert max(result.stage.times.resumes, default=0) < 30, (
        report
    )  # the targets are for `make chaos`, on a quiet machine


def test_every_commit_point_gets_its_turn() -> None:
    drawn = draw_points()
    assert set(POINTS) <= {next(drawn) for _ in range(3 * len(POINTS))}


def sends(*texts: str, at: float = 0.0) -> list[Accept]:
    return [Accept(at + n, "i1", "7", text) for n, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("texts", "order", "doubled"),
    [
        (("c7k0", "c7k1 c7k2", "c7k3"), 0, 0),
        (("c7k1", "c7k0"), 1, 0),
        (("c7k0", "c7k0", "c7k1"), 0, 1),
        (("c7k0", "c7k1", "c7k0", "c7k1"), 0, 2),
    ],
)
def test_the_oracle_sees_what_is_wrong(texts: tuple[str, ...], order: int, doubled: int) -> None:
    verdict = Verdict()
    judge_sends(verdict, sends(*texts), [])
    assert (verdict.order_violations, verdict.doubled_otherwise) == (order, doubled)
    assert verdict.holds == (not order and not doubled)


@pytest.mark.parametrize(("died", "explained"), [(0.2, True), (-1.0, False), (5.0, False)])
def test_a_double_is_explained_only_by_a_death_around_its_first_send(died: float, explained: bool) -> None:
    """One that died before the first send, or after the second, has nothing to do with it."""
    verdict = Verdict()
    judge_sends(verdict, sends("c7k0", "c7k0"), [Doubt(died, died, frozenset({("7", "c7k0")}))])
    assert (verdict.doubled_in_doubt == 1) is explained


def test_the_oracle_sees_what_was_never_answered() -> None:
    provider, conversation = Provider(0), Conversation("7", "p", [1.0, 2.0, 9.0])
    provider.answered["7"][0] = 1.5
    assert find_unanswered([conversation], provider, before=5.0) == 1
    assert find_unanswered([conversation], provider, before=10.0) == 2
