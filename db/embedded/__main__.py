"""`python -m db.embedded <state folder>` stops the servers that a killed Steward left running."""

import asyncio
import sys
from pathlib import Path

from core.errors import Misconfigured
from db.embedded.services import stop_services


def main() -> None:
    state = Path(sys.argv[1] if len(sys.argv) > 1 else "state")
    if not state.is_dir():
        return
    try:
        stopped = asyncio.run(stop_services(state))
    except Misconfigured as error:
        sys.exit(str(error))
    print("Stopped." if stopped else "Nothing was running.")


if __name__ == "__main__":
    main()
