"""Executors that fetch what a customer sent and read or hear it."""

from collections.abc import Awaitable, Callable, Mapping
from uuid import UUID

from pydantic import JsonValue

from core.actions import ActionCall
from core.channels import Account, Channel
from core.errors import Rejected, Transient
from core.ids import INTERNAL, AccountId, TenantId
from core.media import DocumentReader, Transcriber
from core.messages import OutMessage, SendMedia
from db.database import Database
from db.pictures import find_picture

_LIMIT_BYTES = 20 * 1024 * 1024
Find = Callable[[AccountId], Account | None]


def refuse_foreign(tenant: TenantId, message: OutMessage) -> None:
    """A picture of ours goes to the chats of its own tenant only: an admin bot serves many, so that the account it is
    sent by does not say whose it may be. Raises Rejected."""
    if isinstance(message, SendMedia) and message.from_account == INTERNAL and _read_ref(message.ref)[0] != tenant:
        raise Rejected("This picture is not of the business that sends it")


def _read_ref(ref: str) -> tuple[TenantId, UUID]:
    """Of `<tenant>:<picture id>`. Raises Rejected."""
    tenant, _, picture = ref.partition(":")
    if not (tenant.isascii() and tenant.isdigit() and len(tenant) <= 18):
        raise Rejected("There is no such picture")
    try:
        return TenantId(int(tenant)), UUID(hex=picture)
    except ValueError:
        raise Rejected("There is no such picture") from None


class MediaFetcher:
    """The bytes of a file that a channel holds, whichever account it belongs to; or of a picture of ours."""

    def __init__(self, channels: Mapping[str, Channel], find: Find, database: Database) -> None:
        self._channels = channels
        self._find = find
        self._database = database

    async def fetch(self, account_id: AccountId, ref: str) -> bytes:
        """For what is being sent: `jobs.sender` has seen that it may be. Raises Transient, Rejected (gone, or larger
        than 20 MB)."""
        if account_id == INTERNAL:
            return await self._fetch_picture(ref)
        account = self._find(account_id)
        if account is None:
            raise Transient("The account that holds the file is not running here")
        return await self._channels[account.channel].fetch(account, ref, limit_bytes=_LIMIT_BYTES)

    async def fetch_received(self, account_id: AccountId, ref: str) -> bytes:
        """For what came in, which no picture of ours ever did. Raises as `fetch` does."""
        if account_id == INTERNAL:
            raise Rejected("No channel has brought this file")
        return await self.fetch(account_id, ref)

    async def _fetch_picture(self, ref: str) -> bytes:
        tenant, picture_id = _read_ref(ref)
        async with self._database.tenant(tenant, readonly=True) as tx:
            found = await find_picture(tx, tenant, picture_id)
        if found is None:
            raise Rejected("This picture is no longer kept")
        return found.data


class TranscribeVoice:
    def __init__(self, fetcher: MediaFetcher, transcribers: Callable[[ActionCall], Awaitable[Transcriber]]) -> None:
        """`transcribers`: who listens for this call, on its tenant's money."""
        self._fetcher = fetcher
        self._transcribers = transcribers

    async def __call__(self, call: ActionCall) -> dict[str, JsonValue]:
        audio = await self._fetcher.fetch_received(call.account_id, str(call.arguments["ref"]))
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
        data = await self._fetcher.fetch_received(call.account_id, str(call.arguments["ref"]))
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
