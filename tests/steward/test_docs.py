"""What the documents say about the code is still so."""

import re
from pathlib import Path

import pytest
from pydantic import AliasChoices

from steward.settings import Settings
from tests.steward.conftest import REPO

SETTINGS = (REPO / "docs" / "settings.md").read_text()
ROWS = {row.split("|")[1].strip(): row for row in SETTINGS.splitlines() if row.startswith("| `")}
PAPERS = [
    REPO / "ARCHITECTURE.md",
    *sorted((REPO / "docs").glob("*.md")),
    *sorted((REPO / "docs" / "decisions").glob("*.md")),
]
_ROOM = re.compile(r"\| `(\w+)/` \|.*?\|(.*)\|$")
"""A row of the map, whose paths begin in the room."""
_PATH = re.compile(r"`((?:\w+/)+[\w*.]+\.(?:py|sql|md|po|toml))(?:: ?([\w.]+))?`")


def names_of(field: str) -> list[str]:
    alias = Settings.model_fields[field].validation_alias
    if isinstance(alias, AliasChoices):
        return [str(choice) for choice in alias.choices]
    return [f"STEWARD_{field.upper()}"]


@pytest.mark.parametrize("field", Settings.model_fields)
def test_every_setting_has_its_row_with_its_default(field: str) -> None:
    row = ROWS[" or ".join(f"`{name}`" for name in names_of(field))]
    default = Settings.model_fields[field].default
    if default in (None, ""):
        assert row.split("|")[2].strip()
    else:
        shown = str(default).lower() if isinstance(default, bool) else str(default)
        assert row.split("|")[2].strip() == f"`{shown}`"


def test_no_row_is_of_a_setting_that_is_gone() -> None:
    known = {" or ".join(f"`{name}`" for name in names_of(field)) for field in Settings.model_fields}
    assert set(ROWS) == known


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.name)
def test_every_file_a_paper_names_is_there(paper: Path) -> None:
    lines = [line for line in paper.read_text().splitlines() if not _ROOM.match(line)]
    for path, name in _PATH.findall("\n".join(lines)):
        found = list(REPO.glob(path)) or list((paper.parent).glob(path))
        assert found, path
        word = name.split(".")[0]
        assert not word or any(re.search(rf"\b{word}\b", file.read_text()) for file in found), f"{path}: {name}"


def test_the_rooms_of_the_map_are_the_rooms_of_the_house() -> None:
    lines = (REPO / "ARCHITECTURE.md").read_text().splitlines()
    drawn = [(row[1], row[2]) for row in map(_ROOM.match, lines) if row]
    there = {path.parent.name for path in REPO.glob("*/__init__.py")} | {"migrations"}
    assert {room for room, _ in drawn} == there - {"tests", "benchmarks"}
    for room, begin in drawn:
        for path in re.findall(r"`([\w/.]+)`", begin):
            assert (REPO / room / path).exists(), f"{room}/{path}"


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = [int(path.name[:4]) for path in sorted((REPO / "docs" / "decisions").glob("*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))
