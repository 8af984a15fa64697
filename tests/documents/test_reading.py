"""Documents as people send them, read by the real engines in real worker processes."""

import gc
from collections.abc import AsyncIterator

import psutil
import pytest
from PIL import Image

from core.errors import Rejected, StewardError
from core.media import DocumentReader, DocumentText
from documents.reading import MAX_BYTES, OcrReader, available_languages
from documents.tesseract import installed_packs
from documents.workers import WorkerPool
from tests.documents import papers

INVOICE = ("Rechnung 4711", "Roggenbrot 12 x 4,50 EUR", "Gesamt 54,00 EUR")
RUSSIAN = ("Счёт на оплату № 17", "Хлеб ржаной 12 шт.", "Итого к оплате: 1 250,00 руб.")

needs_russian = pytest.mark.skipif("rus" not in installed_packs(), reason="Tesseract's Russian pack is not installed")
needs_font = pytest.mark.skipif(papers.WIDE_FONT is None, reason="no font with Cyrillic letters is installed")


@pytest.fixture(scope="module")
async def pool() -> AsyncIterator[WorkerPool]:
    pool = WorkerPool(1)
    yield pool
    await pool.aclose()


@pytest.fixture
def reader(pool: WorkerPool) -> DocumentReader:
    return OcrReader(pool, languages=("de", "en"))


async def read(reader: DocumentReader, data: bytes, mime: str = "", name: str = "") -> DocumentText:
    return await reader.read(data, mime=mime, name=name)


async def test_a_pdf_with_text_is_not_recognized_but_read(reader: DocumentReader):
    got = await read(reader, papers.text_pdf("Invoice 4711, total 54.00 EUR", "", "Second page"), "application/pdf")
    assert got.text == "Invoice 4711, total 54.00 EUR\n\nSecond page"
    assert (got.pages, got.source, got.confidence, got.truncated) == (3, "text", 1.0, False)


async def test_a_photo_is_recognized(reader: DocumentReader):
    got = await read(reader, papers.encoded(papers.photo(*INVOICE), "JPEG"), "image/jpeg", "photo.jpg")
    assert got.text.splitlines() == list(INVOICE)
    assert got.source == "ocr"
    assert got.confidence > 0.9


async def test_the_bytes_decide_not_the_name(reader: DocumentReader):
    got = await read(reader, papers.encoded(papers.photo(*INVOICE), "WEBP"), "application/pdf", "invoice.pdf")
    assert "4711" in got.text


async def test_a_scan_inside_a_pdf_is_recognized(reader: DocumentReader):
    got = await read(reader, papers.scanned_pdf(papers.photo(*INVOICE), papers.photo("Seite zwei")))
    assert got.text.splitlines() == [*INVOICE, "", "Seite zwei"]
    assert (got.pages, got.source) == (2, "ocr")


async def test_a_stamp_on_a_scan_does_not_stand_for_the_page(reader: DocumentReader):
    got = await read(reader, papers.stamped_scan_pdf(papers.photo(*INVOICE), "p.1"))
    assert "Roggenbrot" in got.text
    assert got.source == "ocr"


async def test_every_tiff_frame_is_a_page(reader: DocumentReader):
    frames = [papers.photo("Seite eins"), papers.photo("Seite zwei")]
    got = await read(reader, papers.encoded(frames[0], "TIFF", save_all=True, append_images=frames[1:]))
    assert got.text == "Seite eins\n\nSeite zwei"


async def test_a_sideways_photo_is_turned_by_its_exif_mark(reader: DocumentReader):
    exif = Image.Exif()
    exif[0x0112] = 6
    image = papers.photo(*INVOICE).rotate(90, expand=True)
    got = await read(reader, papers.encoded(image, "JPEG", exif=exif))
    assert got.text.splitlines() == list(INVOICE)


async def test_an_upside_down_photo_is_read(reader: DocumentReader):
    got = await read(reader, papers.encoded(papers.photo(*INVOICE).rotate(180)))
    assert "4711" in got.text


async def test_transparent_paper_is_white(reader: DocumentReader):
    page = papers.photo("Rechnung 4711").convert("L")
    image = Image.new("RGBA", page.size, (0, 0, 0, 0))
    image.paste((0, 0, 0, 255), mask=page.point(lambda value: 255 - value))
    assert (await read(reader, papers.encoded(image))).text == "Rechnung 4711"


async def test_long_documents_are_cut_and_say_so(reader: DocumentReader):
    got = await read(reader, papers.text_pdf(*(f"This is page {number}" for number in range(1, 26))))
    assert got.pages == 25
    assert got.truncated
    assert got.text.endswith("This is page 20")


@needs_font
@needs_russian
@pytest.mark.parametrize("languages", [("ru",), ("de", "en")])
async def test_letters_that_rapidocr_drops_are_read_by_tesseract(pool: WorkerPool, languages: tuple[str, ...]):
    image = papers.photo(*RUSSIAN, font=papers.WIDE_FONT)
    got = await read(OcrReader(pool, languages=languages), papers.encoded(image))
    assert got.text.splitlines() == list(RUSSIAN)


@needs_russian
async def test_a_latin_page_of_a_russian_tenant_stays_with_rapidocr(pool: WorkerPool):
    got = await read(OcrReader(pool, languages=("ru",)), papers.encoded(papers.photo(*INVOICE)))
    assert got.text.splitlines() == list(INVOICE)


@needs_font
async def test_dropped_letters_cost_confidence_where_tesseract_is_missing(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    bare = WorkerPool(1)
    got = await read(OcrReader(bare, languages=("ru",)), papers.encoded(papers.photo(*RUSSIAN, font=papers.WIDE_FONT)))
    await bare.aclose()
    assert got.confidence < 0.3


@pytest.mark.parametrize(
    ("text", "encoding", "languages"),
    [
        ("Brot;4,50 €\nBrötchen;0,80 €\n", "utf-8", ()),
        ("Brot;4,50 €\nBrötchen;0,80 €\n", "utf-16", ()),
        ("Brot;4,50 €\nBrötchen;0,80 €\n", "cp1252", ("de",)),
        ("Хлеб;85,00\n", "cp1251", ("ru",)),
    ],
)
async def test_plain_text_and_tables_come_as_they_are(pool, text: str, encoding: str, languages: tuple[str, ...]):
    got = await read(OcrReader(pool, languages=languages), text.encode(encoding), "text/csv", "prices.csv")
    assert (got.text, got.source, got.pages) == (text, "text", 1)


async def test_long_text_is_cut_and_says_so(reader: DocumentReader):
    got = await read(reader, ("ä" * 150_000).encode(), "text/plain")
    assert got.truncated
    assert set(got.text) == {"ä"}


@pytest.mark.parametrize(
    ("data", "mime", "says"),
    [
        (b"", "application/pdf", "empty"),
        (b"\x00" * 100, "application/pdf", "empty"),
        (b"Dear all, this is no PDF", "application/pdf", "not a real PDF"),
        (b"%PDF-1.7\nand then nothing of the kind", "application/pdf", "damaged"),
        (papers.text_pdf("x")[:200], "application/pdf", "damaged"),
        (papers.locked_pdf(), "application/pdf", "password"),
        (papers.bomb_png(50_000, 50_000), "image/png", "million pixels"),
        (papers.bomb_png(900, 900), "image/png", "damaged"),
        (b"\xff\xd8\xff\xe0 and nothing more", "image/jpeg", "damaged"),
        (b"\x00\x00\x00\x18ftypheic" + b"\x00" * 32, "image/heic", "HEIC"),
        (b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 32, "video/mp4", "video"),
        (b"PK\x03\x04" + b"\x00" * 32, "application/zip", "Word, Excel"),
        (b"\x7fELF" + bytes(range(256)), "", "cannot open this kind"),
        (b"<svg/>", "image/svg+xml", "cannot open"),
        (papers.encoded(Image.new("RGB", (400, 400), "white")), "image/png", "no text"),
    ],
)
async def test_what_cannot_be_read_is_refused_with_what_to_do(reader, data: bytes, mime: str, says: str):
    with pytest.raises(Rejected, match=says) as raised:
        await read(reader, data, mime)
    assert "lease" in str(raised.value)


async def test_too_many_bytes_are_refused_unseen(reader: DocumentReader):
    with pytest.raises(Rejected, match="20 MB"):
        await read(reader, b"%PDF-" + bytes(MAX_BYTES))


async def test_damage_anywhere_never_breaks_the_reader(reader: DocumentReader):
    whole = papers.text_pdf("Invoice 4711", "Page two")
    for cut in range(0, len(whole), max(1, len(whole) // 25)):
        hurt = bytearray(whole)
        hurt[cut : cut + 8] = b"\xff\x00(((<<<"
        try:
            assert (await read(reader, bytes(hurt))).pages >= 1
        except StewardError as error:
            assert isinstance(error, Rejected), error


async def test_reading_leaves_the_parent_small(reader: DocumentReader):
    picture = papers.encoded(papers.photo(*INVOICE))
    await read(reader, picture)
    gc.collect()
    before = psutil.Process().memory_info().rss
    for _ in range(3):
        await read(reader, picture)
    assert psutil.Process().memory_info().rss - before < 4_000_000


def test_doctor_learns_which_engine_reads_a_language():
    german, chinese = available_languages(("de-AT", "zh"))
    assert german.engine == chinese.engine == "rapidocr"
    (russian,) = available_languages(("ru",))
    assert (russian.engine, russian.missing_pack) in [("tesseract", None), (None, "rus")]
