"""What went wrong with a model, told to the owner without flooding the desk."""

from pydantic import JsonValue

from agents.draft import Draft
from core.events import OwnerNotice


def flag_anomaly(draft: Draft, finding: str) -> None:
    """Once an hour of a kind, however many conversations find it: the desk knows an event by its key."""
    fields: dict[str, JsonValue] = {"finding": finding, "customer": draft.contact_name, "count": 1}
    key = f"anomaly:{draft.at:%Y-%m-%dT%H}:{finding[:60]}"
    draft.tell_desks(OwnerNotice(notice="quality_anomaly", fields=fields), key, everywhere=True)
