"""While the business has paused its bot: one line for the customer, and their words go to people. No model is asked."""

from datetime import datetime

from agents.draft import Draft
from agents.escalation import escalate, is_pending
from agents.remembering import serve_wishes
from agents.smalltalk import read_mood
from agents.texts import TEXTS
from core.events import CustomerRelayed
from core.texts import write_moment
from tenants.settings import read_settings

_NAMED_SECONDS = 366 * 24 * 3600.0
"""A pause that is to last longer has no end that anybody would name."""
_TOLD_SECONDS = 12 * 3600.0
"""Whoever writes again after half a day hears it again."""
_CLOSING = frozenset({"thanks", "bye", "ack", "wordless"})


def find_pause(draft: Draft) -> datetime | None:
    """When it ends; None while the bot is at work."""
    settings = read_settings(draft.turn.tenant.settings)
    return settings.paused_until if settings.is_paused(draft.at) else None


async def answer_paused(draft: Draft, until: datetime, heard: list[str]) -> None:
    """The first words of a pause get the line and open a card; later ones join it. What concerns their own data is
    honoured at once, as ever."""
    burst = draft.burst
    served = await serve_wishes(draft)
    lines = [line for message_id, line in burst.spoken.items() if message_id not in served]
    lines += [tap.label for tap in burst.taps if tap.message_id not in served and tap.label.strip()]
    lines += [place.name or f"{place.latitude:.5f}, {place.longitude:.5f}" for place in burst.places]
    lines += [f"{card.name}: {card.phone}" for card in burst.cards]
    lines += heard
    files = [file for _, file in burst.attachments if file.kind != "sticker"]
    if not (lines or files or burst.command):
        return
    draft.trace |= {"by": "rules", "paused": True}
    told = draft.state.paused_until == until.timestamp() and draft.now - draft.state.paused_told_at < _TOLD_SECONDS
    line = "" if told else _write(draft, until)
    text = "\n".join(lines)
    if line:
        draft.keep(paused_until=until.timestamp(), paused_told_at=draft.now)
    small = not files and (not lines or read_mood(text) in _CLOSING)
    if small or is_pending(draft):
        if line:
            draft.say(line)
        line = ""
    if not small:
        escalate(draft, text, "paused", line)
        _show_files(draft)


def _write(draft: Draft, until: datetime) -> str:
    if until.timestamp() - draft.now > _NAMED_SECONDS:
        return TEXTS.text("paused_open", draft.language)
    moment = write_moment(until, draft.language, draft.turn.tenant.time_zone)
    return TEXTS.text("paused_until", draft.language, moment=moment)


def _show_files(draft: Draft) -> None:
    """A card holds words only."""
    files = tuple(file for _, file in draft.burst.attachments if file.kind != "sticker")
    if files:
        draft.tell_desks(
            CustomerRelayed(
                stream_id=draft.turn.stream_id,
                contact_name=draft.contact_name,
                channel=draft.turn.channel or "telegram",
                text="",
                attachments=files,
                from_account=draft.turn.account_id,
            ),
            f"paused:{draft.turn.upto_seq}",
        )
