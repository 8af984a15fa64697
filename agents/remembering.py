"""What customers want done with what is remembered of them: shown, forgotten, not sent, joined with another channel."""

from typing import assert_never

from agents.draft import Draft
from agents.linking import notice_for, open_link, redeem_link, unlink
from agents.portrait import KINDS, describe_fact, name_kinds, show_person
from agents.texts import TEXTS
from agents.wishes import MemoryWish, read_answer, read_wish
from core.events import CustomerNotice
from core.messages import Button
from core.person_changes import ForgetFacts, ForgetPerson, SetConsent, SetOptOut

_TAP = "memory:"
_PATIENCE_SECONDS = 15 * 60.0
"""After that a "yes" is about something else."""
_OUT = {
    "opt_out_marketing": frozenset({"marketing"}), "opt_out_reminders": frozenset({"reminders"}),
    "opt_out_all": frozenset(KINDS),
}  # fmt: skip


async def serve_wishes(draft: Draft) -> set[str]:
    """Does what the burst asks for. Returns the messages and taps that need no other answer."""
    served: set[str] = set()
    done: set[str] = set()
    # Only the question that was open before: nobody has read one that this very turn asks.
    asked = draft.state.asked_to_forget if draft.now - draft.state.asked_at < _PATIENCE_SECONDS else ""
    for message_id, line in draft.burst.lines.items():
        if asked and (answer := read_answer(line)) is not None:
            await _decide(draft, asked if answer else "")
            asked = ""
            served.add(message_id)
        elif (wish := read_wish(line)) is not None:
            asked = ""
            draft.keep(asked_to_forget="")
            if wish.kind not in done:  # one code a turn, one list
                await _serve(draft, wish)
            done.add(wish.kind)
            served.add(message_id)
        elif line:
            asked = ""
            if draft.state.asked_to_forget:
                draft.keep(asked_to_forget="")
    for tap in draft.burst.taps:
        if tap.data.startswith(_TAP):
            await _tapped(draft, tap.data.removeprefix(_TAP))
            served.add(tap.message_id)
    if served:
        draft.trace.setdefault("by", "rules")
    return served


def honour_quietly(draft: Draft) -> set[str]:
    """While a person has the conversation: what must hold at once holds, and nothing is said. Returns those lines."""
    lines: set[str] = set()
    for line in draft.burst.lines.values():
        match wish := read_wish(line):
            case MemoryWish(kind="opt_out_marketing" | "opt_out_reminders" | "opt_out_all" as kind):
                draft.changes.append(SetOptOut(contact_id=draft.contact, kinds=_OUT[kind], out=True))
            case MemoryWish(kind="withdraw"):
                draft.changes.append(SetConsent(contact_id=draft.contact, consent="withdrawn", at=draft.at))
            case _:
                pass
        if wish is not None:
            lines.add(line)
    return lines


def clear_memory(draft: Draft) -> None:
    """What this conversation itself keeps of the person."""
    draft.keep(
        told=(), habits={}, habits_since=0.0, document="", said="", repeats=0, summary_asked=0.0, unsummed=0,
        unsure_question="", unsure_draft="", asked_lately=(), rounds=(),
    )  # fmt: skip


async def _serve(draft: Draft, wish: MemoryWish) -> None:
    draft.trace["wish"] = wish.kind
    match wish.kind:
        case "about_me":
            await show_person(draft)
        case "forget_all":
            _ask(draft, "all", TEXTS.text("forget_ask_all", draft.language))
        case "forget_that":
            _ask_that(draft)
        case "withdraw":
            _ask(draft, "consent", TEXTS.text("consent_ask", draft.language))
        case "consent":
            draft.changes.append(SetConsent(contact_id=draft.contact, consent="given", at=draft.at))
            draft.say(TEXTS.text("consent_given", draft.language))
        case "opt_out_marketing" | "opt_out_reminders" | "opt_out_all":
            kinds = _OUT[wish.kind]
            draft.changes.append(SetOptOut(contact_id=draft.contact, kinds=kinds, out=True))
            draft.say(TEXTS.text("opted_out", draft.language, kinds=name_kinds(draft, kinds)))
        case "opt_in":
            draft.changes.append(SetOptOut(contact_id=draft.contact, kinds=frozenset(KINDS), out=False))
            draft.say(TEXTS.text("opted_in", draft.language))
        case "link":
            open_link(draft)
        case "redeem":
            await redeem_link(draft, wish.code)
        case "unlink":
            await unlink(draft)
        case _:
            assert_never(wish.kind)


def _ask_that(draft: Draft) -> None:
    """What was learnt last; with nothing of the kind, all."""
    if not draft.state.told:
        _ask(draft, "all", TEXTS.text("forget_ask_all", draft.language))
        return
    told = "; ".join(describe_fact(draft, each.slot, each.text) for each in draft.state.told)
    _ask(draft, "that", TEXTS.text("forget_ask_that", draft.language, facts=told))


def _ask(draft: Draft, what: str, text: str) -> None:
    draft.keep(asked_to_forget=what, asked_at=draft.now)
    yes = Button(id=f"{_TAP}{what}", label=TEXTS.text("forget_yes", draft.language))
    no = Button(id=f"{_TAP}keep", label=TEXTS.text("forget_no", draft.language))
    draft.say(text, buttons=((yes, no),))


async def _tapped(draft: Draft, what: str) -> None:
    """Buttons stay in the chat: only the question that is open now is decided by one."""
    if what == "keep" or what == draft.state.asked_to_forget:
        await _decide(draft, "" if what == "keep" else what)
    else:
        draft.say(TEXTS.text("forget_over", draft.language))


async def _decide(draft: Draft, what: str) -> None:
    draft.trace["forget"] = what or "kept"
    told = draft.state.told
    draft.keep(asked_to_forget="")
    match what:
        case "that":
            facts = tuple((each.slot, each.key) for each in told)
            draft.changes.append(ForgetFacts(contact_id=draft.contact, facts=facts))
            draft.keep(told=())
            draft.say(TEXTS.text("forgotten_that", draft.language))
        case "all":
            draft.changes.append(ForgetPerson(contact_id=draft.contact, at=draft.at))
            await _tell_others(draft)
            draft.say(TEXTS.text("forgotten_all", draft.language))
        case "consent":
            draft.changes.append(SetConsent(contact_id=draft.contact, consent="withdrawn", at=draft.at))
            await _tell_others(draft)
            draft.say(TEXTS.text("consent_withdrawn", draft.language))
        case _:
            draft.say(TEXTS.text("kept", draft.language))


async def _tell_others(draft: Draft) -> None:
    """The person's other conversations keep a little themselves."""
    clear_memory(draft)
    for each in (await draft.person()).conversations:
        if each.stream_id != draft.turn.stream_id:
            draft.events.append(notice_for(draft, each.stream_id, CustomerNotice(notice="forgotten", fields={})))
