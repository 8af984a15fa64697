"""What the section remembers at a desk: files that wait for a yes, and an answer that is about to be taught."""

from dataclasses import dataclass, replace

import structlog
from pydantic import TypeAdapter, ValidationError

from admin.session import DeskTurn

_log = structlog.get_logger(__name__)
SECTION = "kno"
_OFFERS_KEPT = 10
_MOST_CLOSED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Sent without being asked for: a file, or a link."""

    number: int
    name: str
    ref: str = ""
    mime: str = ""
    file_name: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """A question and its answer, shown before it is stored."""

    number: int
    question: str
    answer: str
    closes: tuple[str, ...] = ()
    """Approvals whose questions are taught with it."""
    replaces: int | None = None
    """The answer that was taught before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    last: int = 0
    """The number given last: buttons of what came before mean what they meant."""
    offers: tuple[Offer, ...] = ()
    lesson: Lesson | None = None


_ADAPTER: TypeAdapter[Kept] = TypeAdapter(Kept)


def read_kept(desk: DeskTurn) -> Kept:
    """What cannot be read is forgotten: it can be sent again."""
    try:
        return _ADAPTER.validate_python(desk.kept(SECTION) or {})
    except ValidationError as error:
        _log.warning("knowledge_memory_forgotten", errors=error.error_count())
        return Kept()


def write_kept(desk: DeskTurn, kept: Kept) -> None:
    desk.keep(SECTION, _ADAPTER.dump_python(kept, mode="json"))


def keep_offer(desk: DeskTurn, name: str, *, ref: str = "", mime: str = "", file_name: str = "", url: str = "") -> int:
    """Its number."""
    kept = read_kept(desk)
    number = kept.last + 1
    offer = Offer(number=number, name=name, ref=ref, mime=mime, file_name=file_name, url=url)
    write_kept(desk, replace(kept, last=number, offers=(*kept.offers, offer)[-_OFFERS_KEPT:]))
    return number


def take_offer(desk: DeskTurn, number: int) -> Offer | None:
    """Once: a double tap finds nothing."""
    kept = read_kept(desk)
    found = next((offer for offer in kept.offers if offer.number == number), None)
    if found is not None:
        write_kept(desk, replace(kept, offers=tuple(each for each in kept.offers if each.number != number)))
    return found


def keep_lesson(
    desk: DeskTurn, question: str, answer: str, closes: tuple[str, ...] = (), replaces: int | None = None
) -> Lesson:
    """In place of the one before."""
    kept = read_kept(desk)
    lesson = Lesson(
        number=kept.last + 1, question=question, answer=answer, closes=closes[:_MOST_CLOSED], replaces=replaces
    )
    write_kept(desk, replace(kept, last=lesson.number, lesson=lesson))
    return lesson


def drop_lesson(desk: DeskTurn) -> None:
    write_kept(desk, replace(read_kept(desk), lesson=None))
