"""What a file really is, by its first bytes. What the sender, the name or the declared type say is only a hint."""

import codecs
import unicodedata
from typing import Literal

from documents.unreadable import Unreadable

Format = Literal["pdf", "image", "text"]

_IMAGES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"II*\x00", b"MM\x00*")
_OFFICE = (b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"{\\rtf")
_SOUND = (b"OggS", b"ID3", b"\xff\xfb", b"\xff\xf3", b"fLaC", b"\x1aE\xdf\xa3")
_APPLE = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def sniff(data: bytes, *, mime: str, name: str) -> Format:
    """Raises Rejected when it is nothing that can be read, with what to send instead."""
    if not data.strip(b"\x00 \r\n\t"):
        raise Unreadable("This file is empty. Please send it again.", "empty")
    if b"%PDF-" in data[:1024]:
        return "pdf"
    if data.startswith(_IMAGES) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP"):
        return "image"
    if data[4:8] == b"ftyp":
        if data[8:12] in _APPLE:
            raise Unreadable(
                "This photo is in Apple's HEIC format, which I cannot open. "
                "Please send it as a photo instead of a file, or as a JPEG.",
                "heic",
            )
        raise _sound()
    if data.startswith(_OFFICE):
        raise Unreadable("I cannot open Word, Excel or ZIP files. Please send it as a PDF or a photo.", "archive")
    if data.startswith(_SOUND):
        raise _sound()
    if _claims(mime, name, "pdf"):
        raise Unreadable(
            "This file is not a real PDF. Please export it as a PDF again, or send a photo of it.", "not_pdf"
        )
    if mime.startswith("image/"):
        raise Unreadable(
            "This picture is damaged or of a kind I cannot open. Please send it as a JPEG or PNG.", "damaged"
        )
    if _is_text(data):
        return "text"
    raise Unreadable("I cannot open this kind of file. Please send it as a PDF, a photo, or plain text.", "kind")


def _sound() -> Unreadable:
    return Unreadable("This is a video or sound file. Please send the document as a PDF or a photo.", "media")


def decode(data: bytes, *, cyrillic: bool) -> str:
    """Text in UTF-8, UTF-16 with a mark, or else the 8-bit Windows encoding of the region."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        # A cut at the end of what was looked at is not another encoding.
        if error.start >= len(data) - 3:
            return data.decode("utf-8", errors="ignore")
    return data.decode("cp1251" if cyrillic else "cp1252", errors="replace")


def _claims(mime: str, name: str, kind: str) -> bool:
    return mime.split(";")[0].strip().lower().endswith("/" + kind) or name.lower().endswith("." + kind)


def _is_text(data: bytes) -> bool:
    sample = decode(data[:65536], cyrillic=False)
    odd = sum(
        1 for char in sample if char == "\ufffd" or (unicodedata.category(char) == "Cc" and char not in "\r\n\t\f")
    )
    return odd <= len(sample) // 100
