"""Voice notes and documents: fetched from the channel, read in a child process, and used in the turn."""

import io
import wave
from pathlib import Path

import numpy as np
import pytest

from db.embedded import Services
from tests.documents.papers import encoded, photo, text_pdf
from tests.documents.tiny_whisper import build_model
from tests.support.databases import Urls
from tests.support.product import Product, running_product


def tone(seconds: float = 2) -> bytes:
    """A wobbling tone as WAV; the sandbox turns it into Ogg/Opus as the platforms do."""
    times = np.arange(int(16_000 * seconds)) / 16_000
    sound = np.sin(2 * np.pi * (300 + 120 * np.sin(9 * times)) * times)
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes((sound * 20_000).astype("<i2").tobytes())
    return out.getvalue()


@pytest.mark.parametrize("channel", ["telegram", "whatsapp"])
async def test_without_a_speech_model_the_customer_is_asked_to_type(
    urls: Urls, services: Services, tmp_path: Path, channel: str
) -> None:
    async with running_product(urls, services, tmp_path, whisper_model=str(tmp_path / "none")) as product:
        chat = getattr(product, channel)("bakery")
        await product.send_file(chat, tone(), "note.wav", "audio/wav", voice="1")
        await product.heard(chat, "type", seconds=30)


async def test_a_voice_note_is_heard_and_gets_an_answer(urls: Urls, services: Services, tmp_path: Path) -> None:
    """With random weights what is heard makes no sense: it is taken as heard, or the customer is asked to type."""
    model = build_model(tmp_path / "model")
    async with running_product(urls, services, tmp_path, whisper_model=str(model)) as product:
        chat = product.telegram("bakery")
        await product.send_file(chat, tone(), "note.wav", "audio/wav", voice="1")
        await product.heard(chat, "", seconds=60)
        assert await product.count("outbox", "payload ->> 'name' = 'transcribe' AND status = 'sent'") == 1
        results = await product.count("inbox", "event ->> 'action' = 'transcribe' AND (event ->> 'ok')::bool")
        assert results == 1


async def test_a_pdf_with_a_question_is_read_and_answered(product: Product) -> None:
    chat = product.telegram("bakery")
    paper = text_pdf("Invoice 4711 of Mill Road Flour, total 84.50 EUR, due on 30 November")
    await product.send_file(chat, paper, "invoice.pdf", "application/pdf", text="When is the invoice due?")
    await product.heard(chat, "30 November", seconds=30)


async def test_a_photographed_document_is_read(product: Product) -> None:
    chat = product.whatsapp("bakery")
    picture = encoded(photo("ORDER 2291", "Two sourdough loaves", "Total 9.80 EUR"), "JPEG", quality=90)
    await product.send_file(chat, picture, "order.jpg", "image/jpeg")
    said = await product.heard(chat, "2291", seconds=60)
    assert said


async def test_a_file_that_is_not_what_it_says_is_answered_kindly(product: Product) -> None:
    chat = product.telegram("bakery")
    await product.send_file(chat, b"%PDF-1.7 but not really", "invoice.pdf", "application/pdf")
    [answer] = await product.heard(chat, "", seconds=30)
    assert answer
