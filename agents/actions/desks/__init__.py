"""What members ask for at their desks: who may is in each declaration, and is looked up again before it is done."""

from agents.actions.desks.connecting import CONNECTING
from agents.actions.desks.drawing import DRAW_CHART
from agents.actions.desks.knowledge import KNOWLEDGE
from agents.actions.desks.opening import OPENING
from agents.actions.desks.operating import OPERATING
from agents.actions.desks.suggesting import SUGGEST_REPLY
from agents.actions.desks.watching import WATCHING

DESK = (*CONNECTING, DRAW_CHART, *KNOWLEDGE, *OPENING, *OPERATING, SUGGEST_REPLY, *WATCHING)
