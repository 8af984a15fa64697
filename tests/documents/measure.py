"""Seconds and memory of reading and hearing: `python -m tests.documents.measure [--languages de,en] FILE...`.

Prints one line a file, then a ten-second voice note through a model with random weights (it shows the cost of
everything but a real model's arithmetic), then what the parent process grew by.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

import psutil

from core.errors import StewardError
from documents.reading import OcrReader
from documents.speech import WhisperTranscriber
from documents.workers import WorkerPool

MEGABYTE = 1024 * 1024


def own_memory() -> int:
    return psutil.Process().memory_info().rss // MEGABYTE


def child_memory(pool: WorkerPool) -> str:
    """Now and at its highest, in MB."""
    if not pool.pids:
        return "-"
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pool.pids[0]}/status").read_text().splitlines())
    return " / ".join(str(int(status[name].split()[0]) // 1024) for name in ("VmRSS", "VmHWM"))


async def measure(paths: list[Path], languages: tuple[str, ...]) -> None:
    before = own_memory()
    print("| file | seconds | pages | source | confidence | child MB now / peak |\n|---|---|---|---|---|---|")
    pool = WorkerPool(1)
    reader = OcrReader(pool, languages=languages)
    for path in paths:
        started = time.perf_counter()
        try:
            got = await reader.read(path.read_bytes(), mime="", name=path.name)
            said = f"{got.pages} | {got.source} | {got.confidence:.3f}"
        except StewardError as error:
            said = f"- | {error} | -"
        print(f"| {path.name[-30:]} | {time.perf_counter() - started:.2f} | {said} | {child_memory(pool)} |")
    await pool.aclose()
    middle = own_memory()
    await hear()
    print(f"\nparent MB: {before} before, {middle} after the documents")


async def hear() -> None:
    with tempfile.TemporaryDirectory() as folder:
        # Made in a process of its own: making it takes the libraries that the parent must not load.
        code = f"from tests.documents import measure; measure.prepare({folder!r})"
        maker = await asyncio.create_subprocess_exec(sys.executable, "-c", code)
        await maker.wait()
        note = (Path(folder) / "note.oga").read_bytes()
        pool = WorkerPool(1)
        transcriber = WhisperTranscriber(pool, "tiny", Path(folder), skip_silence=True)
        for turn in ("first", "second"):
            started = time.perf_counter()
            heard = await transcriber.transcribe(note, language_hint="en")
            seconds = time.perf_counter() - started
            length = heard.duration.total_seconds()
            print(f"\nvoice note of {length:.1f} s, {turn}: {seconds:.2f} s, child MB {child_memory(pool)}")
        await pool.aclose()


def prepare(folder: str) -> None:
    from tests.documents import sounds
    from tests.documents.tiny_whisper import build_model

    build_model(Path(folder) / "tiny")
    wav = sounds.speech("Good morning. I would like to order twelve rye breads for Saturday. " * 4)
    samples = sounds.samples_of(wav) if wav else sounds.tone(10)
    (Path(folder) / "note.oga").write_bytes(sounds.opus(samples[: sounds.RATE * 10]))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--languages", default="de,en")
    parser.add_argument("files", nargs="*", type=Path)
    chosen = parser.parse_args()
    asyncio.run(measure(chosen.files, tuple(chosen.languages.split(","))))
