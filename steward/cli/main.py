"""Parses the command line. An error a person can mend is one line on standard error, never a stack trace."""

import argparse
import asyncio
import sys
from collections.abc import Callable, Coroutine

import uvloop

from core.errors import StewardError
from steward.cli import cost, doctor, run, tenant, trace
from steward.cli.migrate import migrate_command
from steward.logs import configure_logs
from steward.settings import Settings, load_settings

Command = Callable[[Settings, argparse.Namespace], Coroutine[None, None, int]]


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m steward", description="AI agents for many small businesses.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    run.add_parser(commands)
    commands.add_parser("migrate", help="bring the database up to date").set_defaults(run=migrate_command)
    tenant.add_parser(commands)
    trace.add_parser(commands)
    cost.add_parser(commands)
    doctor.add_parser(commands)
    return parser


def main(arguments: list[str] | None = None) -> int:
    parsed = build_parser().parse_args(arguments)
    command: Command = parsed.run
    try:
        settings = load_settings()
        # What a one-shot command has to say it prints; only `run` tells how it goes.
        configure_logs(settings.log_level if parsed.command == "run" else "warning")
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(command(settings, parsed))
    except StewardError as error:
        print(f"steward: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
