"""Two who answer each other for ever: another bot, or somebody stuck. The bot stops first, and says so."""

from datetime import timedelta

from agents.draft import Draft
from agents.escalation import escalate, holding_text
from core.events import OwnerNotice
from memory.words import split_words

MOST_ROUNDS = 6
"""Turns in a row that bring nothing new, before the bot falls silent."""
_QUIET = timedelta(minutes=10)
_ROUND_SECONDS = 30.0
"""Bots answer at once. Who asks the same again after a while is a person in need, and asked for by other rules."""
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
