"""An SQS endpoint that answers one question, how deep a queue is, from a script.

KEDA asks ``GetQueueAttributes`` and nothing else. The numbers are a step function of the
seconds since a start that the script is told, so that a run can be repeated.
"""

import bisect
import json
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

TARGET = "AmazonSQS.GetQueueAttributes"


class Depth(NamedTuple):
    """What a queue holds from a moment on; without ``visible`` the request is refused."""

    seconds: float
    visible: int | None
    in_flight: int = 0
    delayed: int = 0


@dataclass
class Script:
    """The depths of one queue, and when it was asked for them (by the monotonic clock)."""

    depths: Sequence[Depth]
    started_at: float | None = None
    asked_at: list[float] = field(default_factory=list)

    def answer(self) -> Depth:
        """Return the depth of this moment, and remember the question."""
        now = time.monotonic()
        self.asked_at.append(now)
        elapsed = 0.0 if self.started_at is None else now - self.started_at
        last = bisect.bisect_right([depth.seconds for depth in self.depths], elapsed) - 1
        return self.depths[max(last, 0)]


class ScriptedSqs:
    """Serves the scripts on loopback until it is closed."""

    def __init__(self) -> None:
        self.scripts: dict[str, Script] = {}
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.scripts = self.scripts
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def endpoint(self) -> str:
        """What a trigger's ``awsEndpoint`` is set to."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    scripts: dict[str, Script]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Pass over a client that hung up in between, as KEDA does at its end."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.headers.get("X-Amz-Target") != TARGET:
            self._send(400, {"__type": "InvalidAction", "message": f"only {TARGET} is scripted"})
            return
        script = self.server.scripts.get(body["QueueUrl"].rsplit("/", 1)[-1])
        if script is None:
            self._send(400, {"__type": "com.amazonaws.sqs#QueueDoesNotExist"})
            return
        depth = script.answer()
        if depth.visible is None:
            # A refusal the SDK does not repeat: one poll, one failure.
            self._send(403, {"__type": "com.amazonaws.sqs#AccessDenied", "message": "scripted"})
            return
        counts = {
            "ApproximateNumberOfMessages": depth.visible,
            "ApproximateNumberOfMessagesNotVisible": depth.in_flight,
            "ApproximateNumberOfMessagesDelayed": depth.delayed,
        }
        self._send(200, {"Attributes": {name: str(count) for name, count in counts.items()}})

    def _send(self, status: int, answer: dict[str, Any]) -> None:
        payload = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Keep the console for the recorder."""
