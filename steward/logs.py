"""Logging: structured, to standard error, readable on a terminal and JSON elsewhere."""

import logging
import sys
import traceback
from pathlib import Path
from typing import Any

import structlog

_SECRET = ("token", "secret", "key", "password", "authorization")


def configure_logs(level: str) -> None:
    terminal = sys.stderr.isatty()
    renderer: Any = structlog.dev.ConsoleRenderer(colors=True) if terminal else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _drop_secrets,
            _name_places,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")


def _name_places(logger: Any, method: str, event: Any) -> Any:  # noqa: ARG001 - structlog's signature
    """Where an error rose, without its text and without variables: both may hold a customer's words."""
    info: object = event.pop("exc_info", None)
    error = info if isinstance(info, BaseException) else sys.exc_info()[1]
    if info and error is not None:
        frames = traceback.extract_tb(error.__traceback__)
        event["error"] = type(error).__name__
        event["at"] = [f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in frames][-12:]
    return event


def _drop_secrets(logger: Any, method: str, event: Any) -> Any:  # noqa: ARG001 - structlog's signature
    """The last net: no value is ever logged under such a name."""
    for name in [n for n in event if any(part in n.lower() for part in _SECRET)]:
        event[name] = "(not logged)"
    return event
