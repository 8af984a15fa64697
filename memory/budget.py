"""What goes into a prompt: sections with floors and ceilings in tokens, never more in all than the budget.

Floors are set aside first, in the order of SECTIONS; what is left goes to the sections in the same order, up to their
ceilings. A piece is taken whole or up to the end of a sentence. The user's last message is there in any case.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, get_args

from core.tokens import Family, estimate_tokens
from memory.segments import MARKS, UNSPACED, split_sentences

Section = Literal["instructions", "recent", "profile", "facts", "summary", "knowledge", "recalled"]
SECTIONS: tuple[Section, ...] = get_args(Section)
"""Who is served first when tokens are short."""
SHORTENED = " […]"
"""Ends what was trimmed, so that a model does not take it for all that was said."""
LEAST_BUDGET = 40
"""Tokens; below there is no room for a message and what frames it."""
FRAME_TOKENS = 6
"""Around each piece: its time, its author or its source."""
# In a script without spaces each character stands by itself, with its vowel signs: only a dictionary knows its words.
_WORD_OR_SPACE = re.compile(rf"[{UNSPACED}](?:[{MARKS}\u200d])*\s*|[^\s{UNSPACED}]+\s*|\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A message, a fact, a passage."""

    id: str
    text: str
    at: datetime | None = None
    """When it was said; pieces with a time are laid out in its order."""
    from_user: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    floor_tokens: int = 0
    """Kept for the section, if it has so much to say."""
    ceiling_tokens: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    section: Section
    id: str
    whole: bool
    """True when nothing of the piece is left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    sections: Mapping[Section, tuple[Piece, ...]]
    """In the order of time where pieces have one, as given otherwise. Empty sections are left out."""
    tokens: Mapping[Section, int]
    cuts: tuple[Cut, ...]

    @property
    def used_tokens(self) -> int:
        return sum(self.tokens.values())


class _Filling:
    """One section while it is filled, best piece first."""

    def __init__(self, pieces: Sequence[Piece], limit: Limit, family: Family, *, gapless: bool) -> None:
        self._waiting = list(pieces)
        self._family: Family = family
        self._gapless = gapless
        self.ceiling = limit.ceiling_tokens
        self.floor = limit.floor_tokens
        self.taken: list[Piece] = []
        self.trimmed: list[str] = []
        self.used = 0

    def take(self, piece: Piece) -> int:
        cost = cost_tokens(piece, self._family)
        self.taken.append(piece)
        self.used += cost
        return cost

    def fill(self, tokens: int) -> int:
        """Takes what fits, and says how many tokens that took. Recent messages leave no gap."""
        room = tokens if self.ceiling is None else min(tokens, self.ceiling - self.used)
        spent = 0
        skipped: list[Piece] = []
        while self._waiting and room - spent > FRAME_TOKENS:
            piece = self._waiting.pop(0)
            if cost_tokens(piece, self._family) <= room - spent:
                spent += self.take(piece)
                continue
            skipped.append(piece)
            if self._gapless:
                break
        self._waiting = skipped + self._waiting
        return spent

    def trim(self, tokens: int) -> int:
        """Takes the first sentences of the best piece that did not fit, as the last thing that the section gets."""
        room = tokens if self.ceiling is None else min(tokens, self.ceiling - self.used)
        if not self._waiting or room <= FRAME_TOKENS:
            return 0
        text = trim_sentences(self._waiting[0].text, room - FRAME_TOKENS, self._family)
        if not text:
            return 0
        best = self._waiting.pop(0)
        if text != best.text:
            self.trimmed.append(best.id)
        return self.take(replace(best, text=text))

    @property
    def left(self) -> list[Piece]:
        return self._waiting


def cost_tokens(piece: Piece, family: Family = "llama") -> int:
    return estimate_tokens(piece.text, family) + FRAME_TOKENS


def lay_out(
    material: Mapping[Section, Sequence[Piece]],
    budget_tokens: int,
    limits: Mapping[Section, Limit],
    family: Family = "llama",
) -> Layout:
    """`recent` oldest first, every other section best first. Raises ValueError for a budget below LEAST_BUDGET."""
    if budget_tokens < LEAST_BUDGET:
        raise ValueError("budget too small for one message")
    fillings: dict[Section, _Filling] = {}
    for section in SECTIONS:
        pieces = list(material.get(section, ()))
        if section == "recent":
            pieces.reverse()
        fillings[section] = _Filling(pieces, limits.get(section, Limit()), family, gapless=section == "recent")
    _share_out(fillings, budget_tokens - _keep_last(fillings["recent"], budget_tokens, family))
    return _layout(fillings, material)


def _share_out(fillings: Mapping[Section, _Filling], free: int) -> None:
    """Floors first, then whole pieces, then the first sentences of what did not fit.

    What whole pieces leave of a floor is kept for that section as long as it has something to say.
    """
    kept = dict.fromkeys(fillings, 0)

    def keep(section: Section) -> int:
        filling = fillings[section]
        kept[section] = max(0, min(free, filling.floor - filling.used)) if filling.left else 0
        return kept[section]

    for section, filling in fillings.items():
        free -= filling.fill(max(0, min(free, filling.floor - filling.used)))
        free -= keep(section)
    for section, filling in fillings.items():
        free += kept[section]
        free -= filling.fill(free)
        free -= keep(section)
    for section, filling in fillings.items():
        free += kept[section]
        free -= filling.trim(free)


def trim_sentences(text: str, tokens: int, family: Family = "llama") -> str:
    """The first sentences that fit, with SHORTENED after them; empty when not even the first does."""
    return _longest(split_sentences(text), tokens, family)


def trim_words(text: str, tokens: int, family: Family = "llama") -> str:
    """The first words that fit, with SHORTENED after them. A lone word that does not fit is cut, not lost."""
    words = _WORD_OR_SPACE.findall(text)
    return _longest(words, tokens, family) or _longest(list(text), tokens, family)


def _longest(parts: Sequence[str], tokens: int, family: Family) -> str:
    """All, or as many as fit before SHORTENED. Found by halving: more parts never cost less."""
    if estimate_tokens("".join(parts), family) <= tokens:
        return "".join(parts)
    fits, too_many = 0, len(parts)
    while too_many - fits > 1:
        middle = (fits + too_many) // 2
        if estimate_tokens(_shortened(parts[:middle]), family) <= tokens:
            fits = middle
        else:
            too_many = middle
    return _shortened(parts[:fits]) if "".join(parts[:fits]).strip() else ""


def _shortened(parts: Sequence[str]) -> str:
    return "".join(parts).rstrip() + SHORTENED


def _keep_last(recent: _Filling, budget: int, family: Family) -> int:
    """The user's last message, whatever the section's ceiling: whole, or as much of it as the budget holds."""
    at = next((at for at, piece in enumerate(recent.left) if piece.from_user), None)
    if at is None:
        return 0
    piece = recent.left.pop(at)
    if cost_tokens(piece, family) > budget:
        room = budget - FRAME_TOKENS
        text = trim_sentences(piece.text, room, family) or trim_words(piece.text, room, family)
        piece = replace(piece, text=text)
        recent.trimmed.append(piece.id)
    return recent.take(piece)


def _layout(fillings: Mapping[Section, _Filling], material: Mapping[Section, Sequence[Piece]]) -> Layout:
    sections: dict[Section, tuple[Piece, ...]] = {}
    cuts: list[Cut] = []
    for section, filling in fillings.items():
        if filling.taken:
            place = {piece.id: at for at, piece in enumerate(material[section])}
            given = sorted(filling.taken, key=lambda piece, place=place: place[piece.id])
            if all(piece.at is not None for piece in given) and section != "recent":
                given.sort(key=lambda piece: piece.at.timestamp() if piece.at else 0.0)
            sections[section] = tuple(given)
        cuts += [Cut(section=section, id=piece_id, whole=False) for piece_id in filling.trimmed]
        cuts += [Cut(section=section, id=piece.id, whole=True) for piece in filling.left]
    tokens: dict[Section, int] = {section: fillings[section].used for section in sections}
    return Layout(sections=sections, tokens=tokens, cuts=tuple(cuts))
