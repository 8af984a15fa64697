"""A share of the answers is looked at again afterwards; what does not hold is told to the owner."""

from agents.acting.anomalies import flag_anomaly
from agents.actions.platform import SampleArguments, propose
from agents.draft import Draft
from agents.quality.sampling import is_sampled
from core.errors import Rejected
from core.events import ActionResult
from tenants.agents import read_policy

_LONGEST_FINDING = 200


def sample(draft: Draft, question: str, given: str, reply: str) -> None:
    """Chosen by the place in the conversation, so that a turn that runs again chooses alike."""
    tenant = draft.turn.tenant
    percent = read_policy(tenant.agents).sample_percent
    if not is_sampled(tenant.tenant_id, draft.turn.stream_id, draft.turn.upto_seq, percent):
        return
    arguments = SampleArguments(
        question=question[:2_000], given=given[:6_000], reply=reply[:4_000], language=draft.language[:35]
    )
    try:
        draft.actions.append(propose("check_sample", arguments))
    except Rejected:  # characters that take more room than they count
        draft.trace["sample"] = "refused"


def take_sample(draft: Draft, result: ActionResult) -> None:
    if not result.ok or result.result.get("fine") is not False:
        return
    finding = str(result.result.get("finding", ""))[:_LONGEST_FINDING]
    draft.trace["sample"] = "anomaly"
    flag_anomaly(draft, finding)
