"""The command line: ``shoal-agent run module:handler``."""

import argparse
import os
import sys
from collections.abc import Sequence

from shoal_agent.agent_error import AgentError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return the process's exit code."""
    parser = argparse.ArgumentParser(
        prog="shoal-agent", description="Take messages from an SQS queue, give each to a handler."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    run = commands.add_parser(
        "run", help="run a handler on the queue that SHOAL_QUEUE_URL names, until SIGTERM"
    )
    run.add_argument("handler", nargs="?", metavar="MODULE:HANDLER", help="default: SHOAL_HANDLER")
    run.set_defaults(command=_run)
    options = parser.parse_args(arguments)
    try:
        return int(options.command(options))
    except AgentError as error:
        for line in str(error).splitlines():
            print(f"shoal-agent: {line}", file=sys.stderr)  # noqa: T201 - its purpose
        return error.exit_code


def _run(options: argparse.Namespace) -> int:
    from shoal_agent.agent import run_agent  # noqa: PLC0415 - other commands need none of it
    from shoal_agent.log_lines import log_json_lines  # noqa: PLC0415
    from shoal_agent.settings import read_settings, unknown_variables  # noqa: PLC0415

    settings = read_settings(os.environ, options.handler)
    # A handler is most often a file in the working directory, as for ``python -m``.
    if os.getcwd() not in sys.path:  # noqa: PTH109 - as a string
        sys.path.insert(0, os.getcwd())  # noqa: PTH109
    log_json_lines(settings.log_level)
    return run_agent(settings, os.environ, warnings=tuple(unknown_variables(os.environ)))
