"""``shoal-local``: the stack program on a laptop.

Each command is a module of this package with ``configure(parser)``, which adds its options,
and ``run(args)``, which does it and returns the exit code. Only the module of the command
that was asked for is imported.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from typing import TYPE_CHECKING, Final

from shoal_local.user_error import UserError

if TYPE_CHECKING:
    from collections.abc import Sequence

_PROGRAM: Final = "shoal-local"
_USAGE_ERROR: Final = 2
_INTERRUPTED: Final = 130  # what a shell reports for SIGINT: 128 + 2

_COMMANDS: Final = {
    "preview": "show what the stack program would create; no account and no CLI needed",
    "up": "run the stack here: AWS in moto, agents as local processes",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command in ``argv`` (default: the process's own) and return its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    asked_for = next((word for word in arguments if word in _COMMANDS), None)
    try:
        parser = _parser(asked_for)
        args = parser.parse_args(arguments)
        return int(importlib.import_module(f"shoal_local.{args.command}").run(args))
    except UserError as error:
        print(f"{_PROGRAM}: {error}", file=sys.stderr)  # noqa: T201
        return _USAGE_ERROR
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("shoal"):
            raise
        print(  # noqa: T201
            f"{_PROGRAM}: the Python package {error.name!r} is missing; it comes with "
            f"pip install 'shoal[local]'.",
            file=sys.stderr,
        )
        return _USAGE_ERROR
    except KeyboardInterrupt:
        return _INTERRUPTED


def _parser(asked_for: str | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=_PROGRAM, description="The stack on a laptop.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    for name, summary in _COMMANDS.items():
        command = commands.add_parser(name, help=summary, description=f"{name}: {summary}.")
        if name == asked_for:
            importlib.import_module(f"shoal_local.{name}").configure(command)
    return parser
