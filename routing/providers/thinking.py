"""How each vendor's models are told to think as little as they can.

Many now think before they answer unless told otherwise, out of the same limit of output tokens: a short limit then ends
within the thoughts and nothing is said, and somebody waits meanwhile. How to ask for less differs from model to model,
and a wrong way is refused, so a model that is not known here is asked for nothing.

Sources: https://platform.claude.com/docs/en/build-with-claude/thinking and the migration guides of Claude 5.5,
https://developers.openai.com/api/docs/guides/reasoning, https://console.groq.com/docs/reasoning, November 2026.
"""

import re

from pydantic import JsonValue

Body = dict[str, JsonValue]

_OFF: Body = {"thinking": {"type": "disabled"}}
_CLAUDES: tuple[tuple[str, Body], ...] = (
    ("claude-sonnet-5-5", {"thinking": {"type": "between_tools"}}),
    # These always think.
    ("claude-opus-5-5", {"output_config": {"effort": "low"}}),
    ("claude-fable-5", {"output_config": {"effort": "low"}}),
    ("claude-mythos-5", {"output_config": {"effort": "low"}}),
    ("claude-haiku-5-5", _OFF),
    ("claude-sonnet-5", _OFF),
    ("claude-opus-5", _OFF),
    # Those of Claude 4 think only when asked to.
)
_ALWAYS_THINKS = re.compile(r"gpt-6(\.\d+)?-astra|gpt-6\.\d+-sol")


def quieten_claude(model: str) -> Body:
    for start, body in _CLAUDES:
        if model.startswith(start):
            return dict(body)
    return {}


def quieten_gpt(model: str) -> Body:
    """From 5.4 on, chat completions take tools only with effort `none`; models that lack it cannot be given tools."""
    if re.search(r"-(chat|codex|pro|search|audio)", model):
        return {}
    if model == "gpt-5" or model.startswith("gpt-5-"):
        return {"reasoning_effort": "minimal"}
    if _ALWAYS_THINKS.match(model):
        return {"reasoning_effort": "low"}
    return {"reasoning_effort": "none"} if re.match(r"gpt-(5\.|6)", model) else {}


def quieten_on_groq(model: str) -> Body:
    if model.startswith("openai/gpt-oss"):
        return {"reasoning_effort": "low"}
    return {"reasoning_effort": "none"} if model.startswith("qwen/qwen3") else {}


def quieten_nothing(model: str) -> Body:  # noqa: ARG001 - as the others
    """Nothing is known of the models of a compatible server."""
    return {}
