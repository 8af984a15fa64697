"""When, where and about what a customer writes: counted in the conversation's state and written now and then.

A turn that counts only still takes the quick finish; the counters go along when a turn has other changes to write, or
when many have gathered.
"""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from agents.draft import Draft
from core.events import ButtonTapped, MessageEdited, MessageReceived
from core.person_changes import CountHabits, ForgetPerson, SetConsent

_ALONG, _ENOUGH = 5, 25
_MOST_HABITS = 60
_LONGEST_TOPIC = 60
_ANSWERED = 0.55


def count_habits(draft: Draft) -> None:
    said = [e for e in draft.turn.events if isinstance(e.event, MessageReceived | ButtonTapped | MessageEdited)]
    if not said or any(isinstance(change, ForgetPerson | SetConsent) for change in draft.changes):
        return
    counts = dict(draft.state.habits)
    since = draft.state.habits_since or said[0].recorded_at.timestamp()
    for recorded in said:
        local = recorded.recorded_at.astimezone(_zone(draft))
        for habit in (f"hour:{local.hour}", f"weekday:{local.weekday()}", f"channel:{draft.turn.channel or ''}"):
            counts[habit] = counts.get(habit, 0) + 1
    if (topic := _topic(draft)) and len(counts) < _MOST_HABITS:
        counts[topic] = counts.get(topic, 0) + 1
    messages = sum(times for habit, times in counts.items() if habit.startswith("channel:"))
    slow_anyway = bool(draft.changes or draft.to_desks or draft.events)
    if messages >= _ENOUGH or (slow_anyway and messages >= _ALONG):
        at = datetime.fromtimestamp(since, UTC)
        draft.changes.append(CountHabits(contact_id=draft.contact, counts=counts, since=at))
        counts, since = {}, 0.0
    draft.keep(habits=counts, habits_since=since)


def _topic(draft: Draft) -> str:
    """The heading of the tenant's note that answered; never the customer's words."""
    best = next((p for p in draft.turn.recalled.knowledge if p.score >= _ANSWERED), None)
    heading = best.source.rpartition(" › ")[2].strip()[:_LONGEST_TOPIC] if best else ""
    return f"topic:{heading}" if heading else ""


def _zone(draft: Draft) -> ZoneInfo:
    try:
        return ZoneInfo(draft.turn.tenant.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
