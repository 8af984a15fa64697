"""Two who answer each other for ever: another bot, or somebody stuck. The bot stops first, and says so."""

from datetime import timedelta
from hashlib import blake2b

from agents.draft import Draft
from agents.escalation import escalate, holding_text
from core.events import OwnerNotice
from core.messages import SendText
from memory.words import split_words

MOST_ROUNDS = 6
"""Turns in a row that bring nothing new, before the bot falls silent."""
_QUIET = timedelta(minutes=10)
_ROUND_SECONDS = 30.0
"""Bots answer at once. Who asks the same again after a while is a person in need, and asked for by other rules."""
MOST_SAME = 5
"""The same reply to different words, in a row and at once, before a person is asked instead."""
_KNOWN = 3
_LONGEST = 200


def stop_loop(draft: Draft) -> bool:
    """True when nothing is to be answered: the customer's words are those of the last turns, again and again.

    The third time the same words come, a person is asked (`answering`); after six rounds the bot is silent for a while.
    """
    said = " ".join(split_words(draft.burst.text))[:_LONGEST]
    if not said or draft.burst.command is not None:
        return False
    if draft.now < draft.state.quiet_until and said in draft.state.rounds:
        draft.trace["by"] = "loop, silent"
        return True
    again = said in draft.state.rounds and draft.now - draft.state.round_at < _ROUND_SECONDS
    rounds = draft.state.rounds if again else (*draft.state.rounds, said)[-_KNOWN:]
    looping = draft.state.looping + 1 if again else 0
    draft.keep(rounds=rounds, looping=looping, round_at=draft.now)
    if looping < MOST_ROUNDS:
        return False
    draft.trace["by"] = "loop, stopped"
    draft.keep(quiet_until=draft.now + _QUIET.total_seconds(), looping=0)
    escalate(draft, draft.burst.text, "loop", holding_text(draft, "loop"))
    fields = {"what": "ping_pong", "customer": draft.contact_name}
    draft.tell_desks(OwnerNotice(notice="loop_stopped", fields={**fields}), f"loop:{draft.turn.upto_seq}")
    return True


def stop_repeating(draft: Draft) -> None:
    """Whoever hears the same reply whatever they say is not helped by it, or is a bot of many words."""
    said = "\n".join(m.text for m in draft.messages if isinstance(m, SendText) and m.author == "bot")
    if not said or "joined" in draft.trace or not draft.words:  # wishes and commands have answers of their own
        return
    mark = blake2b(said.encode(), digest_size=8).hexdigest()
    again = mark == draft.state.reply_mark and draft.now - draft.state.reply_at < _ROUND_SECONDS
    same = draft.state.reply_same + 1 if again else 1
    draft.keep(reply_mark=mark, reply_at=draft.now, reply_same=same)
    if same <= MOST_SAME:
        return
    draft.trace["by"] = "loop, the same reply"
    draft.messages = [m for m in draft.messages if not (isinstance(m, SendText) and m.author == "bot")]
    draft.keep(reply_same=0)
    escalate(draft, draft.burst.text, "loop", holding_text(draft, "loop"))
    fields = {"what": "repeated_reply", "customer": draft.contact_name}
    draft.tell_desks(OwnerNotice(notice="loop_stopped", fields={**fields}), f"same:{draft.turn.upto_seq}")
