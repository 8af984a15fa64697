"""How the section speaks of files, of what was learnt, and of what went wrong."""

from datetime import datetime, timedelta

from admin.session import DeskTurn
from admin.texts import quote
from core.office.knowledge import FileView, Origin
from core.texts import write_moment

NAME = 40
LOOKS_BACK = timedelta(days=30)
"""As long as traces of answers are kept."""
ORIGINS: dict[Origin, str] = {
    "folder": "kno_origin_folder", "text": "kno_origin_text", "file": "kno_origin_file", "link": "kno_origin_link",
    "taught": "kno_origin_taught",
}  # fmt: skip
TROUBLES: dict[str, str] = {
    "empty": "kno_trouble_empty", "damaged": "kno_trouble_damaged", "password": "kno_trouble_password",
    "macros": "kno_trouble_macros", "bomb": "kno_trouble_bomb", "program": "kno_trouble_program",
    "archive": "kno_trouble_archive", "not_pdf": "kno_trouble_not_pdf", "old_office": "kno_trouble_old_office",
    "other_office": "kno_trouble_kind", "kind": "kno_trouble_kind", "media": "kno_trouble_media",
    "heic": "kno_trouble_heic", "too_large": "kno_trouble_too_large", "no_text": "kno_trouble_no_text",
    "slow": "kno_trouble_slow", "full": "kno_trouble_full", "missing": "kno_trouble_missing",
    "not_fetched": "kno_trouble_not_fetched", "link_bad": "kno_trouble_link_bad",
    "link_private": "kno_trouble_link_private", "link_refused": "kno_trouble_link_refused",
    "link_robots": "kno_trouble_link_robots", "link_unreachable": "kno_trouble_link_unreachable",
    "link_empty": "kno_trouble_no_text", "link_large": "kno_trouble_too_large",
    "link_elsewhere": "kno_trouble_link_elsewhere",
}  # fmt: skip
"""By the codes of `documents/unreadable.py`, `connectors/crawling.py` and `jobs/knowledge.py`."""


def name_of(name: str, limit: int = NAME) -> str:
    return quote(name, limit) or "…"


def tell_trouble(desk: DeskTurn, code: str) -> str:
    return desk.write(TROUBLES.get(code, "kno_trouble_other"))


def tell_origin(desk: DeskTurn, file: FileView) -> str:
    return desk.write(ORIGINS[file.origin])


def tell_moment(desk: DeskTurn, at: datetime) -> str:
    return write_moment(at, desk.language, desk.turn.tenant.time_zone)


def tell_pieces(desk: DeskTurn, count: int) -> str:
    return desk.plural("kno_pieces", count)
