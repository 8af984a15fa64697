"""Intake at work: what is wanted, who serves it, and what in it is not to be trusted."""

from collections.abc import Sequence
from datetime import UTC, datetime

from agents.acting.saying import say_step
from agents.draft import Draft
from agents.intake.asking import Judged, intake_request, merge
from agents.intake.reading import read_request
from agents.intake.request import UNSURE, Request
from agents.quality.review import Material, review_reply
from agents.quality.suspicion import read_suspicion
from agents.specialists.general import tell_standing
from agents.specialists.team import OTHERS, SERVERS
from agents.specialists.wanted import serve_wanted
from agents.texts import TEXTS
from agents.thresholds import is_answered
from core.errors import StewardError
from core.texts import LANGUAGES, escape_markdown
from memory.routine import is_routine
from tenants.agents import AgentPolicy, read_policy

_PRYING = frozenset({"prompt", "others"})
_LINES_KEPT, _LONGEST_LINE = 4, 200


def load_words() -> None:
    """Reads all word lists, which takes some 100 ms: at start, not in the first customer's turn."""
    now = datetime.now(UTC)
    for language in LANGUAGES:
        read_request("ok?", language=language, policy=AgentPolicy(), now=now, time_zone="UTC")
    read_suspicion("ok?")
    review_reply("ok?", Material(question="", given=(), receipts=(), language="en"))


def read_suspicions(draft: Draft, heard: Sequence[str]) -> None:
    """Everything that came from outside in this turn: words, names of people and files, what was read in a document.

    It narrows what may be done without a person. Nothing that comes in widens it.
    """
    sender = draft.burst.sender
    texts = [
        *draft.burst.lines.values(), *heard, sender.name if sender else "", draft.state.document,
        *(file.name for _, file in draft.burst.attachments), *(card.name for card in draft.burst.cards),
    ]  # fmt: skip
    found = frozenset[str]().union(*(read_suspicion(text) for text in texts if text))
    if found:
        draft.suspicious = found
        draft.trace["suspicious"] = [*sorted(found)]


async def take_in(draft: Draft, text: str) -> Request:
    """By rules; a model is asked where they are unsure and it makes a difference whom the message goes to."""
    tenant, policy = draft.turn.tenant, read_policy(draft.turn.tenant.agents)
    request = read_request(
        text, language=draft.language, policy=policy, now=draft.at, time_zone=tenant.time_zone,
        history=draft.state.asked_lately,
    )  # fmt: skip
    if request.confidence < UNSURE and request.in_scope and (policy.specialists or policy.http):
        request = await _ask_model(draft, text, request)
    draft.trace["intake"] = {
        "intent": request.intent, "agent": request.agent, "confidence": round(request.confidence, 2),
        "urgency": request.urgency, "risk": request.risk,
    }  # fmt: skip
    draft.intent, draft.risk, draft.amounts = request.intent, request.risk, request.entities.amounts
    line = " ".join(text.split())[:_LONGEST_LINE]
    draft.keep(topic=request.agent, asked_lately=(*draft.state.asked_lately, line)[-_LINES_KEPT:])
    return request


async def _ask_model(draft: Draft, text: str, request: Request) -> Request:
    if not draft.tools.models.available or is_routine(text):
        return request
    own = [each for each in read_policy(draft.turn.tenant.agents).specialists if each.on]
    try:
        reply = await draft.tools.models.reply(intake_request(text, draft.language, own=own))
    except StewardError as error:
        draft.trace["intake_error"] = type(error).__name__
        return request
    return merge(request, reply.value) if isinstance(reply.value, Judged) else request


async def attend(draft: Draft, text: str, request: Request) -> bool:
    """True when the wish is served, so that nothing else has to be said. Raises Transient from the look-ups."""
    draft.words = text
    if draft.suspicious & _PRYING:
        draft.trace["by"] = "rules"
        draft.say(TEXTS.text("cannot_show", draft.language))
        return True
    if not request.in_scope and not is_answered(draft.turn):
        draft.trace["by"] = "rules"
        draft.say(_off_topic(draft))
        return True
    if request.wants and "?" in text and await tell_standing(draft, request):
        draft.trace["by"] = request.agent
        return True
    if (step := await serve_wanted(draft, request)) is not None:
        draft.trace["by"] = request.agent
        return say_step(draft, step)
    for serve in SERVERS.get(request.agent, OTHERS):
        if await serve(draft, request):
            draft.trace["by"] = request.agent
            return True
    return False


def _off_topic(draft: Draft) -> str:
    """WhatsApp's terms allow no assistant for everything; neither would the owner pay for one."""
    own = read_policy(draft.turn.tenant.agents).off_topic
    return own or TEXTS.text("off_topic", draft.language, shop=escape_markdown(draft.turn.tenant.name))
