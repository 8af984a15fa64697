"""`python -m benchmarks [engine|path|tenants|budgets|routing|decisions|desk|inbox] [--short]`: tables and floors."""

import argparse
import asyncio
import logging
import sys

import structlog
import uvloop

from benchmarks import budgets, decisions, desk, engine, inbox, path, routing, tenants

ALL = {
    "engine": engine.run, "path": path.run, "tenants": tenants.run, "budgets": budgets.run, "routing": routing.run,
    "decisions": decisions.run, "desk": desk.run, "inbox": inbox.run,
}  # fmt: skip


async def run_all(names: list[str], *, short: bool) -> bool:
    met = [await ALL[name](short=short) for name in names]
    return all(met)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*ALL, []], help="all, if none is named")
    parser.add_argument("--short", action="store_true", help="less exact, in about a minute")
    arguments = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        met = runner.run(run_all(arguments.names or list(ALL), short=arguments.short))
    print("\nAll figures are met." if met else "\nNot all figures are met: see the lines above.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
