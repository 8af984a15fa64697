"""An action in words by which its owner can decide: what, on whose behalf, why, and who said what."""

from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from admin.action_fields import list_fields, name_action, name_agent, name_field, write_value
from admin.cards import explain, name_channel, name_customer, name_member
from admin.session import TEXT_WITH_BUTTONS, DeskTurn
from admin.texts import load_catalogue, quote
from core.changes import AskedAction
from core.events import ActionEnded
from core.turns import Approval

_SHARES = (100, 70, 45, 25, 12)
"""Percent of what each part may take: hostile words make all of them shorter, never the card longer."""
_TITLE, _NAME, _LABEL, _VALUES, _WORDS, _REASON, _VOTES, _OUTCOME = 60, 60, 40, 420, 260, 120, 220, 200
_LEAST = 8
_VOTES_SHOWN = 6
EDITED = "edited"
"""`decided_text` of an action that was changed before it was approved."""


def describe_action(
    desk: DeskTurn, approval: Approval, asked: AskedAction, *, before: str | None = None, after: str | None = None
) -> str:
    """At most `TEXT_WITH_BUTTONS` characters, as long as `before` and `after` take no more than half of them."""
    text = ""
    for share in _SHARES:
        text = "\n".join(line for line in (before, *_compose(desk, approval, asked, share), after) if line is not None)
        if len(text) <= TEXT_WITH_BUTTONS:
            break
    return text


def list_cut_values(desk: DeskTurn, asked: AskedAction, card: str) -> Sequence[str]:
    """What the card cuts short, whole: nobody approves what they cannot see."""
    lines: list[str] = []
    shown = f"{card}\n".replace("\u00a0", " ").replace("\u202f", " ")  # the spaces in sums, which do not break
    for field in list_fields(desk, asked.action.name):
        given = asked.action.arguments.get(field.name)
        value = "" if given is None else write_value(desk, field, given)
        if f": {' '.join(value.split())}\n" not in shown:
            lines.append(f"**{name_field(desk, field, _NAME)}:** {value}")
    return lines


def describe_outcome(desk: DeskTurn, outcome: str, member_name: str, text: str) -> str:
    who = name_member(desk, member_name)
    if outcome == "approve" and text == EDITED:
        return desk.write("closed_edited", who=who)
    return desk.write("closed_lapsed") if outcome == "expired" else desk.write(f"closed_{outcome}", who=who)


def describe_end(desk: DeskTurn, event: ActionEnded, *, about_undo: bool) -> str:
    if event.text == "in_doubt":
        return desk.write("act_in_doubt")
    if about_undo:
        said = desk.write("act_undo_done" if event.ok else "act_undo_failed")
    else:
        said = desk.write("act_done" if event.ok else "act_failed")
    return f"{said} {quote(event.text, _OUTCOME)}" if event.text.strip() else said


def _compose(desk: DeskTurn, approval: Approval, asked: AskedAction, share: int) -> list[str]:
    def cap(limit: int) -> int:
        return max(_LEAST, limit * share // 100)

    title = quote(name_action(desk, asked.action.name), cap(_TITLE))
    customer = quote(approval.contact_name, cap(_NAME)) or name_customer(desk, "")
    place = f"{name_channel(approval.channel)} · {quote(desk.turn.tenant.name, cap(_NAME))}"
    lines = [desk.write("act_title", title=title, customer=customer, channel=place)]
    lines += _write_arguments(desk, asked, cap(_VALUES))
    if words := quote(approval.question, cap(_WORDS)):
        lines += ["", desk.write("act_words", words=words)]
    if approval.reason.strip():
        lines.append(desk.write("card_reason", reason=explain(desk, approval.reason, cap(_REASON))))
    if asked.action.agent:
        lines.append(desk.write("act_agent", agent=name_agent(desk, asked.action.agent, cap(_NAME))))
    return [*lines, *_write_votes(desk, asked, cap(_VOTES)), ""]


def _write_arguments(desk: DeskTurn, asked: AskedAction, room: int) -> list[str]:
    """What one line leaves of its room, the next ones may take."""
    given = [field for field in list_fields(desk, asked.action.name) if field.name in asked.action.arguments]
    lines: list[str] = []
    for place, field in enumerate(given):
        limit = max(2 * _LEAST, room // (len(given) - place))
        label = name_field(desk, field, max(_LEAST, min(_LABEL, limit // 3)))
        value = write_value(desk, field, asked.action.arguments[field.name], max(_LEAST, limit - len(label)))
        lines.append(f"{label}: {value}")
        room = max(0, room - len(lines[-1]))
    return lines


def _write_votes(desk: DeskTurn, asked: AskedAction, room: int) -> list[str]:
    """The one who asks is for it: that goes without saying."""
    votes = [(agent, vote) for agent, vote in asked.votes.items() if agent != asked.action.agent][:_VOTES_SHOWN]
    lines: list[str] = []
    for place, (agent, vote) in enumerate(votes):
        if isinstance(vote, Mapping):
            lines.append(_write_vote(desk, agent, vote, max(2 * _LEAST, room // (len(votes) - place))))
            room = max(0, room - len(lines[-1]))
    return lines


def _write_vote(desk: DeskTurn, agent: str, vote: Mapping[str, JsonValue], limit: int) -> str:
    who = name_agent(desk, agent, max(_LEAST, limit // 3))
    said = desk.write("act_vote_yes" if vote.get("for") is True else "act_vote_no")
    why = str(vote.get("why") or "")
    key = f"vote_{why}"
    shown = desk.write(key) if key in load_catalogue().keys else quote(why, max(_LEAST, limit - len(who) - len(said)))
    return f"{who}: {said}, {shown}" if shown else f"{who}: {said}"
