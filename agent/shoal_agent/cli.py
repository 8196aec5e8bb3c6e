"""The command line: ``shoal-agent run module:handler``, and what helps to write a handler.

Only the modules of the command that was asked for are imported.
"""

import argparse
import os
import sys
from collections.abc import Sequence

from shoal_agent import contract
from shoal_agent.agent_error import AgentError

_EPILOG = (
    "shoal-agent COMMAND --help says more. Settings come from the environment: SHOAL_*, AWS_*."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return the process's exit code."""
    parser = argparse.ArgumentParser(
        prog="shoal-agent",
        description="Take messages from an SQS queue, give each to a handler.",
        epilog=_EPILOG,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND", title="commands")
    _add_run(commands)
    _add_new(commands)
    _add_send(commands)
    options = parser.parse_args(arguments)
    try:
        return int(options.command(options))
    except AgentError as error:
        for line in str(error).splitlines():
            print(f"shoal-agent: {line}", file=sys.stderr)  # noqa: T201 - its purpose
        return error.exit_code


def _add_run(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    summary = "run a handler on the queue that SHOAL_QUEUE_URL names, until SIGTERM"
    run = commands.add_parser(
        "run", help=summary, description=f"{summary[0].upper()}{summary[1:]}."
    )
    run.add_argument("handler", nargs="?", metavar="MODULE:HANDLER", help="default: SHOAL_HANDLER")
    run.add_argument(
        "--watch",
        action="store_true",
        help="start again when a Python file below this folder changes (needs shoal[watch])",
    )
    run.add_argument(
        "--log-format",
        choices=contract.LOG_FORMATS,
        help="default: SHOAL_LOG_FORMAT, or json; with --watch, text",
    )
    run.set_defaults(command=_run)


def _add_new(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    summary = "write a project to begin with: handler, tests, Dockerfile, README"
    new = commands.add_parser(
        "new", help=summary, description=f"{summary[0].upper()}{summary[1:]}."
    )
    new.add_argument("name", metavar="NAME", help="lower-case letters, digits and hyphens")
    new.add_argument("--directory", metavar="DIR", help="where to write it; default: ./NAME")
    new.set_defaults(command=_new)


def _add_send(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    summary = "send messages to the queue that SHOAL_QUEUE_URL names"
    send = commands.add_parser(
        "send", help=summary, description=f"{summary[0].upper()}{summary[1:]}."
    )
    send.add_argument("bodies", nargs="*", metavar="BODY", help="a message's body, as it is")
    send.add_argument(
        "--create-queue",
        action="store_true",
        help="make the queue first, where AWS_ENDPOINT_URL leads to an AWS of your own",
    )
    send.set_defaults(command=_send)


def _run(options: argparse.Namespace) -> int:
    from shoal_agent.settings import read_settings, unknown_variables  # noqa: PLC0415

    environ = dict(os.environ)
    if options.log_format is not None:
        environ[contract.LOG_FORMAT] = options.log_format
    settings = read_settings(environ, options.handler)
    if options.watch:
        return _run_watched(options.handler, environ)
    from shoal_agent.agent import run_agent  # noqa: PLC0415
    from shoal_agent.log_lines import log_to_stderr  # noqa: PLC0415

    # A handler is most often a file in the working directory, as for ``python -m``.
    if os.getcwd() not in sys.path:  # noqa: PTH109 - as a string
        sys.path.insert(0, os.getcwd())  # noqa: PTH109
    log_to_stderr(settings.log_level, settings.log_format)
    return run_agent(settings, environ, warnings=tuple(unknown_variables(environ)))


def _run_watched(handler: str | None, environ: dict[str, str]) -> int:
    from pathlib import Path  # noqa: PLC0415 - for developers alone

    from shoal_agent.watch import run_watched  # noqa: PLC0415

    environ.setdefault(contract.LOG_FORMAT, "text")
    command = [sys.executable, "-m", "shoal_agent", "run"]
    return run_watched([*command, *([] if handler is None else [handler])], Path.cwd(), environ)


def _new(options: argparse.Namespace) -> int:
    from shoal_agent.project import write_project  # noqa: PLC0415 - for this command alone

    return write_project(options.name, options.directory)


def _send(options: argparse.Namespace) -> int:
    from shoal_agent.send import send_messages  # noqa: PLC0415 - for this command alone

    return send_messages(options.bodies, os.environ, create_queue=options.create_queue)
