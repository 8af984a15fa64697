"""aiogram, imported so that each of its models is built when it is first used.

aiogram rebuilds all of its 400 models on import: 131 MB and 2.4 s, for an edge that uses about twenty of them. The
models carry pydantic's `defer_build`, but `aiogram/types/__init__.py` calls `model_rebuild` on each, as the names in
their annotations are imported for type checkers only. Here that call does nothing while aiogram is being imported, and
the names are put where pydantic looks for them later: 24 MB and 0.7 s (November 2026, `benchmarks/telegram_edge.py`).
Every model still works, see `tests/bots/telegram/test_vendor.py`. Import aiogram through this module.
"""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Literal, Optional, Union, cast

from pydantic import BaseModel


@contextmanager
def _models_deferred() -> Generator[None]:
    stock = BaseModel.__dict__["model_rebuild"]

    def leave_for_later(_: type[BaseModel], **__: object) -> None:
        return None

    BaseModel.model_rebuild = classmethod(leave_for_later)  # pyright: ignore[reportAttributeAccessIssue]
    try:
        yield
    finally:
        BaseModel.model_rebuild = stock


with _models_deferred():
    from aiogram import Bot, methods, types
    from aiogram.client.default import Default
    from aiogram.client.session.base import BaseSession
    from aiogram.client.telegram import TelegramAPIServer


def _share_names() -> None:
    """Gives each module of `aiogram.types` the names that its annotations mention."""
    exported = cast("tuple[str, ...]", vars(types)["__all__"])
    names: dict[str, Any] = {name: getattr(types, name) for name in exported}
    names |= {"List": list, "Optional": Optional, "Union": Union, "Literal": Literal, "Default": Default}
    for name, module in list(sys.modules.items()):
        if name.startswith("aiogram.types."):
            for key, value in names.items():
                module.__dict__.setdefault(key, value)


_share_names()

__all__ = ["BaseSession", "Bot", "Default", "TelegramAPIServer", "methods", "types"]
