"""AWS on this machine: moto behind an HTTP server on a free loopback port."""

import os
import threading
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

import boto3
import botocore.session
from botocore.config import Config
from moto.backends import get_backend
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import BaseWSGIServer, make_server

from shoal_local.moto_queues import ClientGoneError, serial_queues

LOOPBACK = "127.0.0.1"
ACCOUNT_ID = DEFAULT_ACCOUNT_ID
# Moto answers to any key; a key that is no secret cannot leak and cannot reach AWS.
_CREDENTIAL = "shoal-local"


class MotoServer:
    """A moto of its own: state starts empty, the port is the system's choice.

    It never reads ``AWS_PROFILE``, ``~/.aws`` or a proxy setting, and neither does what
    :meth:`environment` is given to, so that the real AWS account stays out of reach.
    """

    def __init__(self, region: str) -> None:
        self.region = region
        self._server: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None
        self._exits = ExitStack()

    def __enter__(self) -> Self:
        reset()
        self._exits.enter_context(serial_queues())
        app = _deaf_to_lost_clients(DomainDispatcherApplication(create_backend_app))
        server = make_server(LOOPBACK, 0, app, threaded=True, request_handler=_Connection)
        thread = threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="moto", daemon=True
        )
        thread.start()
        self._server, self._thread = server, thread
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
        self._exits.close()
        reset()

    @property
    def port(self) -> int:
        """The loopback port that moto listens on."""
        if self._server is None:
            raise RuntimeError("the moto server has not been entered")
        return int(self._server.server_port)

    @property
    def endpoint_url(self) -> str:
        """What ``AWS_ENDPOINT_URL`` is for a client of this server."""
        return f"http://{LOOPBACK}:{self.port}"

    def environment(self) -> dict[str, str]:
        """Return the AWS variables that bind a child process to this server alone."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_ACCESS_KEY_ID": _CREDENTIAL,
            "AWS_SECRET_ACCESS_KEY": _CREDENTIAL,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def client(self, service: str) -> Any:
        """Return a boto3 client of this server, whatever the user's AWS settings say."""
        return _session().client(
            service,
            region_name=self.region,
            endpoint_url=self.endpoint_url,
            aws_access_key_id=_CREDENTIAL,
            aws_secret_access_key=_CREDENTIAL,
            config=Config(
                proxies={},
                retries={"mode": "standard", "total_max_attempts": 3},
                s3={"addressing_style": "path"},
                max_pool_connections=32,
            ),
        )


def reset() -> None:
    """Forget every resource in moto; its backends are one per Python process."""
    for service in ("sqs", "s3", "iam", "ecr", "kms", "logs", "cloudwatch", "sns", "sts"):
        backend: Any = get_backend(service)  # type: ignore[call-overload,unused-ignore]
        backend.reset()


class _Connection(MotoRequestHandler):
    """One client's connection: kept open between requests, and without an access log."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing: the requests are the agents' own, hundreds a second."""


def _deaf_to_lost_clients(app: Any) -> Any:
    def answer(environ: dict[str, Any], start_response: Any) -> Any:
        try:
            return app(environ, start_response)
        except ClientGoneError:
            start_response("499 Client Closed Request", [("Content-Length", "0")])
            return []

    return answer


def _session() -> Any:
    nothing = os.devnull
    core = botocore.session.Session(
        session_vars={
            "profile": (None, None, None, None),
            "config_file": (None, None, nothing, None),
            "credentials_file": (None, None, nothing, None),
        }
    )
    return boto3.session.Session(botocore_session=core)
