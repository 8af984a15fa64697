"""The sentences of `sentences.toml`."""

import tomllib
from itertools import chain
from pathlib import Path

_ALL = tomllib.loads(Path(__file__).with_name("sentences.toml").read_text(encoding="utf-8"))

CLAIMS: dict[str, dict[str, list[str]]] = _ALL["claims"]
"""By language and kind."""
NO_CLAIMS = [*chain.from_iterable(_ALL["no_claims"].values()), *_ALL["more"]["no_claims"]]
PROMISES = [*chain.from_iterable(_ALL["promises"].values()), *_ALL["more"]["promises"]]
NO_PROMISES = [*chain.from_iterable(_ALL["no_promises"].values())]
MORE_CLAIMS: list[str] = _ALL["more"]["claims"]
