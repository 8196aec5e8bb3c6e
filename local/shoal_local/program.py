"""Run a project's own ``__main__.py`` the way Pulumi's language host runs it.

The host starts Python anew for each run and executes the folder: the folder comes first on
``sys.path``, is the working directory and ``sys.argv[0]``. Here the interpreter goes on
afterwards, so all of that is put back, and modules that lie in the folder are forgotten: the
next program may have a module of the same name.
"""

from __future__ import annotations

import contextlib
import runpy
import sys
import traceback
from typing import TYPE_CHECKING

from shoal_local.user_error import UserError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def load_program(directory: Path) -> Callable[[], None]:
    """Return the program in ``directory``; calling it executes ``__main__.py``."""
    directory = directory.resolve()
    if not (directory / "__main__.py").is_file():
        raise UserError(f"there is no program: no __main__.py in {directory}.")

    def program() -> None:
        with _as_started_in(directory):
            runpy.run_path(str(directory), run_name="__main__")

    return program


def describe_failure(error: Exception, program_directory: Path) -> str:
    """Say where a program broke: the traceback, from the program's own first line on.

    Not for a mistake that the program itself explains (``pulumi.RunError``): that is its
    message alone, and a ``UserError``.
    """
    main = str(program_directory.resolve() / "__main__.py")
    position = error.__traceback__
    while position is not None and position.tb_frame.f_code.co_filename != main:
        position = position.tb_next
    shown = error.with_traceback(error.__traceback__ if position is None else position)
    text = "".join(traceback.format_exception(shown)).rstrip()
    return f"the program failed with an unhandled exception:\n{text}"


@contextlib.contextmanager
def _as_started_in(directory: Path) -> Iterator[None]:
    arguments, search_path, modules = sys.argv, list(sys.path), set(sys.modules)
    sys.argv = [str(directory)]
    try:
        with contextlib.chdir(directory):
            yield
    finally:
        sys.argv = arguments
        sys.path[:] = search_path
        for name in set(sys.modules) - modules:
            if _lies_in(directory, name):
                del sys.modules[name]


def _lies_in(directory: Path, module: str) -> bool:
    """Whether ``module`` was found by way of ``directory``, not by way of a folder in it."""
    top = directory / module.split(".", maxsplit=1)[0]
    origin = getattr(sys.modules[module], "__file__", None)
    return origin is not None and (origin == f"{top}.py" or origin.startswith(f"{top}/"))
