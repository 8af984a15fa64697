"""Voice notes: a provider hears them where there is a key and money, this machine else."""

from datetime import timedelta

import pytest

from core.errors import Misconfigured
from core.media import Transcript
from routing.hearing import Hearing
from tenants.models import ModelPolicy
from tests.routing.brains import Brains, spending
from tests.support.aimock import AiMock

NOTE = b"OggS" + bytes(15_000)
TURBO = "whisper-large-v3-turbo"


class Here:
    """Stands for the Whisper of this machine."""

    async def transcribe(self, audio: bytes, *, language_hint: str | None) -> Transcript:
        return Transcript(text="heard here", language=None, duration=timedelta(seconds=1), confidence=1.0)


class Deaf:
    async def transcribe(self, audio: bytes, *, language_hint: str | None) -> Transcript:
        raise Misconfigured("There is no speech model")


async def hear(brains: Brains, policy: ModelPolicy | None = None, local: Here | Deaf | None = None) -> str:
    hearing: Hearing = brains.hear_with(local or Here())
    bound = hearing.bind(spending(agent="documents"), policy or ModelPolicy())
    return (await bound.transcribe(NOTE, language_hint="en")).text


async def test_the_cheapest_provider_hears_and_is_paid_by_the_second(brains: Brains, aimock: AiMock) -> None:
    await aimock.hears("Good morning", model=TURBO, seconds=18.0)
    assert await hear(brains) == "Good morning"
    (row,) = await brains.rows()
    assert (row["kind"], row["model"], row["status"]) == ("transcription", TURBO, "settled")
    assert (row["seconds"], row["cost_micros"]) == (18, 200)  # four cents an hour
    assert row["cost_micros"] <= row["reserved_micros"]


async def test_when_one_fails_the_next_hears_and_then_this_machine(brains: Brains, aimock: AiMock) -> None:
    await aimock.fails(500, model=TURBO, endpoint="transcription")
    await aimock.hears("Good evening", model="gpt-transcribe")
    assert await hear(brains) == "Good evening"
    await aimock.clear()
    await aimock.fails(500, endpoint="transcription")
    assert await hear(brains) == "heard here"
    assert await brains.owner.fetchval("SELECT count(*) FROM ledger WHERE status = 'reserved'") == 0


async def test_at_the_limit_this_machine_hears_for_nothing(brains: Brains, aimock: AiMock) -> None:
    await brains.limit(1)
    assert await hear(brains) == "heard here"
    assert await aimock.requests() == []


async def test_a_tenant_that_keeps_its_data_here_is_heard_here(brains: Brains, aimock: AiMock) -> None:
    assert await hear(brains, ModelPolicy(regions=("local",))) == "heard here"
    assert await aimock.requests() == []
    with pytest.raises(Misconfigured, match="no speech model"):
        await hear(brains, ModelPolicy(regions=("local",)), Deaf())


async def test_what_is_too_long_to_be_paid_safely_is_heard_here(brains: Brains, aimock: AiMock) -> None:
    hearing = brains.hear_with(Here())
    heard = await hearing.transcribe(spending(agent="documents"), ModelPolicy(), bytes(5_000_000), None)
    assert heard.text == "heard here"
    assert await aimock.requests() == []
