"""ZIP packages: which office document one is, or why it must not be opened. Runs in a worker process.

Nothing is unpacked to find out but the beginnings of its XML parts.
"""

import codecs
import re
import struct
import zipfile
import zlib
from io import BytesIO
from typing import Literal

from documents.unreadable import Unreadable

Package = Literal["docx", "xlsx"]

MOST_UNPACKED = 150 * 1024 * 1024
MOST_PARTS = 5_000
_MOST_PACKED_TIMES = 200
"""How much smaller than its contents a part may be; text rarely gets under a fiftieth."""
_SMALL = 4 * 1024 * 1024
"""Below this it does not matter how tightly a part is packed."""
_BEGINNING = 4_096
_PASTED = (".svg", ".htm", ".html")
"""What people paste stays as it was."""
_BEFORE = codecs.BOM_UTF8 + codecs.BOM_UTF16_LE + codecs.BOM_UTF16_BE + b" \t\r\n"
_ASIDES = re.compile(rb"<\?.*?\?>|<!--.*?-->", re.DOTALL)
_ELEMENT = re.compile(rb"<[A-Za-z_:\x80-\xff]")
_BROKEN = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error, NotImplementedError, OSError, EOFError,
    ValueError, IndexError,
)  # fmt: skip
_DOCUMENTS: dict[str, Package] = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx", "xl/workbook.bin": "xlsx"}
_OTHERS = ("ppt/presentation.xml", "mimetype", "content.xml", "visio/document.xml")
"""Parts of slides and of OpenDocument files."""


def inspect_package(data: bytes) -> Package:
    """Raises Unreadable."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as package:
            parts = package.infolist()
            _check_sizes(parts)
            kind = _find_kind({part.filename.lower(): part for part in parts})
            _check_parts(package, parts)
    except _BROKEN as error:
        raise damaged() from error
    except RuntimeError as error:  # a part that is encrypted
        raise _locked() from error
    return kind


def damaged() -> Unreadable:
    return Unreadable("This document is damaged and I cannot open it. Please save it again, or as a PDF.", "damaged")


def _locked() -> Unreadable:
    return Unreadable("This document is protected by a password. Please send it without one.", "password")


def _check_sizes(parts: list[zipfile.ZipInfo]) -> None:
    if not parts:
        raise Unreadable("This file is empty. Please send it again.", "empty")
    if any(part.flag_bits & 1 for part in parts):
        raise _locked()
    unpacked = sum(part.file_size for part in parts)
    tight = any(
        part.file_size > _SMALL and part.file_size > part.compress_size * _MOST_PACKED_TIMES for part in parts
    )  # fmt: skip
    if len(parts) > MOST_PARTS or unpacked > MOST_UNPACKED or tight:
        raise Unreadable("This file unpacks to far more than a document holds, so I did not open it.", "bomb")


def _find_kind(parts: dict[str, zipfile.ZipInfo]) -> Package:
    if any(name.endswith("vbaproject.bin") for name in parts):
        raise Unreadable("This document holds macros. Please save it without them, as .docx or .xlsx.", "macros")
    for name, kind in _DOCUMENTS.items():
        if name in parts:
            if name.endswith(".bin"):
                raise Unreadable("I cannot open this kind of workbook. Please save it as .xlsx.", "other_office")
            return kind
    if any(name in parts for name in _OTHERS):
        raise Unreadable("I cannot open slides and OpenDocument files. Please send it as a PDF.", "other_office")
    raise Unreadable("This is an archive. Please send the files in it one by one.", "archive")


def _check_parts(package: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> None:
    """Office writes no document type declarations; whoever does wants entities to grow. Of whatever is called something
    else, too: which part is read is said by other parts."""
    for part in parts:
        with package.open(part) as opened:
            if not part.filename.lower().endswith(_PASTED) and _may_declare(opened.read(_BEGINNING)):
                raise damaged()


def _may_declare(beginning: bytes) -> bool:
    """Whether it is XML whose first element does not come at once: a declaration stands before that or nowhere."""
    text = beginning.replace(b"\x00", b"").lstrip(_BEFORE)  # UTF-16 is read as if it were ASCII
    if not text:
        return len(beginning) == _BEGINNING
    return text.startswith(b"<") and not _ELEMENT.match(_ASIDES.sub(b"", text).lstrip(_BEFORE))
