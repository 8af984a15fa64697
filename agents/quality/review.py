"""The last look at a reply before it is said: accept it, have it revised once, or hand over to a person."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from agents.quality.claims import unproven
from agents.quality.leaks import find_leaks
from agents.quality.numbers import find_invented
from agents.quality.promises import unfounded
from agents.quality.receipts import Receipt
from agents.quality.tone import find_faults
from memory.words import split_words

Code = Literal[
    "leak", "insult", "claim", "promise", "number", "link", "language", "empty", "long", "shouting", "debris", "loop",
]  # fmt: skip
_NEVER_SAID: frozenset[Code] = frozenset({"leak", "insult"})
_MOST_SHOWN = 3
_LONGEST_SHOWN = 120
_FAULTS: dict[str, str] = {
    "insult": "it insults the customer",
    "empty": "it says nothing",
    "long": "it is far too long: at most five sentences",
    "shouting": "it shouts: no capitals for emphasis and no rows of exclamation marks",
    "debris": "it holds markup, code or pieces of a template: write plain sentences",
    "loop": "it says the same again and again",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What a reply is held against."""

    question: str
    """What the customer said now. It may be repeated, and proves nothing."""
    given: tuple[str, ...]
    """All that the model was shown, but for its instructions."""
    receipts: tuple[Receipt, ...]
    language: str
    secrets: tuple[str, ...] = ()
    instructions: tuple[str, ...] = ()
    notes: tuple[str, ...] | None = None
    """What the business itself says, as far as it was given: only this makes a claim or a promise true. None: all that
    was given but the question, which is too much where old messages of the customer are among it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    code: Code
    says: str
    """For the model that wrote the reply. Holds its own words at most, and never what was leaked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    verdict: Literal["accept", "revise", "escalate"]
    findings: tuple[Finding, ...] = ()


def review_reply(reply: str, material: Material) -> Review:
    """Never raises. Everything that is wrong is found at once: there is only one revision."""
    findings = tuple(_find(reply, material))
    if any(finding.code in _NEVER_SAID for finding in findings):
        return Review(verdict="escalate", findings=findings)
    return Review(verdict="revise" if findings else "accept", findings=findings)


def describe_findings(findings: Sequence[Finding]) -> str:
    """As the instruction for the one revision."""
    faults = "\n".join(f"- {finding.says}" for finding in findings)
    return (
        "Your reply was not sent, because:\n"
        f"{faults}\n"
        "Write it once more, for the customer, without these faults. Keep to what you were given, and mention neither "
        "the faults nor this message."
    )


def _find(reply: str, material: Material) -> Iterator[Finding]:
    shown = (material.question, *material.given, *_tell(material.receipts))
    leaks = find_leaks(reply, shown, instructions=material.instructions, secrets=material.secrets)
    for leak in leaks:
        if leak.kind == "link":
            yield Finding(code="link", says="it holds a link that you were not given")
        else:
            yield Finding(code="leak", says=f"it shows what must not be shown ({leak.kind})")
    notes = _notes(material)
    claims = unproven(reply, material.receipts, notes)
    if claims:
        said = _quote(claim.sentence for claim in claims)
        yield Finding(code="claim", says=f"it says that something has been done, which is not known to be so: {said}")
    promises = unfounded(reply, notes)
    if promises:
        said = _quote(promise.sentence for promise in promises)
        yield Finding(code="promise", says=f"it promises what you cannot promise: {said}")
    if find_invented(reply, shown):
        yield Finding(code="number", says="it holds a number, a price, a date or a time that you were not given")
    for fault in find_faults(reply, material.language):
        if fault == "language":
            yield Finding(code="language", says=f"it is not in the customer's language ({material.language})")
        else:
            yield Finding(code=fault, says=_FAULTS[fault])


def _notes(material: Material) -> tuple[str, ...]:
    if material.notes is not None:
        return material.notes
    asked = f" {' '.join(split_words(material.question))} "
    return tuple(each for each in material.given if f" {' '.join(split_words(each))} " not in asked)


def _tell(receipts: Sequence[Receipt]) -> Iterator[str]:
    """What a receipt allows to be named: its reference and its amount."""
    for receipt in receipts:
        yield f"{receipt.title} {receipt.reference} {receipt.amount_micros / 1_000_000:.2f} {receipt.currency}"


def _quote(sentences: Iterator[str]) -> str:
    kept = list(dict.fromkeys(sentence[:_LONGEST_SHOWN] for sentence in sentences))[:_MOST_SHOWN]
    return "; ".join(f"“{sentence}”" for sentence in kept)
