"""The claims gate: that something has been done may be said only with its receipt.

What a claim is, is a matter of grammar: who acts, which auxiliary, which participle; see `grammar.py`. Questions,
conditions, negations, the future, habits and what the customer did are none.
"""

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from agents.quality.amounts import Amount, bare_reference, find_amounts, find_references, is_same_currency
from agents.quality.grammar import Grammar, Match, leave_out, spell, split_sentences
from agents.quality.receipts import Receipt
from memory.words import split_words

_LONGEST_TEXT = 6_000
"""Of a reply; one that is longer is refused for its length."""
_FEWEST_QUOTED = 4
"""Words of a sentence that may stand in the middle of a note; a shorter one has to be a whole sentence there."""
_RELATIVE = re.compile("[Kkx#]T$")
_CYRILLIC, _LATIN = re.compile("[а-яё]", re.IGNORECASE), re.compile("[a-z]", re.IGNORECASE)
_STANDS_FOR = {
    "refunded": {"refunded", "credited"}, "credited": {"credited", "refunded"},
    "paid": {"paid", "refunded", "credited"}, "created": {"created", "booked", "reminded"},
    "passed": {"created", "sent", "booked"}, "reminded": {"reminded"}, "ordered": {"ordered"}, "booked": {"booked"},
    "sent": {"sent"}, "cancelled": {"cancelled"}, "changed": {"changed"},
}  # fmt: skip
_OF_OURS = frozenset({"changed", "ordered", "created"})
"""What a business also does with things of its own: "we have changed our opening hours" concerns no customer."""
_MAKES_NEW = frozenset({"booked", "created", "reminded"})
"""The receipt's reference is that of the new thing; the sentence may name the old one besides."""


@dataclass(frozen=True, slots=True)
class Claim:
    kind: str
    """A verb of `ActionDeclaration.done`, or `paid`, or `done` where it is not said what."""
    sentence: str
    amounts: tuple[Amount, ...] = ()
    references: tuple[str, ...] = ()


def find_claims(text: str) -> tuple[Claim, ...]:
    """In six languages, whichever the text is in. Never raises."""
    text = text[:_LONGEST_TEXT]
    other = leave_out(text)
    return tuple(claim for sentence in split_sentences(text) for claim in _read_sentence(sentence, other))


def unproven(text: str, receipts: Sequence[Receipt], given: Sequence[str] = ()) -> tuple[Claim, ...]:
    """Claims without a receipt, but for sentences that stand word for word in the tenant's notes."""
    open_claims = [claim for claim in find_claims(text) if not _is_proven(claim, receipts)]
    quoted = {sentence for sentence in {claim.sentence for claim in open_claims} if is_quoted(sentence, given)}
    return tuple(claim for claim in open_claims if claim.sentence not in quoted)


def is_quoted(sentence: str, given: Sequence[str]) -> bool:
    words = split_words(sentence)
    said = f" {' '.join(words)} "
    for note in given:
        if len(words) >= _FEWEST_QUOTED and said in f" {' '.join(split_words(note))} ":
            return True
        if any(split_words(each) == words for each in split_sentences(note)):
            return True
    return False


def _is_proven(claim: Claim, receipts: Sequence[Receipt]) -> bool:
    fitting = [receipt for receipt in receipts if _stands_for(claim.kind, receipt)]
    if claim.references:
        fitting = _with_references(claim, fitting)
    if claim.amounts:
        fitting = _with_amounts(claim.amounts[0], fitting)
    return bool(fitting)


def _stands_for(kind: str, receipt: Receipt) -> bool:
    if kind == "done":
        return bool(receipt.done)
    if kind == "booked" and "call" in receipt.action and "created" in receipt.done:
        return True
    if kind == "reminded" and "reminder" in receipt.action and "created" in receipt.done:
        return True
    return not _STANDS_FOR[kind].isdisjoint(receipt.done)


def _with_references(claim: Claim, receipts: Sequence[Receipt]) -> list[Receipt]:
    """Those that are of what the sentence names. One without a reference contradicts nothing."""
    named = set(claim.references)
    own = {id(receipt): {bare_reference(each) for each in receipt.reference.split()} for receipt in receipts}
    if any(not references for references in own.values()):
        return [receipt for receipt in receipts if not own[id(receipt)] or own[id(receipt)] & named]
    known = set[str]().union(*own.values())
    if not (named & known if claim.kind in _MAKES_NEW else named <= known):
        return []
    return [receipt for receipt in receipts if own[id(receipt)] & named]


def _with_amounts(said: Amount, receipts: Sequence[Receipt]) -> list[Receipt]:
    same = [r for r in receipts if not r.amount_micros or is_same_currency(said.currency, r.currency)]
    if sum(receipt.amount_micros for receipt in same) == said.micros:
        return same
    return [receipt for receipt in same if receipt.amount_micros in (0, said.micros)]


def _read_sentence(sentence: str, without: str) -> list[Claim]:
    found: dict[int, str] = {}
    spelling = spell(sentence)
    for grammar in _grammars(sentence, without):
        if not grammar.concerns(spelling):
            continue
        words = grammar.read(spelling)
        asks = sentence.endswith("?") and ("¿" in sentence or grammar.begins_question(spelling))
        for match in grammar.match(words) if not asks else ():
            if _is_real("".join(word.letter for word in words), match, sentence.endswith("?")):
                found.setdefault(words[match.word].at, match.kind)
    return list(_gather(sentence, sorted(found.items()))) if found else []


def _grammars(sentence: str, without: str) -> Iterator[Grammar]:
    grammars = load_grammars("claims.toml")
    if _CYRILLIC.search(sentence):
        yield grammars["ru"]
    if _LATIN.search(sentence):
        yield from (grammar for language, grammar in grammars.items() if language not in ("ru", without))


@cache
def load_grammars(name: str) -> dict[str, Grammar]:
    tables = tomllib.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))
    return {language: Grammar(table) for language, table in tables.items()}


def _is_real(letters: str, match: Match, asks: bool) -> bool:
    span = letters[match.left : match.word]
    first = max(letters.rfind(mark, 0, match.left) for mark in ".,") + 1
    before = letters[first : match.left]
    if "w" in letters[: match.left] or ("U" not in span and _RELATIVE.search(letters, 0, match.left)):
        return False  # doubted; or said of any thing that has had this done to it
    if "S" in before or _is_negated(before, span) or "y" in letters[match.word : match.word + 4]:
        return False
    if "b" in span and not set("BHh") & set(span) and set("SR") & set(letters):
        return False  # what is done as a rule
    if "U" not in span and "Z" in letters[: match.word]:
        return False  # thanks for what the customer did
    if match.kind in _OF_OURS and "O" in letters[match.left : match.word + 3]:
        return False
    return not (asks and _is_asked(letters, match))


def _is_negated(before: str, span: str) -> bool:
    near = re.split("[CT]", before)[-1][-4:]
    return "N" in near and not (span.startswith("U") and near == "N")


def _is_asked(letters: str, match: Match) -> bool:
    """Of a sentence with a question mark: what stands before its last comma is told, and so is what begins with us."""
    told = "U" in letters[match.left : match.word] and "," not in letters[: match.left]
    return not told and "," not in letters[match.word :]


def _gather(sentence: str, found: list[tuple[int, str]]) -> Iterator[Claim]:
    """With the amounts and references that each claim names: those behind its verb, else those before it."""
    amounts, references = list(find_amounts(sentence)), list(find_references(sentence))
    starts = [at for at, _ in found]
    for n, (at, kind) in enumerate(found):
        until = starts[n + 1] if n + 1 < len(starts) else len(sentence)
        since = starts[n - 1] if n else 0
        own = [a for a in amounts if at <= a.at < until] or [a for a in amounts if since <= a.at < at]
        named = [r for r in references if at <= r.at < until] or [r for r in references if since <= r.at < at]
        yield Claim(kind, sentence, tuple(own), tuple(reference.text for reference in named))
