"""``shoal-local preview``: what the stack program would create, without an account.

Prints the tree of resources on stdout, or with ``--json`` an array with one object for each
(preview_json.py). What the program says on Pulumi's log, and what it prints, goes to stderr.
"""

from __future__ import annotations

import contextlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pulumi

from shoal_local.answers import Account
from shoal_local.evaluation import Evaluation
from shoal_local.preview_backend import PreviewBackend
from shoal_local.preview_json import as_json_objects
from shoal_local.preview_tree import draw_tree
from shoal_local.program import describe_failure, load_program
from shoal_local.stack_config import StackConfig, load_project, load_stack
from shoal_local.user_error import UserError

if TYPE_CHECKING:
    import argparse

    from shoal_local.engine_log import LogMessage
    from shoal_local.stack_config import Project

DEFAULT_STACK: Final = "dev"
_PROGRAM_FAILED: Final = 1


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    parser.add_argument(
        "--stack",
        default=DEFAULT_STACK,
        help="the stack: Pulumi.<stack>.yaml (default: %(default)s)",
    )
    parser.add_argument(
        "--json", action="store_true", help="print an array of objects instead of a tree"
    )
    parser.add_argument(
        "--cwd",
        type=Path,
        default=Path(),
        metavar="DIR",
        help="a folder of the Pulumi project (default: the current one)",
    )


def run(args: argparse.Namespace) -> int:
    """Evaluate and print; a mistake in the configuration raises ``UserError``."""
    project = load_project(args.cwd)
    config = load_stack(project, args.stack)
    evaluation = preview_stack(project, config)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            evaluation.run(load_program(project.program_directory))
    except pulumi.RunError as error:
        raise UserError(str(error)) from error
    except Exception as error:  # noqa: BLE001 - whatever the program raised is reported
        print(describe_failure(error, project.program_directory), file=sys.stderr)  # noqa: T201
        return _PROGRAM_FAILED
    if args.json:
        print(json.dumps(as_json_objects(evaluation), indent=2))  # noqa: T201
    else:
        print(draw_tree(evaluation))  # noqa: T201
    return 0


def preview_stack(project: Project, config: StackConfig) -> Evaluation:
    """Prepare the evaluation of one stack of ``project`` as a first preview shows it."""
    for key in config.encrypted:
        _say("warning", f"{key} is encrypted; evaluated with a stand-in text")
    return Evaluation(
        PreviewBackend(Account.of_config(config.values)),
        project=project.name,
        stack=config.stack,
        config=config.values,
        preview=True,
        root_directory=str(project.directory),
        on_message=_show,
    )


def _show(message: LogMessage) -> None:
    subject = "" if message.urn is None else f"{message.urn.rpartition('::')[2]}: "
    _say(message.severity, f"{subject}{message.text}")


def _say(severity: str, text: str) -> None:
    print(f"{severity}: {text}", file=sys.stderr)  # noqa: T201
