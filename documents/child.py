"""The inside of a worker process: `python -m documents.child <memory bytes> <threads>`. Nothing else imports it.

Jobs come on stdin, answers go to stdout, one at a time. A thread of its own waits on stdin, so that a parent that dies
ends this process and whatever it started, also in the middle of a job.
"""

import importlib
import json
import os
import queue
import resource
import signal
import sys
import threading
import traceback
from pathlib import Path
from typing import BinaryIO, NamedTuple, NoReturn

from core.errors import Misconfigured, Rejected, Transient
from documents.unreadable import Unreadable


class Request(NamedTuple):
    target: str
    options: dict[str, object]
    data: bytes


def main() -> None:
    memory_bytes, threads = int(sys.argv[1]), sys.argv[2]
    _confine(memory_bytes, threads)
    inlet = os.fdopen(os.dup(0), "rb")
    outlet = os.fdopen(os.dup(1), "wb")
    # A library that prints must not speak into the protocol.
    os.dup2(2, 1)
    requests: queue.SimpleQueue[Request] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(inlet, requests), daemon=True).start()
    while True:
        answer = json.dumps(_answer(requests.get())).encode()
        outlet.write(len(answer).to_bytes(4, "big") + answer)
        outlet.flush()


def _confine(memory_bytes: int, threads: str) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Chats are answered by other processes on the same cores: they go first.
    os.nice(10)
    for name in ("OMP_NUM_THREADS", "OMP_THREAD_LIMIT", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = threads


def _listen(inlet: BinaryIO, requests: "queue.SimpleQueue[Request]") -> NoReturn:
    while len(sizes := inlet.read(8)) == 8:
        header = json.loads(inlet.read(int.from_bytes(sizes[:4], "big")))
        data = inlet.read(int.from_bytes(sizes[4:], "big"))
        requests.put(Request(header["target"], header["options"], data))
    os.killpg(os.getpgrp(), signal.SIGKILL)
    sys.exit(1)


def _answer(request: Request) -> dict[str, object]:
    module, _, function = request.target.rpartition(".")
    try:
        work = getattr(importlib.import_module(module), function)
        return {"result": work(request.data, **request.options)}
    except Unreadable as error:
        return {"error": "Rejected", "text": str(error), "reason": error.reason}
    except (Rejected, Misconfigured, Transient) as error:
        return {"error": type(error).__name__, "text": str(error)}
    except MemoryError:
        return {
            "error": "Rejected",
            "text": "This file needs more memory to open than a file may take. Please send a smaller one.",
            "reason": "bomb",
        }
    except Exception as error:  # noqa: BLE001 - told to the parent, which logs it and raises Transient
        frames = traceback.extract_tb(error.__traceback__)[-6:]
        where = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
        return {"error": type(error).__name__, "where": where}


if __name__ == "__main__":
    main()
