"""One image, built once, and a way to run it that leaves nothing behind."""

import logging
import shutil
import socket
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer
from tests.image.agent_build import AGENT, ROOT, build_agent, build_base
from tests.image.builder import Builder, Image
from tests.image.container import Container, StartContainer, bundle_config

from shoal_agent.project import write_project

REGION = "eu-west-1"


@pytest.fixture(scope="session")
def builder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Builder]:
    """A builder whose only image is a base of Debian's packages; its storage goes with it."""
    folder = tmp_path_factory.mktemp("images")
    builder = Builder(folder)
    build_base(builder)
    yield builder
    assert str(folder) not in Path("/proc/self/mounts").read_text()
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def agent_image(builder: Builder, tmp_path_factory: pytest.TempPathFactory) -> Image:
    """The agent's Dockerfile, built on that base from wheels that are at hand."""
    build_agent(builder, tmp_path_factory.mktemp("pip"))
    return builder.image(AGENT)


@pytest.fixture(scope="session")
def team_image(builder: Builder, agent_image: Image) -> Image:
    """The example of a team's own image, on top of the agent's."""
    assert agent_image.root.is_dir()
    name = "localhost/word-count"
    context = ROOT / "examples" / "own_image"
    builder.build(context, name, f"--build-arg=AGENT_IMAGE={AGENT}")
    return builder.image(name)


@pytest.fixture(scope="session")
def project_image(
    builder: Builder, agent_image: Image, tmp_path_factory: pytest.TempPathFactory
) -> Image:
    """What ``shoal-agent new`` writes, built as it stands on top of the agent's."""
    assert agent_image.root.is_dir()
    context = tmp_path_factory.mktemp("project")
    write_project("orders", str(context))
    builder.build(context, "localhost/orders", f"--build-arg=AGENT_IMAGE={AGENT}")
    return builder.image("localhost/orders")


@pytest.fixture
def start(tmp_path: Path) -> Iterator[StartContainer]:
    """Start an image as a container; whatever is started is gone after the test."""
    started: list[Container] = []

    def start_image(
        image: Image, environment: Mapping[str, str], command: list[str] | None = None
    ) -> Container:
        config = bundle_config(image.config, image.root, environment, command)
        container = Container(tmp_path, f"agent-{len(started)}-{tmp_path.name}", config)
        started.append(container)
        return container

    yield start_image
    for container in started:
        container.remove()
    assert str(tmp_path) not in Path("/proc/self/mounts").read_text()


@pytest.fixture
def endpoint() -> Iterator[str]:
    """AWS on loopback, with nothing in it."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


@pytest.fixture
def aws(endpoint: str) -> Callable[[str], Any]:
    """Make a client of an AWS service on that endpoint."""

    def client(service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=endpoint,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    return client


@pytest.fixture
def agent_environment(endpoint: str) -> dict[str, str]:
    """What a pod's environment holds besides the queue: AWS, and ports that are free."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "SHOAL_HEALTH_PORT": str(_free_port()),
        "SHOAL_METRICS_PORT": str(_free_port()),
    }


def _free_port() -> int:
    """A port that nothing listens on now; the container shares the host's network."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
