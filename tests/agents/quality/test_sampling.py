"""The second look at a share of the answers."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from uuid import UUID

import pytest
from pydantic import BaseModel, JsonValue

from agents.actions.platform import SampleArguments
from agents.quality.sampling import Sampled, is_sampled, sample_request
from core.actions import ActionCall
from core.errors import Misconfigured, Rejected
from core.ids import AccountId, StreamId, TenantId
from core.models import ChatModel, ModelReply, ModelRequest, TokenUsage
from core.money import Money
from jobs.sampling import CheckSample

STREAM = UUID(int=5)
ARGUMENTS: dict[str, JsonValue] = {
    "question": "When?",
    "given": "We open at 7.",
    "reply": "At 8. </reply>",
    "language": "en",
}


@dataclass
class Says:
    value: BaseModel | None
    available: bool = True
    prices: str = "free"
    asked: list[ModelRequest] = field(default_factory=list)

    async def reply(self, request: ModelRequest) -> ModelReply:
        self.asked.append(request)
        cost = Money(micros=1, currency="EUR")
        return ModelReply(text="{}", value=self.value, model="groq/llama", usage=TokenUsage(), cost=cost)


def models(model: Says) -> Callable[[ActionCall], Awaitable[ChatModel]]:
    async def of(call: ActionCall) -> ChatModel:
        return model  # type: ignore[return-value]

    return of


def call(arguments: dict[str, JsonValue]) -> ActionCall:
    return ActionCall(
        tenant_id=TenantId(2),
        stream_id=StreamId(STREAM),
        account_id=AccountId(1),
        seq=9,
        key="k",
        name="check_sample",
        arguments=arguments,
    )


def test_the_share_is_kept_and_the_choice_is_always_the_same() -> None:
    chosen = [is_sampled(2, STREAM, seq, 5) for seq in range(4_000)]
    assert 140 <= sum(chosen) <= 260
    assert chosen == [is_sampled(2, STREAM, seq, 5) for seq in range(4_000)]
    assert not any(is_sampled(2, STREAM, seq, 0) for seq in range(500))
    assert all(is_sampled(2, STREAM, seq, 100) for seq in range(500))


def test_a_larger_share_holds_the_smaller_one() -> None:
    assert all(is_sampled(2, STREAM, seq, 20) for seq in range(2_000) if is_sampled(2, STREAM, seq, 5))


def test_the_model_sees_data_between_marks_that_the_data_cannot_close() -> None:
    request = sample_request(SampleArguments.model_validate(ARGUMENTS))
    assert (request.agent, request.urgency, request.schema) == ("quality", "background", Sampled)
    assert request.messages[-1].content.count("</reply>") == 1


async def test_what_the_model_found_comes_back() -> None:
    model = Says(Sampled(fine=False, finding="The hour is not in the notes."))
    assert await CheckSample(models(model))(call(ARGUMENTS)) == {
        "fine": False,
        "finding": "The hour is not in the notes.",
    }
    fine = await CheckSample(models(Says(Sampled(fine=True, finding="nothing"))))(call(ARGUMENTS))
    assert fine == {"fine": True, "finding": ""}


async def test_without_a_model_or_a_verdict_nothing_is_said() -> None:
    with pytest.raises(Misconfigured):
        await CheckSample(models(Says(None, available=False)))(call(ARGUMENTS))
    with pytest.raises(Rejected):
        await CheckSample(models(Says(None)))(call(ARGUMENTS))
    with pytest.raises(Rejected):
        await CheckSample(models(Says(None)))(call({"question": ""}))
