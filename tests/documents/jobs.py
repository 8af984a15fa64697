"""What a worker process may be made to do by a bad file, done on purpose."""

import os
import signal
import subprocess
import time
from pathlib import Path


def echo(data: bytes, **options: object) -> dict[str, object]:
    return {"size": len(data), "sum": sum(data), "options": options, "pid": os.getpid()}


def echo_too(data: bytes, **options: object) -> dict[str, object]:
    return echo(data, **options)


def environment(_: bytes) -> list[str]:
    return sorted(os.environ)


def chatter(_: bytes) -> str:
    print("a library that prints")
    os.write(1, b"\x00\x00\x00\x01x")
    return "done"


def fail(_: bytes) -> None:
    raise ValueError("words of a customer")


def crash(_: bytes) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def hoard(_: bytes) -> int:
    return len(bytearray(8 * 1024**3))


def hang(_: bytes, *, note: str) -> None:
    """Starts a grandchild, writes both process ids to `note`, and never ends."""
    grandchild = subprocess.Popen(["sleep", "600"])
    draft = Path(note + ".draft")
    draft.write_text(f"{os.getpid()} {grandchild.pid}")
    draft.rename(note)
    while True:
        time.sleep(60)
