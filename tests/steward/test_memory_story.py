"""What a turn remembered, as `trace` tells it."""

from datetime import UTC, datetime, timedelta

from memory.selection import ConversationIndex, Turn
from steward.cli.memory_story import tell_memory

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_what_was_chosen_and_what_was_left_out_with_each_signals_share() -> None:
    index = ConversationIndex()
    for n, text in enumerate(("My dog is called Bruno.", "Thanks!", "My dog is called Bruno.", "The weather is grey.")):
        index.add(Turn(id=f"1a2b3c4d:{n}.0", speaker="customer", text=text, at=NOON - timedelta(days=40 - n),
                       small_talk=text == "Thanks!"))  # fmt: skip
    selection = index.select("What is my dog called?", NOON, 500, asker="customer", least=0.15)
    lines = tell_memory(
        {
            "window": 3, "facts": 1, "conversations": 2, "summary_upto": 12, "history": selection.trace(),
            "prompt": {"tokens": {"instructions": 200, "recent": 30}, "cut": {"knowledge": 2}},
        }
    )  # fmt: skip
    told = "\n".join(lines)
    assert lines[0] == "3 recent messages, 1 facts, a summary up to #12; 2 conversations of this person"
    assert lines[1].startswith("1 older messages chosen of 4")
    assert lines[2].startswith("  1a2b3c4d:0.0  ") and " = words " in lines[2] and "+ manner" in lines[2]
    assert "1a2b3c4d:2.0" in told and "said already" in told
    assert "1a2b3c4d:3.0" in told and "off the subject" in told
    assert "- fading 0.30" in told
    assert "prompt of some 230 tokens: instructions 200, recent 30" in told
    assert "shortened or left out: 2 of knowledge" in told
    for word in ("Bruno", "weather", "grey"):
        assert word not in told


def test_nothing_and_another_version_are_told_as_far_as_they_go() -> None:
    assert tell_memory(None) == tell_memory([]) == tell_memory({"history": 3, "prompt": "x"}) == []
    assert tell_memory({"window": 2, "consent": "withdrawn"})[1] == "the person does not want to be remembered"
