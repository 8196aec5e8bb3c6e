"""What every engine test needs: a pulumi CLI, an AWS in moto, and the stand-in plugins."""

import shutil
from collections.abc import Iterator

import pytest
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

LEFT_OUT = "engine tests left out: no pulumi CLI on PATH"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the tier where there is no CLI."""
    if shutil.which("pulumi") is None:
        for item in (item for item in items if item.get_closest_marker("engine")):
            item.add_marker(pytest.mark.skip(reason=LEFT_OUT))


@pytest.fixture(scope="session")
def aws_endpoint() -> Iterator[str]:
    """Return the URL of an AWS that is empty at first."""
    monkeypatch = pytest.MonkeyPatch()
    # The policies that AWS manages, so that a role may be given none that does not exist.
    monkeypatch.setenv("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()
    monkeypatch.undo()
