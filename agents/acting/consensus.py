"""How agents settle what they see differently: vetoes first, then a vote, and what is not agreed goes to the owner.

1. The policy's veto ends it: nothing is voted on.
2. The agent that proposes, QA, and the agents that the action names as concerned each say yes or no, with a reason that
   can be checked. Nobody may stay away: an agent that cannot tell says no.
3. All say yes: the policy's verdict stands. Anything else: an owner decides, also about what would have been allowed,
   and sees who said what.
"""

from collections.abc import Sequence

from agents.acting.votes import Vote
from agents.actions.declaration import ActionDeclaration
from agents.colleagues import Opinion
from agents.draft import Draft
from agents.policy.verdicts import Verdict
from core.actions import ProposedAction


async def collect_votes(draft: Draft, declared: ActionDeclaration, action: ProposedAction) -> tuple[Vote, ...]:
    """Only where others are concerned; otherwise the one who proposes is alone and agrees with itself."""
    if not declared.concerns:
        return ()
    colleagues = await draft.colleagues(action.agent)
    votes = [Vote(agent=action.agent, opinion=Opinion(yes=True, code="proposes"))]
    for agent in dict.fromkeys((*declared.concerns, "qa")):
        if agent != action.agent:
            votes.append(Vote(agent=agent, opinion=await colleagues.ask_opinion(agent, declared, action)))
    return tuple(votes)


def settle(verdict: Verdict, votes: Sequence[Vote]) -> Verdict:
    """Pure."""
    if verdict.decision == "forbid" or all(vote.opinion.yes for vote in votes):
        return verdict
    against = ", ".join(vote.agent for vote in votes if not vote.opinion.yes)
    return Verdict(decision="ask", guard="consensus", reason="disagreement", says=f"{against} does not agree")
