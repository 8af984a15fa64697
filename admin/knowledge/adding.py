"""Something new to answer from: pasted, sent as a file, or linked to. `jobs/knowledge.py` takes it in."""

import re

from admin.knowledge.memory import keep_offer, take_offer
from admin.session import DeskTurn
from admin.texts import quote, shorten
from agents.actions.desks.declaring import propose
from agents.actions.desks.knowledge import ADD, LONGEST_NAME, MOST_PASTED_BYTES, AddArguments
from core.errors import Rejected
from core.events import MessageReceived, RecordedEvent
from core.media import Attachment
from core.turns import Member

READABLE = ("document", "photo")
SHOWN = 40
"""Characters of a name in a text."""
_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_NAMED_BY_TEXT = 50
_SHORTEST_TEXT = 3


async def take_knowledge(desk: DeskTurn, member: Member, message: MessageReceived, recorded: RecordedEvent) -> bool:
    """Takes a message as knowledge: its files, its link or its text. False when there is nothing usable in it, after
    saying why; otherwise the outcome is told when it is there."""
    del member
    return take_piece(desk, message, None, recorded)


def add_text(desk: DeskTurn, member: Member, name: str, text: str) -> None:
    """What the owner has under that name is replaced. Only trouble is told."""
    del member
    _propose(desk, AddArguments(origin="text", name=name[:LONGEST_NAME], exact=True, text=text, quiet=True))


def take_piece(desk: DeskTurn, message: MessageReceived, replaces: int | None, recorded: RecordedEvent) -> bool:
    """`replaces`: the file whose place it takes."""
    files = [each for each in message.attachments if each.kind in READABLE]
    text = message.text.replace("\0", "").strip()
    if message.attachments and not files:
        desk.say("kno_nothing_usable")
        return False
    if not files:
        return take_words(desk, text, replaces)
    for file in files[:1] if replaces is not None else files:
        _add_file(desk, file, text, replaces, recorded)
    return True


def take_words(desk: DeskTurn, text: str, replaces: int | None = None) -> bool:
    """A text or a link."""
    if len(text) < _SHORTEST_TEXT:
        desk.say("kno_nothing_usable")
        return False
    if link := find_link(text):
        add_link(desk, link, replaces)
    elif len(text.encode()) > MOST_PASTED_BYTES:
        desk.say("kno_text_too_long")
        return False
    else:
        arguments = AddArguments(origin="text", name=name_text(text), text=text, replaces=replaces)
        _propose(desk, arguments)
    return True


def offer(desk: DeskTurn, member: Member, message: MessageReceived, recorded: RecordedEvent) -> bool:
    """For what came without being asked for. False when it is nothing to learn from."""
    del member
    text = message.text.replace("\0", "").strip()
    link = find_link(text)
    files = [each for each in message.attachments if each.kind in READABLE]
    if not files and not (link and not message.attachments):
        return False
    for file in files:
        name = name_file(desk, file, text, recorded)
        number = keep_offer(
            desk, name, ref=file.ref, mime=file.mime[:200], file_name=file.name[:300]
        )  # fmt: skip
        _ask(desk, number, name)
    if not files and link:
        number = keep_offer(desk, name_link(link), url=link)
        _ask(desk, number, name_link(link))
    return True


def decide_offer(desk: DeskTurn, number: int, *, learn: bool) -> None:
    known = take_offer(desk, number)
    if known is None:
        desk.say("kno_offer_gone")
    elif not learn:
        desk.say("kno_offer_declined", name=quote(known.name, SHOWN))
    elif known.url:
        add_link(desk, known.url, None)
    else:
        desk.say("kno_reading", name=quote(known.name, SHOWN))
        _propose(
            desk,
            AddArguments(
                origin="file", name=known.name, exact=bool(known.file_name), ref=known.ref, mime=known.mime,
                file_name=known.file_name,
            ),
        )  # fmt: skip


def add_link(desk: DeskTurn, link: str, replaces: int | None) -> None:
    desk.say("kno_reading_link", name=quote(name_link(link), SHOWN))
    _propose(desk, AddArguments(origin="link", name=name_link(link), url=link, replaces=replaces))


def find_link(text: str) -> str:
    """When the text is nothing but an address."""
    if not _LINK.fullmatch(text) or len(text) > 2_000:
        return ""
    return text if "://" in text else f"https://{text}"


def name_link(link: str) -> str:
    """The address without what every address has."""
    bare = re.sub(r"^https?://(www\.)?", "", link, flags=re.IGNORECASE).split("?")[0].split("#")[0].rstrip("/")
    return clean_name(bare) or clean_name(link)


def name_text(text: str) -> str:
    """Its first line, as far as it is short."""
    first = text.splitlines()[0].lstrip("#>*- \t").rstrip(":.#* \t")
    return clean_name(shorten(first or text, _NAMED_BY_TEXT)) or "…"


def name_file(desk: DeskTurn, file: Attachment, caption: str, recorded: RecordedEvent) -> str:
    """Photos have no name: their caption, or when they came."""
    day = recorded.recorded_at.strftime("%Y-%m-%d %H:%M:%S")
    return clean_name(file.name) or clean_name(shorten(caption, _NAMED_BY_TEXT)) or desk.write("kno_photo", day=day)


def clean_name(name: str) -> str:
    """A name begins the source of each passage, so it must not hold what parts a source."""
    plain = " ".join("".join(char if char.isprintable() else " " for char in name).replace("›", ">").split())
    return plain[:LONGEST_NAME].strip()


def _add_file(desk: DeskTurn, file: Attachment, caption: str, replaces: int | None, recorded: RecordedEvent) -> None:
    name = name_file(desk, file, caption, recorded)
    desk.say("kno_reading", name=quote(name, SHOWN))
    _propose(
        desk,
        AddArguments(
            origin="file", name=name, exact=bool(file.name), ref=file.ref[:2_048], mime=file.mime[:200],
            file_name=file.name[:300], replaces=replaces,
        ),
    )  # fmt: skip


def _ask(desk: DeskTurn, number: int, name: str) -> None:
    desk.say(
        "kno_shall_i_learn", desk.button("kno_button_yes", f"kno:yes:{number}"),
        desk.button("kno_button_no", f"kno:no:{number}"), name=quote(name, SHOWN),
    )  # fmt: skip


def _propose(desk: DeskTurn, arguments: AddArguments) -> None:
    try:
        desk.propose(propose(ADD, arguments))
    except Rejected:  # signs that take more room as JSON
        desk.say("kno_text_too_long")
        return
    desk.note("knowledge.asked", origin=arguments.origin)
