"""Where CPU goes within one call: this thread's time by part, each without the parts inside it."""

import inspect
import time
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

REST = "the rest"


class Stopwatch:
    """For calls one after the other: what the loop does while a part waits counts as that part's."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self._inside = [REST]
        self._at = time.thread_time()

    def start(self) -> None:
        self.seconds.clear()
        self._at = time.thread_time()

    def stop(self) -> None:
        self._count()

    @contextmanager
    def part(self, name: str) -> Generator[None]:
        self._count()
        self._inside.append(name)
        try:
            yield
        finally:
            self._count()
            self._inside.pop()

    def _count(self) -> None:
        now = time.thread_time()
        self.seconds[self._inside[-1]] += now - self._at
        self._at = now

    @contextmanager
    def watch(self, *places: tuple[object, str, str]) -> Generator[None]:
        """Each an owner, the name of a function of it, and the part that this is."""
        with ExitStack() as stack:
            for owner, name, part in places:
                stack.enter_context(patch.object(owner, name, self._wrap(getattr(owner, name), part)))
            yield

    def _wrap(self, function: Callable[..., Any], part: str) -> Callable[..., Any]:
        if inspect.iscoroutinefunction(function):

            async def waited(*args: Any, **named: Any) -> Any:
                with self.part(part):
                    return await function(*args, **named)

            return waited

        def called(*args: Any, **named: Any) -> Any:
            with self.part(part):
                return function(*args, **named)

        return called
