"""Executors that fetch what a customer sent and read or hear it."""

from collections.abc import Awaitable, Callable, Mapping

from pydantic import JsonValue

from core.actions import ActionCall
from core.channels import Account, Channel
from core.errors import Transient
from core.ids import AccountId
from core.media import DocumentReader, Transcriber

_LIMIT_BYTES = 20 * 1024 * 1024
Find = Callable[[AccountId], Account | None]


class MediaFetcher:
    """The bytes of a file that a channel holds, whichever account it belongs to."""

    def __init__(self, channels: Mapping[str, Channel], find: Find) -> None:
        self._channels = channels
        self._find = find

    async def fetch(self, account_id: AccountId, ref: str) -> bytes:
        """Raises Transient, Rejected (gone, or larger than 20 MB)."""
        account = self._find(account_id)
        if account is None:
            raise Transient("The account that holds the file is not running here")
        return await self._channels[account.channel].fetch(account, ref, limit_bytes=_LIMIT_BYTES)


class TranscribeVoice:
    def __init__(self, fetcher: MediaFetcher, transcribers: Callable[[ActionCall], Awaitable[Transcriber]]) -> None:
        """`transcribers`: who listens for this call, on its tenant's money."""
        self._fetcher = fetcher
        self._transcribers = transcribers

    async def __call__(self, call: ActionCall) -> dict[str, JsonValue]:
        audio = await self._fetcher.fetch(call.account_id, str(call.arguments["ref"]))
        hint = call.arguments.get("language_hint")
        transcriber = await self._transcribers(call)
        heard = await transcriber.transcribe(audio, language_hint=str(hint) if hint else None)
        return {
            "text": heard.text,
            "language": heard.language,
            "confidence": heard.confidence,
            "seconds": heard.duration.total_seconds(),
        }


class ReadDocument:
    def __init__(self, fetcher: MediaFetcher, readers: Callable[[tuple[str, ...]], DocumentReader]) -> None:
        self._fetcher = fetcher
        self._readers = readers

    async def __call__(self, call: ActionCall) -> dict[str, JsonValue]:
        data = await self._fetcher.fetch(call.account_id, str(call.arguments["ref"]))
        hint = call.arguments.get("language_hint")
        reader = self._readers((str(hint),) if hint else ())
        read = await reader.read(
            data, mime=str(call.arguments.get("mime", "")), name=str(call.arguments.get("name", ""))
        )
        return {
            "text": read.text,
            "pages": read.pages,
            "source": read.source,
            "confidence": read.confidence,
            "truncated": read.truncated,
        }
