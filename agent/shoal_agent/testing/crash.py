"""The death of an agent, at a chosen line of its handler.

The line is found by tracing, and the death is an exception that ``except Exception`` does not
catch. Unlike at a real SIGKILL, ``finally`` blocks and context managers still run, as does
``except BaseException``; whatever those do, the message is not acknowledged.
"""

import functools
import inspect
import linecache
import sys
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any, NamedTuple


class CrashPoint(NamedTuple):
    """A line that the agent died before."""

    file: str
    line: int

    def __str__(self) -> str:
        text = linecache.getline(self.file, self.line).strip()
        return f"{Path(self.file).name}:{self.line}: {text}"


class AgentDied(BaseException):
    """Unwinds a handler whose agent has died."""


class Crash:
    """Happens once. Mutable state: the lines seen so far, and where it has happened."""

    def __init__(self, at_line: int | None = None, modules: Collection[ModuleType] = ()) -> None:
        """Happen before the ``at_line``-th line (from 1; None: never) that a handler executes.

        Lines count if they lie in the handler's own file or in one of the modules.
        """
        if at_line is not None and at_line < 1:
            raise ValueError(f"crash_at_line={at_line}: the first line executed is 1")
        self.lines = 0
        self.point: CrashPoint | None = None
        self._at_line = at_line
        self._files = {module.__file__ for module in modules}

    def happened(self) -> bool:
        """Tell whether the agent has died."""
        return self.point is not None

    def armed(self, handler: Any) -> AbstractContextManager[None]:
        """Count the lines of this handler inside, and raise AgentDied at the chosen one."""
        files = self._files | {_source_file(handler)}

        def enter(frame: FrameType, _event: str, _argument: Any) -> Callable[..., Any] | None:
            return self._follow if frame.f_code.co_filename in files else None

        return _Tracing(enter)

    def _follow(self, frame: FrameType, event: str, _argument: Any) -> Callable[..., Any]:
        if event == "line":
            self.lines += 1
            if self.lines == self._at_line:
                self.point = CrashPoint(frame.f_code.co_filename, frame.f_lineno)
                raise AgentDied(self.point)
        return self._follow


class _Tracing:
    """Traces inside, and puts back what traced before: a debugger, or a coverage tool.

    Not a generator: coming back to one would be an event of its own for the tracer that saw
    it begin.
    """

    def __init__(self, trace: Callable[..., Any]) -> None:
        self._trace = trace

    def __enter__(self) -> None:
        self._before = sys.gettrace()
        sys.settrace(self._trace)

    def __exit__(self, *_: object) -> None:
        sys.settrace(self._before)


def _source_file(handler: Any) -> str:
    """Return the file that a handler's own code lies in, behind decorators."""
    found: Any = handler
    if inspect.isclass(handler):
        found = getattr(handler, "handle", handler)
    found = inspect.unwrap(found)
    while isinstance(found, functools.partial):
        found = inspect.unwrap(found.func)
    if not hasattr(found, "__code__") and not inspect.ismethod(found):
        found = type(found).__call__
    code = getattr(inspect.unwrap(found), "__code__", None)
    if code is None:
        raise TypeError(f"{handler!r} is not written in Python: it has no lines to crash at")
    return str(code.co_filename)
