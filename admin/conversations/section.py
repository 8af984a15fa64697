"""The section's door."""

from admin.conversations.notes import take_note
from admin.conversations.quiet import end_silence
from admin.conversations.silence import SECTION_NAME
from admin.conversations.suggesting import show_suggested, tap_suggest
from admin.section import Command, Section

SECTION = Section(
    name=SECTION_NAME,
    commands=(
        Command(
            name="note", role="manager", changes=True, run=take_note,
            about="a note for colleagues about the customer whose conversation was taken over: `wants the large one`",
        ),
    ),
    tap=tap_suggest,
    results={"suggest_reply": show_suggested},
    timers={"quiet": end_silence},
)  # fmt: skip
