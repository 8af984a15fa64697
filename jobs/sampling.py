"""The executor of `check_sample`: an answer that was given, looked at again by a model behind the conversation."""

from collections.abc import Awaitable, Callable

from pydantic import JsonValue, ValidationError

from agents.actions.platform import SampleArguments
from agents.quality.sampling import Sampled, sample_request
from core.actions import ActionCall
from core.errors import Misconfigured, Rejected
from core.models import ChatModel

Models = Callable[[ActionCall], Awaitable[ChatModel]]
"""Who reads for this call, on its tenant's money."""


class CheckSample:
    def __init__(self, models: Models) -> None:
        self._models = models

    async def __call__(self, call: ActionCall) -> dict[str, JsonValue]:
        try:
            arguments = SampleArguments.model_validate(call.arguments)
        except ValidationError as error:
            raise Rejected(f"The sample cannot be read: {error.error_count()} faults") from None
        model = await self._models(call)
        if not model.available:
            raise Misconfigured("There is no model that may check answers")
        reply = await model.reply(sample_request(arguments))
        if not isinstance(reply.value, Sampled):
            raise Rejected("The model's reply holds no verdict")
        return {"fine": reply.value.fine, "finding": "" if reply.value.fine else reply.value.finding}
