"""The system user that runs the servers when Steward itself runs as root.

PostgreSQL refuses root. The user may then enter the folders on the way to its data and its program, by an access
control entry that names this user alone; nobody else gets a right they did not have.
"""

import os
import pwd
import shutil
import stat
import struct
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import structlog

from core.errors import Misconfigured

log = structlog.get_logger(__name__)

NAME = "pgserver"  # the name the PostgreSQL wheel uses too

# An access control list as Linux keeps it: a version, then (tag, permissions, id) each.
# Source: acl(5), linux/posix_acl_xattr.h
_ACL = "system.posix_acl_access"
_HEADER, _ENTRY = struct.Struct("<I"), struct.Struct("<HHI")
_OWNER, _USER, _GROUP, _MASK, _OTHER, _NO_ID = 0x01, 0x02, 0x04, 0x10, 0x20, 0xFFFFFFFF


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    uid: int
    gid: int

    def own(self, path: Path) -> None:
        os.chown(path, self.uid, self.gid)


def choose_account(data: Path) -> Account | None:
    """None: the servers run as we do. As root: whoever owns the data, else the user `pgserver`, made on first use."""
    if os.geteuid() != 0:
        return None
    if data.exists() and (owner := data.stat()).st_uid != 0:
        return Account(uid=owner.st_uid, gid=owner.st_gid)
    with suppress(KeyError):
        return _account()
    if useradd := shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin"):
        subprocess.run(  # noqa: S603
            [useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", NAME],
            check=False,  # another process may have made it meanwhile; what counts is that it exists
            capture_output=True,
        )
    try:
        return _account()
    except KeyError:
        raise Misconfigured(
            f"PostgreSQL refuses to run as root and the system user {NAME} could not be made. "
            "Start Steward as a normal user, or set STEWARD_DATABASE_URL and STEWARD_REDIS_URL."
        ) from None


def _account() -> Account:
    entry = pwd.getpwnam(NAME)
    return Account(uid=entry.pw_uid, gid=entry.pw_gid)


def open_way(path: Path, account: Account) -> None:
    """Let the account pass through `path` and every folder above it."""
    for folder in [path, *path.parents]:
        found = folder.stat()
        if found.st_mode & stat.S_IXOTH or (found.st_uid == account.uid and found.st_mode & stat.S_IXUSR):
            continue
        try:
            _allow_passing(folder, found.st_mode, account.uid)
        except (OSError, AttributeError):  # a file system or a system without such lists
            folder.chmod(found.st_mode | stat.S_IXOTH)
            log.warning("embedded_folder_opened", folder=str(folder))


def _allow_passing(folder: Path, mode: int, uid: int) -> None:
    try:
        raw = os.getxattr(folder, _ACL)[_HEADER.size :]
        entries = {(tag, id_): permissions for tag, permissions, id_ in _ENTRY.iter_unpack(raw)}
    except OSError:
        entries = {(_OWNER, _NO_ID): mode >> 6 & 7, (_GROUP, _NO_ID): mode >> 3 & 7, (_OTHER, _NO_ID): mode & 7}
    mask = entries.get((_MASK, _NO_ID), entries[_GROUP, _NO_ID])
    entries[_USER, uid] = entries.get((_USER, uid), 0) | 1
    entries[_MASK, _NO_ID] = mask | 1
    packed = (_ENTRY.pack(tag, permissions, id_) for (tag, id_), permissions in sorted(entries.items()))
    os.setxattr(folder, _ACL, _HEADER.pack(2) + b"".join(packed))
