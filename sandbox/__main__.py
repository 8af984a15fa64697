"""`python -m sandbox`: the sandbox as its own process, for this machine only."""

import argparse
import asyncio
import errno
import ipaddress
import logging
import signal
import sqlite3
import sys
from contextlib import suppress
from pathlib import Path

import structlog
import uvloop
from aiohttp import web

from sandbox.app import create_app

log = structlog.get_logger(__name__)


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="a loopback address (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8080, help="default: %(default)s; 0 takes a free one")
    parser.add_argument("--state", type=Path, help="folder that keeps chats, files and undelivered updates")
    parser.add_argument("--no-persist", action="store_true", help="keep nothing (for benchmarks)")
    parser.add_argument("--unlimited", action="store_true", help="without the vendors' rate limits")
    return parser.parse_args()


def is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def serve(arguments: argparse.Namespace) -> None:
    state = None if arguments.no_persist else arguments.state
    runner = web.AppRunner(create_app(state, limits=not arguments.unlimited), access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, arguments.host, arguments.port, backlog=1024)
        await site.start()
        host, port = runner.addresses[0][:2]
        print(f"The sandbox is at http://{host}:{port}/", flush=True)
        stop = asyncio.Event()
        for name in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(name, stop.set)
        await stop.wait()
    finally:
        with suppress(asyncio.CancelledError):
            await runner.cleanup()


def main() -> int:
    arguments = read_arguments()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.INFO))
    if not is_loopback(arguments.host):
        print(
            f"The sandbox has no locks and serves this machine only: use --host 127.0.0.1 instead of {arguments.host}.",
            file=sys.stderr,
        )
        return 2
    if arguments.state is None and not arguments.no_persist:
        print("Say where to keep the chats with --state FOLDER, or keep nothing with --no-persist.", file=sys.stderr)
        return 2
    try:
        uvloop.run(serve(arguments))
    except sqlite3.Error as error:
        print(f"The folder {arguments.state} cannot be used ({error}): choose another with --state.", file=sys.stderr)
        return 2
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            print(f"The sandbox cannot start: {error.strerror or error}.", file=sys.stderr)
            return 2
        print(
            f"Port {arguments.port} is in use: stop the program that holds it, or choose another with --port.",
            file=sys.stderr,
        )
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
