"""The one question: may this be done?"""

from agents.policy import guards
from agents.policy.verdicts import ALLOW, Circumstances, Verdict
from core.actions import ProposedAction


def judge(action: ProposedAction, at: Circumstances) -> Verdict:
    """Pure. `forbid` beats `ask`, which an approval for this very action turns into `allow`."""
    declared = at.actions.get(action.name)
    if declared is None:
        name = action.name[:40]
        return Verdict(decision="forbid", guard="declared", reason="unknown", says=f"There is no action {name}")
    asked: Verdict | None = None
    for verdict in guards.ask_guards(action, declared, at):
        if verdict.decision == "forbid":
            return verdict
        asked = asked or verdict
    if asked is None or at.approved is not None:
        return ALLOW
    return asked
