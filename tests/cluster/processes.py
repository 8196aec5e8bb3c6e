"""Processes that are all gone when their owner closes."""

import os
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

POLL_S = 0.1
END_S = 20.0


class Processes:
    """Starts programs with their output in a folder, and ends them in reverse order."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._running: list[tuple[str, subprocess.Popen[bytes]]] = []

    def start(self, name: str, *command: str, environment: Mapping[str, str] | None = None) -> None:
        """Start a program; ``environment`` is added to this process's own.

        setpriv makes the kernel end it if this process is killed before it can.
        """
        extra = {} if environment is None else environment
        with (self._logs / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "--", *command],
                env={**os.environ, **extra},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._running.append((name, process))

    def wait_until(self, what: str, holds: Callable[[], bool], deadline_s: float = 120) -> None:
        """Wait until something holds; a program that has ended is an error with its last words."""
        end = time.monotonic() + deadline_s
        while not holds():
            for name, process in self._running:
                if process.poll() is not None:
                    raise RuntimeError(
                        f"{name} ended with {process.returncode}:\n{self._tail(name)}"
                    )
            if time.monotonic() > end:
                logs = "\n".join(self._tail(name, 600) for name, _ in self._running)
                raise TimeoutError(f"{what}: not within {deadline_s:g} s\n{logs}")
            time.sleep(POLL_S)

    def close(self) -> None:
        """End every program that was started, by its process id, and wait for each."""
        while self._running:
            _, process = self._running.pop()
            process.terminate()
            try:
                process.wait(timeout=END_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _tail(self, name: str, characters: int = 3000) -> str:
        return (self._logs / f"{name}.log").read_text(errors="replace")[-characters:]


def free_ports(count: int) -> list[int]:
    """Return ports of loopback on which nothing listens, all different."""
    listeners = [socket.socket() for _ in range(count)]
    try:
        for listener in listeners:
            listener.bind(("127.0.0.1", 0))
        return [int(listener.getsockname()[1]) for listener in listeners]
    finally:
        for listener in listeners:
            listener.close()
