"""What a turn remembered: the messages chosen with their signals, what was left out, what a model was given."""

from collections.abc import Mapping, Sequence
from typing import cast

from pydantic import JsonValue

from memory.signals import SIGNALS


def tell_memory(memory: JsonValue) -> list[str]:
    """Of `TurnOutcome.trace["memory"]`; a trace of another version is told as far as it is understood."""
    if not isinstance(memory, dict):
        return []
    lines = [_overview(memory)] if "window" in memory else []
    if memory.get("consent") == "withdrawn":
        lines.append("the person does not want to be remembered")
    if isinstance(history := memory.get("history"), dict):
        lines += _history(history)
    if isinstance(prompt := memory.get("prompt"), dict):
        lines += _prompt(prompt)
    return lines


def _overview(memory: Mapping[str, JsonValue]) -> str:
    parts = [f"{memory['window']} recent messages", f"{memory.get('facts', 0)} facts"]
    if upto := memory.get("summary_upto"):
        parts.append(f"a summary up to #{upto}")
    return f"{', '.join(parts)}; {memory.get('conversations', 1)} conversations of this person"


def _history(history: Mapping[str, JsonValue]) -> list[str]:
    chosen, left_out = _items(history, "chosen"), _items(history, "left_out")
    lines = [
        f"{len(chosen)} older messages chosen of {history.get('turns', 0)}, of which {history.get('considered', 0)} "
        f"were looked at; {history.get('used_tokens', 0)} tokens"
    ]
    lines += [f"  {_item(each)}, {each.get('tokens')} tokens" for each in chosen]
    if left_out:
        lines.append("left out, the best of them:")
        lines += [f"  {_item(each)}: {each.get('reason')}" for each in left_out]
    return lines


def _item(each: Mapping[str, JsonValue]) -> str:
    """`1a2b3c4d:12.0  1.01 = words 0.80 + neighbours 0.21`: conversation, event and message, then the score."""
    shares = cast("dict[str, float]", each.get("shares") or {})
    ordered = sorted(shares, key=_place)
    told = " ".join(
        f"{'-' if shares[name] < 0 else '+'} {name} {abs(shares[name]):.2f}" for name in ordered
    ).removeprefix("+ ")
    return f"{each.get('id')}  {cast('float', each.get('score', 0)):.2f}" + (f" = {told}" if told else "")


def _prompt(prompt: Mapping[str, JsonValue]) -> list[str]:
    tokens = cast("dict[str, int]", prompt.get("tokens") or {})
    cut = cast("dict[str, int]", prompt.get("cut") or {})
    if not tokens:
        return []
    told = ", ".join(f"{section} {count}" for section, count in tokens.items())
    lines = [f"prompt of some {sum(tokens.values())} tokens: {told}"]
    if cut:
        lines.append(f"shortened or left out: {', '.join(f'{count} of {section}' for section, count in cut.items())}")
    return lines


def _items(history: Mapping[str, JsonValue], name: str) -> Sequence[Mapping[str, JsonValue]]:
    found = history.get(name)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _place(signal: str) -> int:
    names: Sequence[str] = SIGNALS
    return names.index(signal) if signal in names else len(names)
