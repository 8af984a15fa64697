"""A change as it is shown before it is made, and as it is made: the two agree because both are worked out of it."""

from pydantic import ValidationError

from admin.agents.declared import change_rules, find_adjustable, find_own
from admin.agents.loosening import is_grave, loosens
from admin.agents.memory import (
    AddGuidance,
    AddSpecialist,
    ChangeRules,
    ChangeTone,
    Proposal,
    RemoveGuidance,
    RemoveSpecialist,
)
from admin.agents.wording import describe_rules, find_approver, name_specialist, show_title
from admin.changing import change_business
from admin.session import DeskTurn
from admin.texts import quote
from agents.policy.guards import find_rules
from core.office.settings import BusinessState
from tenants.agents import AgentPolicy, Specialist, read_policy
from tenants.settings import BusinessSettings, Tone, read_settings

MOST_GUIDANCE = 20
MOST_SPECIALISTS = 12
_WORDS = 220
TONES: dict[Tone, str] = {"warm": "agt_tone_warm", "formal": "agt_tone_formal", "brief": "agt_tone_brief"}


class Impossible(Exception):
    """Carries the sentence, in the owner's language, that says why and what can be done."""


def preview(desk: DeskTurn, business: BusinessState, proposal: Proposal) -> str:
    """Raises Impossible."""
    match proposal:
        case ChangeRules():
            return _preview_rules(desk, business, proposal)
        case AddSpecialist(specialist=specialist):
            _add(desk, read_policy(business.agents), specialist)
            return desk.write("agt_preview_add", specialist=describe_own(desk, specialist))
        case RemoveSpecialist(name=name):
            own = _find(desk, read_policy(business.agents), name)
            _remove(desk, read_policy(business.agents), name)
            return desk.write("agt_preview_remove", name=quote(name_specialist(desk, name, own), 60))
        case ChangeTone():
            return _preview_tone(desk, read_settings(business.settings), proposal)
        case AddGuidance(text=text):
            _add_guidance(desk, read_settings(business.settings), text)
            return desk.write("agt_preview_guide", text=quote(text, _WORDS))
        case RemoveGuidance(text=text):
            _remove_guidance(desk, read_settings(business.settings), text)
            return desk.write("agt_preview_unguide", text=quote(text, _WORDS))


async def make(desk: DeskTurn, business: BusinessState, proposal: Proposal) -> None:
    """Raises Impossible."""
    policy, settings = read_policy(business.agents), read_settings(business.settings)
    match proposal:
        case ChangeRules(action=action):
            await change_business(desk, f"rules.{action}", agents=_with_rules(desk, business, proposal))
        case AddSpecialist(specialist=specialist):
            await change_business(desk, "agents.added", agents=_add(desk, policy, specialist))
        case RemoveSpecialist(name=name):
            await change_business(desk, "agents.removed", agents=_remove(desk, policy, name))
        case ChangeTone():
            tone, words = _tone_after(settings, proposal)
            await change_business(desk, "tone.set", tone=tone, tone_words=words)
        case AddGuidance(text=text):
            await change_business(desk, "guidance.added", guidance=_add_guidance(desk, settings, text))
        case RemoveGuidance(text=text):
            await change_business(desk, "guidance.removed", guidance=_remove_guidance(desk, settings, text))


def describe_own(desk: DeskTurn, own: Specialist) -> str:
    lines = [f"**{quote(name_specialist(desk, own.name, own), 60)}**", quote(own.purpose, 300)]
    if own.topics:
        lines.append(desk.write("agt_topics", topics=quote(", ".join(own.topics), 200)))
    if own.tone:
        lines.append(desk.write("agt_own_tone", tone=quote(own.tone, 200)))
    return "\n".join(lines)


def _preview_rules(desk: DeskTurn, business: BusinessState, proposal: ChangeRules) -> str:
    declared = find_adjustable(business.agents, proposal.action)
    after = _with_rules(desk, business, proposal)
    assert declared is not None, "else it was impossible"
    policy = read_policy(business.agents)
    before_rules, after_rules = find_rules(policy, declared.name), find_rules(after, declared.name)
    if before_rules == after_rules:
        raise Impossible(desk.write("agt_same"))
    lines = [
        desk.write("agt_preview_rules", title=show_title(desk, declared)), describe_rules(desk, declared, after),
    ]  # fmt: skip
    if loosens(declared, before_rules, after_rules):
        lines.append(desk.write("agt_warn_loosens"))
    if (find_approver(declared, before_rules), find_approver(declared, after_rules)) == ("owner", "manager"):
        lines.append(desk.write("agt_warn_managers"))
    return "\n".join(lines)


def _with_rules(desk: DeskTurn, business: BusinessState, proposal: ChangeRules) -> AgentPolicy:
    declared = find_adjustable(business.agents, proposal.action)
    if declared is None:
        raise Impossible(desk.write("agt_action_gone"))
    try:
        after = change_rules(read_policy(business.agents), declared.name, proposal.changes)
    except ValidationError:
        raise Impossible(desk.write("agt_rule_unfit")) from None
    rules = find_rules(after, declared.name)
    if proposal.changes.get("decide") == "allow" and is_grave(declared) and not rules.allow_up_to:
        raise Impossible(desk.write("agt_needs_amount"))
    return after


def _add(desk: DeskTurn, policy: AgentPolicy, specialist: Specialist) -> AgentPolicy:
    if len(policy.specialists) >= MOST_SPECIALISTS:
        raise Impossible(desk.write("agt_team_full", most=MOST_SPECIALISTS))
    return _checked(desk, policy, specialists=(*policy.specialists, specialist))


def _remove(desk: DeskTurn, policy: AgentPolicy, name: str) -> AgentPolicy:
    _find(desk, policy, name)
    if any(action.agent == name for action in policy.http):
        raise Impossible(desk.write("agt_specialist_busy"))
    return _checked(desk, policy, specialists=tuple(each for each in policy.specialists if each.name != name))


def _find(desk: DeskTurn, policy: AgentPolicy, name: str) -> Specialist:
    if (own := find_own(policy, name)) is None:
        raise Impossible(desk.write("agt_specialist_gone"))
    return own


def _checked(desk: DeskTurn, policy: AgentPolicy, *, specialists: tuple[Specialist, ...]) -> AgentPolicy:
    try:
        return AgentPolicy.model_validate({**policy.model_dump(), "specialists": specialists})
    except ValidationError:
        raise Impossible(desk.write("agt_rule_unfit")) from None


def _tone_after(settings: BusinessSettings, proposal: ChangeTone) -> tuple[Tone | None, str]:
    tone = settings.tone if proposal.tone is None else proposal.tone
    return tone, settings.tone_words if proposal.words is None else proposal.words


def _preview_tone(desk: DeskTurn, settings: BusinessSettings, proposal: ChangeTone) -> str:
    tone, words = _tone_after(settings, proposal)
    if (tone, words) == (settings.tone, settings.tone_words):
        raise Impossible(desk.write("agt_same"))
    return desk.write("agt_preview_tone", tone=describe_tone(desk, tone, words))


def describe_tone(desk: DeskTurn, tone: Tone | None, words: str) -> str:
    """Any words in it are the owner's, quoted."""
    lines = [f"**{desk.write(TONES[tone])}**"] if tone else []
    if words:
        lines.append(desk.write("agt_tone_words", words=quote(words, 500)))
    return "\n".join(lines) or desk.write("agt_tone_none")


def _add_guidance(desk: DeskTurn, settings: BusinessSettings, text: str) -> tuple[str, ...]:
    if text in settings.guidance:
        raise Impossible(desk.write("agt_same"))
    if len(settings.guidance) >= MOST_GUIDANCE:
        raise Impossible(desk.write("agt_guidance_full", most=MOST_GUIDANCE))
    return (*settings.guidance, text)


def _remove_guidance(desk: DeskTurn, settings: BusinessSettings, text: str) -> tuple[str, ...]:
    if text not in settings.guidance:
        raise Impossible(desk.write("agt_guidance_gone"))
    return tuple(each for each in settings.guidance if each != text)
