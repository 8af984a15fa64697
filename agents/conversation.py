"""A customer's conversation, one turn: what others decided or found out first, then what the customer said."""

from agents.acting.approvals import TIMER, follow_timer
from agents.acting.loops import stop_loop, stop_repeating
from agents.acting.results import take_result
from agents.acting.samples import take_sample
from agents.answering import answer_text
from agents.attending import read_suspicions
from agents.draft import Draft
from agents.echoes import end_echo, follow_echo
from agents.files import Heard, ask_for_files, forget_result, say_understood, take_heard, use_document
from agents.habits import count_habits
from agents.learning import propose_learning, read_told, say_noted, take_found
from agents.notices import tell_notice
from agents.owners import follow_decision
from agents.pausing import answer_paused, find_pause
from agents.remembering import honour_quietly, serve_wishes
from agents.specialists.team import TEAM
from agents.summaries import count_messages, take_summary
from agents.texts import TEXTS
from agents.wishes import is_memory_command
from core.events import (
    ActionResult,
    ButtonTapped,
    CustomerNotice,
    CustomerRelayed,
    MessageEdited,
    MessageReceived,
    OwnerDecision,
    OwnerEcho,
    TimerFired,
)
from core.media import Attachment
from core.messages import Button
from core.turns import TurnInput, TurnOutcome, TurnTools

_LABEL = 20
_EXAMPLES = 3


async def handle_conversation(turn: TurnInput, tools: TurnTools) -> TurnOutcome:
    draft = Draft(turn, tools, TEAM)
    draft.trace["mode"] = turn.mode
    paused_until = find_pause(draft) if turn.mode == "bot" else None
    heard: list[Heard] = []
    for recorded in turn.events:
        match recorded.event:
            case OwnerDecision() as decision:
                await follow_decision(draft, decision)
            case OwnerEcho() as echo:
                follow_echo(draft, echo)
            case TimerFired(name="echo") as timer:
                end_echo(draft, timer)
            case TimerFired() as timer if timer.name.startswith(TIMER):
                await follow_timer(draft, timer)
            case CustomerNotice() as notice:
                await tell_notice(draft, notice)
            case ActionResult(action="learn_facts") as result:
                take_found(draft, result)
            case ActionResult(action="summarise") as result:
                take_summary(draft, result)
            case ActionResult(action="check_sample") as result:
                take_sample(draft, result)
            case ActionResult() as result if result.agent or result.action == "take_back":
                take_result(draft, result)
            case ActionResult() as result if turn.mode == "human":
                forget_result(draft, result)
                if result.action == "transcribe" and (text := result.result.get("text")):
                    _relay(draft, recorded.seq, f"🎤 {text}")
            case ActionResult(action="transcribe") as result:
                if (words := take_heard(draft, result)) is not None:
                    heard.append(words)
            case ActionResult(action="read_document") as result if paused_until is not None:
                forget_result(draft, result)
            case ActionResult(action="read_document") as result:
                await use_document(draft, result)
            case _:
                pass
    if turn.mode == "human" or draft.paused_by_echo:
        if draft.state.asked_to_forget:
            draft.keep(asked_to_forget="")  # a "yes" is the owner's now
        _relay_all(draft)
        wishes = honour_quietly(draft)
        spoken = [line for line in draft.burst.spoken.values() if line not in wishes]
        await read_told(draft, [*spoken, *(words.text for words in heard)])
    elif paused_until is not None:
        await answer_paused(draft, paused_until, [words.text for words in heard])
        return draft.finish()
    else:
        await _respond(draft, heard)
        stop_repeating(draft)
    await count_messages(draft)
    count_habits(draft)
    return draft.finish()


async def _respond(draft: Draft, heard: list[Heard]) -> None:
    burst = draft.burst
    read_suspicions(draft, [words.text for words in heard])
    if stop_loop(draft):
        return
    served = await serve_wishes(draft)
    if burst.command == "/start":
        _welcome(draft)
    elif burst.command is not None and not is_memory_command(burst.command):
        draft.say(TEXTS.text("help", draft.language))
    waiting = ask_for_files(draft)
    told = [line for message_id, line in burst.spoken.items() if message_id not in served]
    lines = [line for message_id, line in burst.spoken.items() if message_id not in waiting | served]
    lines += [words for tap in burst.taps if tap.message_id not in served and (words := _tapped(draft, tap))]
    for words in heard:
        say_understood(draft, words)
        lines.append(words.text)
        told.append(words.text)
    reading = await read_told(draft, told)
    if lines and not (lines == told and say_noted(draft, reading)):
        await answer_text(draft, "\n".join(lines))
    if lines:
        await propose_learning(draft, told)
    elif burst.places:
        draft.say(TEXTS.text("location", draft.language))
    elif burst.cards:
        draft.say(TEXTS.text("shared_contact", draft.language))
    elif _is_unanswered(draft):
        draft.say(TEXTS.text("say_more", draft.language))


def _welcome(draft: Draft) -> None:
    """With a few of the tenant's own subjects to tap on."""
    shop = draft.turn.tenant.name
    # What was found for words has a score; what one can ask about has none.
    found = [passage for passage in draft.turn.recalled.knowledge if passage.score == 0.0]
    topics = [passage.source.rpartition(" › ")[2] for passage in found[:_EXAMPLES]]
    draft.trace["by"] = "rules"
    text = TEXTS.text("welcome", draft.language, shop=shop)
    if topics:
        listed = "\n".join(f"• {topic}" for topic in topics)
        text = f"{text}\n\n{TEXTS.text('examples', draft.language)}\n{listed}"
    rows = tuple((Button(id=f"ask:{n}", label=_shorten(topic)),) for n, topic in enumerate(topics))
    draft.keep(examples=tuple(topics))
    draft.say(text, buttons=rows)


def _shorten(topic: str) -> str:
    return topic if len(topic) <= _LABEL else f"{topic[: _LABEL - 1].rstrip()}…"


def _tapped(draft: Draft, tap: ButtonTapped) -> str:
    """The whole subject where the button only had room for a part of it."""
    kind, _, number = tap.data.partition(":")
    examples = draft.state.examples
    if kind == "ask" and number.isascii() and number.isdigit() and int(number[:3]) < len(examples):
        topic = examples[int(number[:3])]
        draft.trace["topic"] = topic
        return topic
    return tap.label.strip()


def _is_unanswered(draft: Draft) -> bool:
    """Somebody wrote or tapped, and nothing has been said or started."""
    spoke = any(isinstance(e.event, MessageReceived | MessageEdited | ButtonTapped) for e in draft.turn.events)
    return spoke and not draft.messages and not draft.actions


def _relay_all(draft: Draft) -> None:
    """A person has the conversation: the bot says nothing and hands on what the customer sends. Who has it on their own
    phone sees it there."""
    if draft.turn.holder is None:
        return
    for recorded in draft.turn.events:
        match recorded.event:
            case MessageReceived() as message:
                lines = [message.text]
                if place := message.location:
                    lines += [place.name, f"https://maps.google.com/?q={place.latitude:.6f},{place.longitude:.6f}"]
                if card := message.shared_contact:
                    lines.append(f"{card.name}: {card.phone}")
                text = "\n".join(line for line in lines if line)
                _relay(draft, recorded.seq, text, message.attachments)
            case MessageEdited() as edited:
                _relay(draft, recorded.seq, f"✏️ {edited.text}")
            case ButtonTapped() as tap:
                _relay(draft, recorded.seq, _tapped(draft, tap) or tap.data)
            case _:
                pass


def _relay(draft: Draft, seq: int, text: str, attachments: tuple[Attachment, ...] = ()) -> None:
    text = text.replace("\0", "")
    if not text.strip() and not attachments:
        return
    draft.tell_desks(
        CustomerRelayed(
            stream_id=draft.turn.stream_id,
            contact_name=draft.contact_name,
            channel=draft.turn.channel or "telegram",
            text=text,
            attachments=attachments,
            from_account=draft.turn.account_id,
        ),
        f"relayed:{seq}",
        holder_only=True,
    )
