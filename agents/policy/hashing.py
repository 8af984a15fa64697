"""The hash that binds an approval to one action, its arguments, its tenant and its expiry."""

from datetime import datetime
from hashlib import sha256

import orjson
from pydantic import JsonValue

from core.ids import StreamId, TenantId


def hash_action(
    tenant: TenantId, stream: StreamId, name: str, arguments: dict[str, JsonValue], expires_at: datetime
) -> str:
    """Hexadecimal SHA-256. `arguments` as `read_arguments` returned them."""
    bound = [tenant, stream.hex, name, arguments, int(expires_at.timestamp() * 1_000)]
    return sha256(orjson.dumps(bound, option=orjson.OPT_SORT_KEYS)).hexdigest()
