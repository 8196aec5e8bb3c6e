"""The command line: ``shoal-agent run module:handler``, and what helps to write a handler.

Only the modules of the command that was asked for are imported.
"""

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from typing import Any

from shoal_agent import contract
from shoal_agent.agent_error import AgentError

_USAGE_ERROR = 2  # argparse's own

_EPILOG = """\
a first handler:
  shoal-agent new my-agent && cd my-agent

shoal-agent COMMAND --help says more."""

_RUN_EPILOG = f"""\
examples:
  shoal-agent run handlers:handle
  shoal-agent run --watch handlers:handle     while you write it

settings, from the environment:
  {contract.QUEUE_URL:<27}  the queue (required)
  {contract.DEAD_LETTER_QUEUE_URL:<27}  where Reject sends messages
  {contract.CONCURRENCY:<27}  messages worked on at once (default: {contract.DEFAULT_CONCURRENCY})
  {contract.LONGEST_JOB_S:<27}  a handler's longest time (default: {contract.DEFAULT_LONGEST_JOB_S})
  {contract.LOG_LEVEL:<27}  default: {contract.DEFAULT_LOG_LEVEL}
  and AWS's own: AWS_REGION, AWS_PROFILE, AWS_ENDPOINT_URL ...

exit codes:
  {contract.ExitCode.DRAINED:>2}  drained: SIGTERM or Ctrl-C was followed to its end
  {contract.ExitCode.CONFIGURATION:>2}  a setting is wrong, or the handler cannot be imported
  {contract.ExitCode.QUEUE_UNUSABLE:>2}  the queue does not exist or access is denied
  {contract.ExitCode.CREDENTIALS:>2}  no AWS credentials, or they are refused"""

_NEW_EPILOG = """\
example:
  shoal-agent new my-agent && cd my-agent && pytest

Nothing that exists is overwritten."""

_SEND_EPILOG = """\
examples:
  shoal-agent send '{"order_id": "A-1"}' '{"order_id": "A-2"}'
  shoal-agent send --create-queue     on an AWS of your own, such as moto_server"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return the process's exit code."""
    parser = argparse.ArgumentParser(
        prog="shoal-agent",
        description="Take messages from an SQS queue, give each to a handler.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(metavar="COMMAND", title="commands")
    _add_run(commands)
    _add_new(commands)
    _add_send(commands)
    options = parser.parse_args(arguments)
    if "command" not in options:
        parser.print_help(sys.stderr)
        return _USAGE_ERROR
    try:
        return int(options.command(options))
    except AgentError as error:
        for line in str(error).splitlines():
            print(f"shoal-agent: {line}", file=sys.stderr)  # noqa: T201 - its purpose
        return error.exit_code


def _add_run(commands: Any) -> None:
    run = _command(commands, "run", "run a handler on a queue, until SIGTERM", _RUN_EPILOG)
    run.add_argument(
        "handler", nargs="?", metavar="MODULE:HANDLER", help=f"default: {contract.HANDLER}"
    )
    run.add_argument(
        "--watch",
        action="store_true",
        help="start again when a Python file below this folder changes (needs shoal[watch])",
    )
    run.add_argument(
        "--log-format",
        choices=contract.LOG_FORMATS,
        help=f"default: {contract.LOG_FORMAT}, else {contract.DEFAULT_LOG_FORMAT} (--watch: text)",
    )
    run.set_defaults(command=_run)


def _add_new(commands: Any) -> None:
    summary = "write a project to begin with: handler, tests, Dockerfile, README"
    new = _command(commands, "new", summary, _NEW_EPILOG)
    new.add_argument("name", metavar="NAME", help="lower-case letters, digits and hyphens")
    new.add_argument("--directory", metavar="DIR", help="where to write it; default: ./NAME")
    new.set_defaults(command=_new)


def _add_send(commands: Any) -> None:
    summary = f"send messages by hand to the queue that {contract.QUEUE_URL} names"
    send = _command(commands, "send", summary, _SEND_EPILOG)
    send.add_argument("bodies", nargs="*", metavar="BODY", help="a message's body, as it is")
    send.add_argument(
        "--create-queue",
        action="store_true",
        help="make the queue first, where AWS_ENDPOINT_URL leads to an AWS of your own",
    )
    send.set_defaults(command=_send)


def _command(commands: Any, name: str, summary: str, epilog: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(
        name,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    return command


def _run(options: argparse.Namespace) -> int:
    from shoal_agent.settings import read_settings, unknown_variables  # noqa: PLC0415

    environ = dict(os.environ)
    if options.log_format is not None:
        environ[contract.LOG_FORMAT] = options.log_format
    settings = read_settings(environ, options.handler)
    if options.watch:
        return _run_watched(options.handler, environ)
    # Until the agent listens itself: a container's first process does not hear what it has
    # not asked for, and would be killed at the end of its grace period with what it holds.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(contract.ExitCode.DRAINED))
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
    # An agent waits for its open poll before it ends: nobody wants to wait 20 s for new code.
    environ.setdefault(contract.POLL_WAIT_S, "1")
    command = [sys.executable, "-m", "shoal_agent", "run"]
    return run_watched([*command, *([] if handler is None else [handler])], Path.cwd(), environ)


def _new(options: argparse.Namespace) -> int:
    from shoal_agent.project import write_project  # noqa: PLC0415 - for this command alone

    return write_project(options.name, options.directory)


def _send(options: argparse.Namespace) -> int:
    from shoal_agent.send import send_messages  # noqa: PLC0415 - for this command alone

    return send_messages(options.bodies, os.environ, create_queue=options.create_queue)
