"""How a prompt's tokens are shared out, and how a remembered message stands in it."""

from collections.abc import Mapping, Sequence

from core.tokens import estimate_tokens
from core.turns import HistoryMessage
from memory.budget import FRAME_TOKENS, Limit, Section, trim_sentences, trim_words

PROMPT_TOKENS = 3_000
"""Of a prompt without its answer: enough for six passages, twenty messages and a dozen older ones, and little money."""
QUESTION_TOKENS = 1_000
"""Of what is asked right now; with the floors it is just the whole."""
LIMITS: Mapping[Section, Limit] = {
    "instructions": Limit(floor_tokens=700, ceiling_tokens=900),
    "recent": Limit(floor_tokens=200, ceiling_tokens=900 + QUESTION_TOKENS),
    "profile": Limit(floor_tokens=50, ceiling_tokens=120),
    "facts": Limit(floor_tokens=100, ceiling_tokens=300),
    "summary": Limit(floor_tokens=50, ceiling_tokens=250),
    "knowledge": Limit(floor_tokens=700, ceiling_tokens=1_500),
    "recalled": Limit(floor_tokens=200, ceiling_tokens=800),
}
_RECENT_TOKENS = 900
_MESSAGE_TOKENS = 160
"""Of one remembered message: its first sentences."""
STAMP_TOKENS = 14
"""Day and author before an older message."""


def shorten_message(text: str) -> str:
    """As it is put before a model."""
    return trim_sentences(text, _MESSAGE_TOKENS) or trim_words(text, _MESSAGE_TOKENS)


def older_cost(text: str) -> int:
    """Tokens of an older message with what stands around it."""
    return min(estimate_tokens(text), _MESSAGE_TOKENS) + STAMP_TOKENS + FRAME_TOKENS


def fitting_recent(messages: Sequence[HistoryMessage]) -> int:
    """How many of the last messages are shown; what is before them may be found again by its words."""
    left = _RECENT_TOKENS
    for count, message in enumerate(reversed(messages)):
        left -= min(estimate_tokens(message.text), _MESSAGE_TOKENS) + FRAME_TOKENS
        if left < 0:
            return count
    return len(messages)
