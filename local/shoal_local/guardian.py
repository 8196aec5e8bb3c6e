"""A process that ends the agents if the command that started them is killed outright.

A command that gets SIGKILL cannot end its children. The guardian can: it reads their process
groups from a pipe that only the command holds open, and when the pipe ends, it kills what is
still listed. It works the same on Linux and macOS, and needs nothing of the agents.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from typing import IO, TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

_GUARD, _RELEASE = "+", "-"


class Guardian:
    """The command's side: tell the guardian which process groups to end."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        # A session of its own: Ctrl-C in the terminal is for the command, which then drains.
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", __file__],
            stdin=subprocess.PIPE,
            text=True,
            bufsize=1,
            start_new_session=True,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is None:
            return
        with contextlib.suppress(BrokenPipeError):
            self._pipe.close()
        self._process.wait()

    @property
    def pid(self) -> int:
        """The guardian's process."""
        if self._process is None:
            raise RuntimeError("the guardian has not been entered")
        return self._process.pid

    def guard(self, group: int) -> None:
        """End this process group if the command is killed."""
        self._say(_GUARD, group)

    def release(self, group: int) -> None:
        """Forget a process group that has ended, before its number is used again."""
        self._say(_RELEASE, group)

    @property
    def _pipe(self) -> IO[str]:
        if self._process is None or self._process.stdin is None:
            raise RuntimeError("the guardian has not been entered")
        return self._process.stdin

    def _say(self, verb: str, group: int) -> None:
        # Without a guardian the fleet still ends with the command; it only cannot outlive a
        # SIGKILL of it, so its loss is no reason to stop.
        with contextlib.suppress(BrokenPipeError):
            self._pipe.write(f"{verb}{group}\n")
            self._pipe.flush()


def watch(lines: Iterable[str]) -> set[int]:
    """Follow the command's words until it has gone; return the groups still guarded."""
    guarded: set[int] = set()
    for line in lines:
        verb, group = line[0], int(line[1:])
        if verb == _GUARD:
            guarded.add(group)
        else:
            guarded.discard(group)
    return guarded


def main() -> None:
    """Wait for the end of standard input, then kill what is still guarded."""
    for group in watch(sys.stdin):
        try:
            os.killpg(group, signal.SIGKILL)
        except ProcessLookupError:
            continue


if __name__ == "__main__":
    main()
