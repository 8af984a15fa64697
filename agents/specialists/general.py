"""What every business's agent does on request: reminders, calls, tickets, and telling where a request stands."""

from datetime import timedelta

from pydantic import JsonValue

from agents.acting.board import list_waiting
from agents.acting.proposing import Step, act
from agents.acting.receipts import describe_done
from agents.acting.saying import say_step
from agents.actions.everyday import GIVE_REFUND
from agents.cases.views import describe_cases
from agents.draft import Draft
from agents.intake.request import Request
from agents.texts import TEXTS
from agents.thresholds import is_answered
from core.texts import escape_markdown

_LONGEST_TITLE, _LONGEST_DETAILS = 120, 1_000
_LATELY = timedelta(days=14)


async def serve(draft: Draft, request: Request) -> bool:
    match request.intent:
        case "reminder" | "call_me":
            return await _at_a_time(draft, request)
        case "ticket_status":
            return await _show_cases(draft, request)
        case "open_ticket" if "?" not in draft.words and not is_answered(draft.turn):
            words = " ".join(draft.words.split())
            details = draft.words[:_LONGEST_DETAILS] if len(words) > _LONGEST_TITLE else ""
            arguments: dict[str, JsonValue] = {
                "title": words[:_LONGEST_TITLE], "details": details, "urgent": request.urgency == "high",
            }  # fmt: skip
            return _say(draft, await act(draft, "create_ticket", arguments, agent=request.agent))
        case "cancel":
            return await _cancel(draft, request)
        case _:
            return False


async def _at_a_time(draft: Draft, request: Request) -> bool:
    """Asks for the time where none was named: nobody is called or reminded at a guess."""
    call = request.intent == "call_me"
    if not request.entities.times:
        if call:  # without a time it is a wish for a person
            return False
        draft.say(TEXTS.text("ask_when", draft.language))
        return True
    at = request.entities.times[0].isoformat()
    words = " ".join(draft.words.split())
    arguments: dict[str, JsonValue] = {"topic": words[:200], "at": at} if call else {"text": words[:300], "at": at}
    if call and (phone := request.entities.phone or _known_phone(draft)):
        arguments["phone"] = phone
    name = "schedule_call" if call else "set_reminder"
    return _say(draft, await act(draft, name, arguments, agent=request.agent))


def _known_phone(draft: Draft) -> str:
    """As the channel shows it."""
    person = draft.state.person
    return f"+{person.phone}" if person is not None and person.phone else ""


async def _show_cases(draft: Draft, request: Request) -> bool:
    """A customer's own, wherever they were opened; and what waits for an owner."""
    contacts = await draft.contacts()
    cases = await draft.tools.reader.cases_of(contacts)
    wanted = set(request.entities.references)
    chosen = [each for each in cases if each.reference.upper() in wanted] if wanted else list(cases)
    waiting = await list_waiting(draft)
    done = "" if wanted else describe_done(draft)
    if not chosen and not waiting and not done:
        if wanted:
            return False
        draft.say(TEXTS.text("no_cases", draft.language))
        return True
    parts = [describe_cases(chosen, draft.language, draft.turn.tenant.time_zone)] if chosen else []
    parts += [TEXTS.text("case_waiting", draft.language, action=escape_markdown(each.title)) for each in waiting]
    if done:
        parts.append(done)
    draft.say("\n\n".join(parts))
    return True


async def tell_standing(draft: Draft, request: Request) -> bool:
    """“When will I get my money back?” asks how it stands, where something was done or waits; it is no second wish."""
    waiting = [
        TEXTS.text("case_waiting", draft.language, action=escape_markdown(w.title)) for w in await list_waiting(draft)
    ]
    refunds = await _describe_refunds(draft, request) if GIVE_REFUND in request.wants else ""
    if parts := [*waiting, *filter(None, [refunds, describe_done(draft)])]:
        draft.say("\n\n".join(parts))
    return bool(parts)


async def _describe_refunds(draft: Draft, request: Request) -> str:
    """Those under way; of those that are over only what is asked about without naming a new sum."""
    found = [each for each in await draft.tools.reader.cases_of(await draft.contacts()) if each.kind == "refund"]
    shown = [
        each
        for each in found
        if each.closed_at is None or (not request.entities.amounts and draft.at - each.closed_at < _LATELY)
    ]
    return describe_cases(shown, draft.language, draft.turn.tenant.time_zone) if shown else ""


async def _cancel(draft: Draft, request: Request) -> bool:
    """Only what has a number of ours; other wishes to cancel are a person's to hear."""
    contacts = await draft.contacts()
    wanted = set(request.entities.references)
    mine = [each for each in await draft.tools.reader.cases_of(contacts) if each.reference.upper() in wanted]
    if not mine:
        return False
    for case in mine[:2]:
        _say(draft, await act(draft, "cancel_case", {"reference": case.reference}, agent=request.agent))
    return True


def _say(draft: Draft, step: Step) -> bool:
    return say_step(draft, step)
