"""Documents made on the spot: pages of text, photos of them, broken and hostile ones."""

import ctypes
import struct
import zlib
from io import BytesIO
from pathlib import Path

import pypdfium2
import pypdfium2.raw as raw
from PIL import Image, ImageDraw, ImageFont

# With letters beyond Latin; Pillow's own font has none.
WIDE_FONT = (
    next(Path("/usr/share/fonts").glob("**/DejaVuSans.ttf"), None) if Path("/usr/share/fonts").is_dir() else None
)


def photo(*lines: str, font: Path | None = None, size: int = 32) -> Image.Image:
    letters = ImageFont.truetype(str(font), size) if font else ImageFont.load_default(size)
    image = Image.new("RGB", (size * 32, int(size * 2.2 * (len(lines) + 2))), "white")
    pen = ImageDraw.Draw(image)
    for row, line in enumerate(lines, start=1):
        pen.text((size * 2, int(size * 2.2 * row)), line, font=letters, fill=(25, 25, 25))
    return image


def encoded(image: Image.Image, kind: str = "PNG", **options) -> bytes:
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def text_pdf(*pages: str) -> bytes:
    """A PDF with a text layer, one line a page."""
    document = pypdfium2.PdfDocument.new()
    for line in pages:
        page = document.new_page(595, 842)
        if line:
            text = raw.FPDFPageObj_NewTextObj(document, b"Helvetica", 14)
            wide = (line + "\0").encode("utf-16-le")
            raw.FPDFText_SetText(text, ctypes.cast(ctypes.create_string_buffer(wide), ctypes.POINTER(ctypes.c_ushort)))
            raw.FPDFPageObj_Transform(text, 1, 0, 0, 1, 60, 700)
            raw.FPDFPage_InsertObject(page, text)
            page.gen_content()
    out = BytesIO()
    document.save(out)
    document.close()
    return out.getvalue()


def scanned_pdf(*images: Image.Image) -> bytes:
    return encoded(images[0], "PDF", save_all=True, append_images=images[1:], resolution=100)


def stamped_scan_pdf(image: Image.Image, stamp: str) -> bytes:
    """A scan over the whole page, with a few characters of text on top."""
    document = pypdfium2.PdfDocument(scanned_pdf(image))
    page = document[0]
    text = raw.FPDFPageObj_NewTextObj(document, b"Helvetica", 6)
    wide = (stamp + "\0").encode("utf-16-le")
    raw.FPDFText_SetText(text, ctypes.cast(ctypes.create_string_buffer(wide), ctypes.POINTER(ctypes.c_ushort)))
    raw.FPDFPageObj_Transform(text, 1, 0, 0, 1, 5, 5)
    raw.FPDFPage_InsertObject(page, text)
    page.gen_content()
    out = BytesIO()
    document.save(out)
    document.close()
    return out.getvalue()


def locked_pdf() -> bytes:
    """Encrypted (RC4, 40 bit), with a user password that is not the empty one."""
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>",
        b"<< /Filter /Standard /V 1 /R 2 /P -4 /O <" + b"ab" * 32 + b"> /U <" + b"cd" * 32 + b"> >>",
    ]
    out, offsets = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    trailer = b"trailer << /Size 5 /Root 1 0 R /Encrypt 4 0 R /ID [<00> <00>] >>\nstartxref\n%d\n%%%%EOF\n" % len(out)
    return out + b"xref\n0 5\n0000000000 65535 f \n" + table + trailer


def bomb_png(width: int, height: int) -> bytes:
    """A few bytes that claim to be a very large picture."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 9999))
        + chunk(b"IEND", b"")
    )
