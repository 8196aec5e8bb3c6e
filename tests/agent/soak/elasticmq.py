"""ElasticMQ on a free loopback port: SQS's semantics on a server that keeps up with a fleet."""

import hashlib
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_POM = Path(__file__).with_name("pom.xml")
_START_S = 60.0
_ADDRESS = re.compile(r"visible server address (http://\S+)")
_CONFIGURATION = """
node-address { protocol = http, host = "127.0.0.1", port = 0, context-path = "" }
generate-node-address = true
rest-sqs { bind-hostname = "127.0.0.1", bind-port = 0 }
rest-stats { enabled = false }
"""


class ElasticMqMissingError(Exception):
    """The server is not on this machine and cannot be fetched."""


@contextmanager
def elasticmq() -> Iterator[str]:
    """Run the server for the length of the block; yields the URL of its endpoint.

    Raises ElasticMqMissingError before the block where there is none to run.
    """
    jars = _jars()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "server.conf").write_text(_CONFIGURATION)
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [
                    "java",
                    "-Xmx768m",
                    f"-Dconfig.file={folder / 'server.conf'}",
                    *("-cp", str(jars / "*")),
                    "org.elasticmq.server.Main",
                ],
                stdout=log,
                stderr=subprocess.STDOUT,
            )
            try:
                yield _address(process, folder / "log")
            finally:
                process.kill()
                process.wait()


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    end_s = time.monotonic() + _START_S
    while (found := _ADDRESS.search(log.read_text())) is None:
        if process.poll() is not None or time.monotonic() > end_s:
            raise RuntimeError(f"ElasticMQ did not start:\n{log.read_text()}")
        time.sleep(0.05)
    return found[1]


def _jars() -> Path:
    """Return the folder of the server's jars, fetched with Maven the first time."""
    base = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "shoal" / "soak"
    folder = base / f"elasticmq-{hashlib.sha256(_POM.read_bytes()).hexdigest()[:12]}"
    ready = folder / ".ready"
    if not ready.exists():
        fetched = subprocess.run(
            [
                *("mvn", "--quiet", "--batch-mode", "-Dstyle.color=never", "--file", str(_POM)),
                "dependency:copy-dependencies",
                "-DincludeScope=runtime",
                f"-DoutputDirectory={folder}",
            ],
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        if fetched.returncode != 0:
            reason = next(iter(fetched.stdout.splitlines()), "it does not say why")
            raise ElasticMqMissingError(f"Maven did not fetch it: {reason}")
        ready.touch()
    return folder
