"""Tokens and keys at rest: AES-GCM under one key that never enters the database."""

import hmac
import os
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.errors import Misconfigured
from core.ids import TenantId
from db.database import APP_ROLE, ENGINE_ROLE

SANDBOX = "sandbox"
"""The key among an account's secrets that marks it as the sandbox's."""
_NONCE_BYTES = 12
KEY_BYTES = 32


def load_key(text: str | None, file: Path) -> bytes:
    """The key from the setting (64 hexadecimal digits) or from the key file, which is made on the first run.

    Raises Misconfigured with what to do.
    """
    if text is None and not file.exists():
        _make_key(file)
    where = "STEWARD_SECRET_KEY" if text is not None else file.name
    try:
        key = bytes.fromhex((text if text is not None else file.read_text()).strip())
    except (OSError, ValueError) as error:
        raise Misconfigured(f"The key in {where} cannot be read: it must be 64 hexadecimal digits.") from error
    if len(key) != KEY_BYTES:
        raise Misconfigured(f"The key in {where} must be 64 hexadecimal digits (`openssl rand -hex 32` makes one).")
    return key


def _make_key(file: Path) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as out:
            out.write(os.urandom(KEY_BYTES).hex())
    except FileExistsError:
        return  # another process was faster; its key is the one
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise Misconfigured(
            f"The state folder {file.parent} cannot be written: {reason}. Make it writable, or set STEWARD_STATE."
        ) from error


class Vault:
    def __init__(self, key: bytes) -> None:
        self._key = key
        self._cipher = AESGCM(hmac.digest(key, b"steward secrets", "sha256"))

    def seal(self, tenant: TenantId, secrets: Mapping[str, str]) -> bytes:
        """Bound to the tenant: another tenant's row does not open."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, orjson.dumps(dict(secrets)), str(tenant).encode())

    def open(self, tenant: TenantId, sealed: bytes) -> dict[str, str]:
        """Raises Misconfigured when the key is not the one it was sealed with."""
        try:
            plain = self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], str(tenant).encode())
        except InvalidTag as error:
            raise Misconfigured(
                "Stored tokens cannot be opened with this key. Put back the key that this database was made with "
                "(STEWARD_SECRET_KEY, or the file secret.key in the state folder)."
            ) from error
        return cast("dict[str, str]", orjson.loads(plain))

    def derive(self, purpose: str) -> bytes:
        """A key of its own for another purpose; the same one at every start."""
        return hmac.digest(self._key, f"steward {purpose}".encode(), "sha256")

    def role_passwords(self) -> dict[str, str]:
        """Of the two database roles, derived so that every replica knows them."""
        return {role: hmac.digest(self._key, role.encode(), "sha256").hex() for role in (APP_ROLE, ENGINE_ROLE)}
