"""`read_request`: a message read by rules alone."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from agents.actions.everyday import GIVE_REFUND
from agents.actions.registry import pays_by_hand
from agents.intake.amounts import read_bare_amount
from agents.intake.entities import find_entities
from agents.intake.following import follow
from agents.intake.request import Request
from agents.intake.routes import available_agents, choose_agent, find_wants, own_agent
from agents.intake.sentences import split_sentences
from agents.intake.understanding import understand
from agents.intake.weighing import is_in_scope, weigh_risk, weigh_urgency
from agents.smalltalk import read_mood
from tenants.agents import AgentPolicy

_LONGEST = 2_000
"""Characters that are read."""
_SMALL = 60
_SMALL_TALK = frozenset(["greeting", "thanks", "bye", "ack"])
_SURE = 0.9


def read_request(
    text: str, *, language: str, policy: AgentPolicy, now: datetime, time_zone: str, history: Sequence[str] = ()
) -> Request:
    """Never raises. `now` is aware. `history`: the customer's last few lines before this one, oldest first."""
    text = text[:_LONGEST]
    short = language.lower().replace("_", "-").partition("-")[0]
    entities = find_entities(text, short, now, time_zone)
    understood = understand(split_sentences(text, entities), short)
    if understood.intent == "other" and len(text) <= _SMALL and read_mood(text) in _SMALL_TALK:
        understood = replace(understood, confidence=_SURE)
    before = understood
    understood, subjects = follow(understood, entities, history, short)
    wants = find_wants(understood.words, understood.refused, short, policy)
    if pays_by_hand(policy) and understood.intent == "refund_or_credit" and "refund" in subjects:
        entities = read_bare_amount(text, entities) if before.intent != understood.intent else entities
        if "refund" in before.names or entities.amounts:  # a line that only goes on has to say how much
            wants = (*wants, GIVE_REFUND)
    own = own_agent(understood.words, short, policy)
    agents = available_agents(policy)
    agent = own or choose_agent(understood.intent, subjects)
    moves_money = any(action.money_moving for action in policy.http if action.name in wants)
    return Request(
        intent=understood.intent,
        agent=agent if agent in agents else "general",
        confidence=understood.confidence,
        entities=entities,
        urgency=weigh_urgency(understood.names),
        risk=weigh_risk(understood.intent, understood.names, moves_money=moves_money),
        in_scope=is_in_scope(understood.names, entities, own=own is not None or bool(wants)),
        wants=wants,
        agents=agents,
    )
