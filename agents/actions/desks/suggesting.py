"""What the bot would say, offered to whoever has the conversation in its place."""

from agents.actions.desks.declaring import declare
from agents.actions.desks.opening import RehearseArguments

SUGGEST_REPLY = declare(
    "suggest_reply", "Suggest a reply to the customer", RehearseArguments,
    "text, escalated, actions, sources; nothing is sent and nothing kept", seat="manager", touches="nothing",
)  # fmt: skip
