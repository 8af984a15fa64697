"""An admission that lets everything through: the engine is measured with actions of the bench's own."""

from pydantic import JsonValue

from core.actions import ActionCall


class OpenGate:
    async def admit(self, call: ActionCall) -> dict[str, JsonValue] | None:
        del call
        return None

    async def close(self, call: ActionCall, result: dict[str, JsonValue] | None, error: Exception | None) -> None:
        del call, result, error
