"""`python -m tests.engine.standins.plugin <package> <version> <engine address>`.

What the executables named pulumi-resource-<package> run: one process per provider, as the
engine starts it, which says its port on standard output and serves until the engine ends.
"""

import os
import sys
import threading
import time
from importlib import import_module
from typing import Any

import pulumi.provider.experimental.server
import pulumi.provider.server
from tests.engine.standins import journal

# A module is imported by the one process that serves it: each start costs the tests time.
RESOURCES = {
    "aws": "aws_provider:AwsProvider",
    "docker-build": "docker_build_provider:DockerBuildProvider",
    "kubernetes": "kubernetes_provider:KubernetesProvider",
}
ANY_OTHER = "echo_provider:EchoProvider"
# The SDK's older server: its newer one cannot read an unknown input of a component.
COMPONENTS = {
    "awsx": "component_provider:AwsxProvider",
    "eks": "component_provider:EksProvider",
}


def end_with(parent: int) -> None:
    """Leave when the engine has gone: it cannot stop its plugins when it is killed itself."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(0)


def stand_in(place: str) -> Any:
    """Return the class at `module:name`."""
    module, name = place.split(":")
    return getattr(import_module(f"tests.engine.standins.{module}"), name)


def main() -> None:
    """Serve one provider to the engine that started this process."""
    package, version, *arguments = sys.argv[1:]
    journal.write("start", f"{package} {os.getpid()}")
    threading.Thread(target=end_with, args=(os.getppid(),), daemon=True).start()
    sys.argv[1:] = arguments
    if package in COMPONENTS:
        pulumi.provider.server.main(stand_in(COMPONENTS[package])(version), arguments)
    else:
        provider = stand_in(RESOURCES.get(package, ANY_OTHER))()
        pulumi.provider.experimental.server.main(arguments, version, provider)


if __name__ == "__main__":
    main()
