"""Routine questions: asked by many in the same words, and answered alike for everybody while the knowledge is the same.

Only the very same words count: a near-duplicate may hide a "not". A question about somebody's own matter, or one that
points at what was said before, is no routine, and what is kept was made from the question and the knowledge alone.
"""

import re
import tomllib
import unicodedata
from datetime import datetime, timedelta
from hashlib import blake2b
from pathlib import Path

import structlog
from pydantic import BaseModel, ValidationError

from core.clock import Clock
from core.errors import Transient
from core.ids import TenantId
from core.turns import KeptAnswer, RoutineAnswer, TenantProfile
from db.answers import AnswerStore
from memory.words import split_words

_log = structlog.get_logger(__name__)
FRESH = timedelta(days=1)
"""An older answer is given only when no model answers."""
_LONGEST_QUESTION = 200
_LONGEST_ANSWER = 4_000
_FEWEST_WORDS = 2
_TRAILING = " \t\n.?!…。？！¿¡"
_NUMBERED = re.compile(r"\d{4,}|@|#|://")
"""Orders, telephones, addresses: somebody's own."""
_NAMED = re.compile(r"(?<=[^\W\d_])[,;]?\s+[^\W\d_a-zа-яё]\w+\s+[^\W\d_a-zа-яё]\w+")
"""Two words with capitals in a row, not at the beginning: perhaps somebody's name."""


_LISTS: dict[str, str] = tomllib.loads(Path(__file__).with_name("routine.toml").read_text(encoding="utf-8"))
_NEVER = frozenset(" ".join(_LISTS[name] for name in ("personal", "standing_in", "passing", "past")).split())
_POINTING = frozenset(_LISTS["pointing"].split())


def is_routine(text: str) -> bool:
    """Whether the words say all that is asked, at any time, and nothing of who asks or of anybody else."""
    if len(text) > _LONGEST_QUESTION or _NUMBERED.search(text) or _NAMED.search(text):
        return False
    words = split_words(text)
    if len(words) < _FEWEST_WORDS or words[0] in _POINTING or words[-1] in _POINTING:
        return False
    return not any(word in _NEVER for word in words)


def fold_question(text: str) -> str:
    """The same for the same words: case, width, spaces and the mark at the end do not count; everything else does."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split()).strip(_TRAILING)


class _Kept(BaseModel):
    text: str
    language: str
    at: datetime


class RoutineBook:
    """The answers of all tenants, each behind its tenant's number and the version of its knowledge."""

    def __init__(self, store: AnswerStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def of(self, tenant: TenantProfile, knowledge_version: int) -> "TenantRoutine":
        """Another name, language or persona makes other answers."""
        return TenantRoutine(self, tenant, knowledge_version)

    async def find(self, tenant: TenantId, key: str) -> RoutineAnswer | None:
        try:
            value = await self._store.read(tenant, key)
        except Transient:
            return None
        if value is None:
            return None
        try:
            kept = _Kept.model_validate_json(value)
        except ValidationError:
            _log.warning("routine_answer_poisoned", tenant=tenant)
            return None
        return RoutineAnswer(text=kept.text, language=kept.language, at=kept.at)

    async def keep(self, tenant: TenantId, key: str, answer: KeptAnswer) -> None:
        """Never raises for a Redis that is away."""
        kept = _Kept(text=answer.text[:_LONGEST_ANSWER], language=answer.language, at=self._clock.now())
        try:
            if answer.text:
                await self._store.write(tenant, key, kept.model_dump_json().encode())
            else:
                await self._store.delete(tenant, key)
        except Transient:
            _log.info("routine_answer_not_kept", tenant=tenant)


class TenantRoutine:
    """`core.turns.RoutineAnswers` of one tenant and one state of its knowledge."""

    def __init__(self, book: RoutineBook, tenant: TenantProfile, knowledge_version: int) -> None:
        self._book = book
        self._tenant = tenant
        self._version = knowledge_version

    async def find(self, question: str, language: str) -> RoutineAnswer | None:
        if not is_routine(question):
            return None
        return await self._book.find(self._tenant.tenant_id, self._key(question, language))

    async def keep(self, answer: KeptAnswer) -> None:
        if is_routine(answer.question):
            await self._book.keep(self._tenant.tenant_id, self._key(answer.question, answer.language), answer)

    def _key(self, question: str, language: str) -> str:
        tenant = self._tenant
        parts = (
            str(self._version), tenant.name, tenant.language, tenant.persona, language, fold_question(question)
        )  # fmt: skip
        return blake2b("\x1f".join(parts).encode(errors="replace"), digest_size=16).hexdigest()
