"""What became of a model's answer: checked before it is said, and judged by how the customer and the owner react."""

from agents.draft import Draft
from agents.state import AnsweredBy
from core.changes import JudgeModel
from core.turns import KeptAnswer


def judge(draft: Draft, by: AnsweredBy | None, *, good: bool) -> None:
    """A good answer stays open to reaction until the next one."""
    if by is not None:
        draft.changes.append(JudgeModel(model=by.model, difficulty=by.difficulty, good=good))
    draft.keep(answered_by=by if good else None)


def regret(draft: Draft) -> None:
    """Anger, the same question again, the wish for a person, an owner who steps in: the last answer was none."""
    if (by := draft.state.answered_by) is not None:
        verdict = JudgeModel(model=by.model, difficulty=by.difficulty, good=False, revised=True)
        draft.changes.append(verdict)
    if draft.state.routine:
        draft.kept = KeptAnswer(question=draft.state.routine, text="", language=draft.language)
    close_verdict(draft)


def close_verdict(draft: Draft) -> None:
    """Something else has been said since: a reaction is no longer about the model's answer."""
    if draft.state.answered_by is not None or draft.state.routine:
        draft.keep(answered_by=None, routine="")
