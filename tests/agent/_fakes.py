"""What the agent's tests stand on: an agent as a real process, and waiting with a deadline."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Coroutine, Mapping
from functools import wraps
from pathlib import Path
from typing import Any, Self, TypeVar

T = TypeVar("T")
DEADLINE_S = 60.0
_LOOK_EVERY_S = 0.02


def eventually(look: Callable[[], T], what: str = "it did not come true") -> T:
    """Return the first true value of ``look``; fail after the deadline."""
    end_s = time.monotonic() + DEADLINE_S
    while not (found := look()):
        if time.monotonic() > end_s:
            raise AssertionError(f"{what} within {DEADLINE_S:g} s")
        threading.Event().wait(_LOOK_EVERY_S)
    return found


def in_loop(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Run an async test to its end."""

    @wraps(test)
    def run(*arguments: Any, **named: Any) -> None:
        asyncio.run(test(*arguments, **named))

    return run


class AgentProcess:
    """``python -m shoal_agent run`` with the environment that a pod would give it."""

    def __init__(
        self, folder: Path, handler: str, environment: Mapping[str, str], *options: str
    ) -> None:
        """Start it in ``folder``, where its handler's module lies."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "shoal_agent", "run", handler, *options],
            cwd=folder,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(folder),
                "PYTHONDONTWRITEBYTECODE": "1",
                "AWS_ACCESS_KEY_ID": "key",
                "AWS_SECRET_ACCESS_KEY": "secret",
                "AWS_REGION": "eu-west-1",
                "SHOAL_HEALTH_PORT": "0",
                "SHOAL_METRICS_PORT": "0",
                "SHOAL_POLL_WAIT_S": "1",
                **environment,
            },
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.pid = self._process.pid
        self.output: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        if self._process.stderr is not None:
            self.output.extend(self._process.stderr)

    def __enter__(self) -> Self:
        """Return itself; leaving ends it."""
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._reader.join()
        if self._process.stderr is not None:
            self._process.stderr.close()

    def lines(self, text: str) -> list[dict[str, Any]]:
        """Return the log lines whose text contains this."""
        found = [json.loads(line) for line in tuple(self.output) if line.startswith("{")]
        return [line for line in found if text in line["text"]]

    def said(self, text: str) -> dict[str, Any]:
        """Wait for such a log line."""
        return eventually(lambda: self.lines(text), f"no line with {text!r}: {self.output}")[0]

    def signal(self, number: int = signal.SIGTERM) -> None:
        """Send a signal."""
        self._process.send_signal(number)

    def ended(self) -> int:
        """Wait for its end; return the exit code."""
        code = self._process.wait(DEADLINE_S)
        self._reader.join(DEADLINE_S)
        return code

    def drained(self) -> int:
        """Ask it to drain and wait for its end; return the exit code."""
        self.signal()
        return self.ended()

    def get(self, port_field: str, path: str) -> tuple[int, str]:
        """Return status and text of a probe path; 0 where nobody listens."""
        port = self.said("listening")[port_field]
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def ready(self) -> Self:
        """Wait until the queue has answered."""
        eventually(lambda: self.get("health_port", "/readyz")[0] == 200, "not ready")
        return self
