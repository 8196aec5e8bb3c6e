"""A service over HTTP that answers as a test tells it, request by request."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Self


class Asked(NamedTuple):
    """One request."""

    action: str
    headers: dict[str, str]
    body: dict[str, Any]


class Answer(NamedTuple):
    """One response; ``at_s`` is what the service's clock says."""

    status: int
    fields: dict[str, Any]
    at_s: float | None = None

    @classmethod
    def error(cls, code: str, *, status: int = 400, at_s: float | None = None) -> Self:
        """Return a refusal."""
        return cls(status, {"__type": f"com.amazonaws.sqs#{code}", "message": "made up"}, at_s)


@contextmanager
def stub_service(answer: Callable[[Asked], Answer]) -> Iterator[str]:
    """Serve; yield the URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            action = self.headers["X-Amz-Target"].partition(".")[2]
            status, fields, at_s = answer(Asked(action, dict(self.headers), json.loads(body)))
            data = json.dumps(fields).encode()
            self.send_response_only(status)
            self.send_header("Date", formatdate(at_s, usegmt=True))
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
