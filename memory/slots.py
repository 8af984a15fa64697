"""What may be remembered of a person: a closed list of slots, and the rules' words from `facts.toml`."""

import tomllib
from pathlib import Path
from typing import Any

SECTIONS: dict[str, Any] = tomllib.loads(Path(__file__).with_name("facts.toml").read_text(encoding="utf-8"))
SINGLE = frozenset[str](SECTIONS["slots"]["single"])
"""A new value ends the old one."""
SLOTS: tuple[str, ...] = (*SECTIONS["slots"]["single"], *SECTIONS["slots"]["many"])
ABOUT_OTHERS = frozenset({"household", "other", "likes", "dislikes"})
"""The only slots for which a sentence may name somebody else."""
LONGEST_VALUE = 120
"""Characters."""
EXCLUSIVE_DIETS = frozenset[str](SECTIONS["diet_groups"]["exclusive"])
