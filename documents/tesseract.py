"""The Tesseract program, where it is installed: which language packs it has. Cheap to import."""

import shutil
import subprocess
from functools import cache


@cache
def installed_packs() -> frozenset[str]:
    """Names as Tesseract has them (`deu`, `rus`); empty without Tesseract. Asked once a process."""
    program = shutil.which("tesseract")
    if program is None:
        return frozenset()
    try:
        listing = subprocess.run(  # noqa: S603 - a fixed command
            [program, "--list-langs"], capture_output=True, text=True, timeout=10, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return frozenset()
    return frozenset(listing.splitlines()[1:]) - {"osd", "equ", "snum"}
