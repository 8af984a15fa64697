"""From what a customer said to an answer: moods by rule, questions from the knowledge, the rest to a person."""

from collections.abc import Sequence
from datetime import timedelta

from agents.acting.saying import say_step
from agents.attending import attend, take_in
from agents.draft import Draft
from agents.escalation import escalate, holding_text, is_pending
from agents.intake.request import Request
from agents.phrasing import phrase_answer, remembers
from agents.prompts import DOCUMENT
from agents.smalltalk import read_mood
from agents.texts import TEXTS
from agents.thresholds import ANSWERED
from agents.verdicts import close_verdict, judge, regret
from core.texts import escape_markdown, find_locale
from core.turns import KeptAnswer, Passage, RoutineAnswer
from memory.knowledge import KnowledgeIndex
from memory.passages import split_plain
from memory.routine import FRESH, is_routine
from memory.words import split_questions, split_words
from tenants.agents import read_policy

NEARLY = 0.4
"""A passage that comes this close is worth showing to the owner as a draft."""
_WORTH_READING = 0.2
"""What a model is given to read; it says itself when the answer is not in it."""
_MOST_PASSAGES = 6
_MOST_QUOTED = 3
_SAME_AGAIN = 2
_LONGEST_QUOTE = 200


async def answer_text(draft: Draft, text: str, *, extra: Sequence[Passage] = ()) -> None:
    """Says something in every case. `extra` are passages found for this text elsewhere, such as in a document."""
    mood = read_mood(text)
    draft.words = text
    request = await take_in(draft, text) if mood in (None, "person") else None
    at_a_time = request is not None and request.intent == "call_me" and bool(request.entities.times)
    match mood:
        case "person" if at_a_time and request is not None and await attend(draft, text, request):
            close_verdict(draft)
        case "person" | "upset":
            reason = "asked_for_person" if mood == "person" else "upset"
            regret(draft)
            draft.trace["by"] = "rules"
            escalate(draft, text, reason, holding_text(draft, reason))
        case None:
            await _answer(draft, text, request, extra)
        case _:
            draft.trace |= {"by": "rules", "mood": mood}
            draft.say(_small_talk(draft, mood))


def _small_talk(draft: Draft, mood: str) -> str:
    language = draft.language
    match mood:
        case "greeting":
            return TEXTS.text("greeting", language)
        case "thanks":
            return TEXTS.text("thanks", language)
        case "bye":
            return TEXTS.text("bye", language)
        case "wordless":
            return TEXTS.text("sticker", language)
        case _ if is_pending(draft):
            return TEXTS.text("ack_pending", language)
        case _:
            return TEXTS.text("ack", language)


async def _answer(draft: Draft, text: str, request: Request | None, extra: Sequence[Passage]) -> None:
    if _is_repeated(draft, text):
        draft.trace["by"] = "rules"
        regret(draft)
        if is_pending(draft):
            draft.say(TEXTS.text("ack_pending", draft.language))
        else:
            escalate(draft, text, "repeated", holding_text(draft, "repeated"))
    elif not extra and request is not None and await attend(draft, text, request):
        close_verdict(draft)
    else:
        await _answer_questions(draft, text, extra)


async def _answer_questions(draft: Draft, text: str, extra: Sequence[Passage]) -> None:
    own = (*extra, *_from_document(draft, text))
    passages = [*own, *_of_agent(draft)]
    draft.trace |= {
        "threshold": ANSWERED,
        "sources": [{"source": p.source, "score": p.score} for p in passages[:_MOST_PASSAGES]],
    }
    if draft.risk == "high" and not any(passage.score >= ANSWERED for passage in passages):
        draft.trace["by"] = "rules"
        escalate(draft, text, "risk", holding_text(draft, "risk"))
        return
    if draft.tools.models.available and await _answer_with_model(draft, text, passages, shared=len(own) == 0):
        return
    draft.trace["by"] = "knowledge"
    close_verdict(draft)
    _answer_from_knowledge(draft, text, passages)


def _of_agent(draft: Draft) -> Sequence[Passage]:
    """A specialist of the tenant's own answers from the files that it names."""
    known = draft.turn.recalled.knowledge
    own = read_policy(draft.turn.tenant.agents).specialists
    files = next((each.knowledge for each in own if each.name == draft.state.topic), ())
    return [passage for passage in known if passage.source.startswith(files)] if files else known


async def _answer_with_model(draft: Draft, text: str, passages: Sequence[Passage], *, shared: bool) -> bool:
    """False when the knowledge has to answer by itself. `shared`: all of the passages are everybody's to read."""
    worth = [p for p in passages if p.score >= _WORTH_READING][:_MOST_PASSAGES]
    routine = shared and is_routine(text)
    if not worth and (routine or not (remembers(draft) or draft.intent not in ("question", ""))):
        return False  # there is nothing to answer from, and nothing to do
    kept = draft.tools.routine
    known = await kept.find(text, draft.language) if routine and kept is not None else None
    if known is not None and _age(draft, known) < FRESH:
        _note_used(draft, worth)
        _say_again(draft, text, known, "cache")
        return True
    phrased = await phrase_answer(draft, text, worth, alone=routine, agent=draft.state.topic or "general")
    match phrased.outcome:
        case "failed" if known is not None:
            _note_used(draft, worth)
            _say_again(draft, text, known, "cache, no model answered")
        case "failed":
            return False
        case "wrong":
            judge(draft, phrased.by, good=False)
            return False
        case "unknown":
            draft.trace["by"] = "model"
            if any(p.score >= ANSWERED for p in worth):  # the knowledge has it, and the model did not see it
                judge(draft, phrased.by, good=False)
            escalate(draft, text, "not_in_knowledge", holding_text(draft, "not_in_knowledge"))
        case "handed_over":
            draft.trace["by"] = "model"
            judge(draft, phrased.by, good=False)
            escalate(draft, text, phrased.reason, holding_text(draft, phrased.reason))
        case "acted":
            draft.trace["by"] = "model"
            if phrased.step is not None:
                say_step(draft, phrased.step)
            judge(draft, phrased.by, good=True)
        case "answer":
            draft.trace["by"] = "model"
            judge(draft, phrased.by, good=True)
            _note_used(draft, worth)
            draft.say(phrased.text)
            draft.keep(routine=text if routine else "")
            if routine:
                draft.kept = KeptAnswer(question=text, text=phrased.text, language=draft.language)
    return True


def _note_used(draft: Draft, given: Sequence[Passage]) -> None:
    """Into the trace, by which owners see what a file is good for: what fits well of what a model was given."""
    draft.trace["used"] = [p.source for p in given if p.score >= ANSWERED] or [p.source for p in given[:1]]


def _age(draft: Draft, answer: RoutineAnswer) -> timedelta:
    return draft.tools.clock.now() - answer.at


def _say_again(draft: Draft, text: str, known: RoutineAnswer, by: str) -> None:
    draft.trace |= {"by": by, "answer_kept_at": known.at.isoformat(timespec="seconds")}
    draft.keep(answered_by=None, routine=text)
    draft.say(known.text)


def _answer_from_knowledge(draft: Draft, text: str, passages: Sequence[Passage]) -> None:
    questions = split_questions(text)
    best = {question: _best(question, passages, alone=len(questions) == 1) for question in questions}
    known = {p.text: p for p in best.values() if p is not None and p.score >= ANSWERED}
    unknown = [question for question, p in best.items() if p is None or p.score < ANSWERED]
    if known:
        quoted = list(known.values())[:_MOST_QUOTED]
        draft.trace["used"] = [passage.source for passage in quoted]
        draft.say(_quote(draft, quoted))
    if not unknown and known:
        return
    if known:
        asked = " ".join(unknown)
        shown = escape_markdown(" ".join(asked.split())[:_LONGEST_QUOTE])
        holding = TEXTS.text("holding_rest", draft.language, question=shown)
        escalate(draft, asked, "not_in_knowledge", holding)
    else:
        near = max((p for p in best.values() if p is not None), key=lambda p: p.score, default=None)
        suggestion = near.text if near is not None and near.score >= NEARLY else ""
        escalate(draft, text, "not_in_knowledge", holding_text(draft, "not_in_knowledge"), suggestion=suggestion)


def _best(question: str, passages: Sequence[Passage], *, alone: bool) -> Passage | None:
    """The first passage found for the question is the best: memory gives them in that order."""
    asked = " ".join(question.split())
    fitting = [p for p in passages if alone or _is_same(asked, " ".join(p.question.split()))]
    return max(fitting, key=lambda p: p.score, default=None)


def _is_same(asked: str, found_for: str) -> bool:
    return bool(found_for) and (asked in found_for or found_for in asked)


def _quote(draft: Draft, passages: Sequence[Passage]) -> str:
    """The notes as they stand; in another language than the customer's they say so."""
    text = "\n\n".join(passage.text for passage in passages)
    notes = draft.turn.tenant.language
    if notes.partition("-")[0].lower() == draft.language.partition("-")[0].lower():
        return text
    name = find_locale(notes).get_language_name(str(find_locale(draft.language).language)) or notes
    return f"{TEXTS.text('other_language', draft.language, notes_language=name)}\n\n{text}"


def _from_document(draft: Draft, text: str) -> tuple[Passage, ...]:
    if not draft.state.document:
        return ()
    return search_document(draft.state.document, text, draft.language)


def search_document(document: str, text: str, language: str) -> tuple[Passage, ...]:
    """What was read in a document, as passages ranked like the knowledge."""
    return KnowledgeIndex(split_plain(document, DOCUMENT), language).search(text, 2)


def _is_repeated(draft: Draft, text: str) -> bool:
    """The same words for the third time in a row."""
    said = " ".join(split_words(text))[:_LONGEST_QUOTE]
    repeats = draft.state.repeats + 1 if said == draft.state.said else 0
    draft.keep(said=said, repeats=repeats)
    return repeats >= _SAME_AGAIN
