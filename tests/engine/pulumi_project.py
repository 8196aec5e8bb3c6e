"""A Pulumi project in a folder of its own, run by the real engine over the stand-ins.

State, plugins, caches and secrets stay in that folder; nothing leaves the machine.
"""

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from importlib.metadata import distributions, version
from pathlib import Path
from typing import Any

from tests.engine.standins import journal

CHECKOUT = Path(__file__).resolve().parents[2]
COMMAND_TIMEOUT_S = 180.0
PLUGINS_GRACE_S = 10.0
# One that is not in the state by chance, and that the state must not show.
PASSPHRASE = "a passphrase of the tests"


class PulumiError(Exception):
    """A pulumi command failed; the text is all it said."""


def installed_packages() -> dict[str, str]:
    """Return the Pulumi packages of this environment, which the engine wants plugins for."""
    names = [distribution.name for distribution in distributions()]
    sdks = {name.replace("_", "-") for name in names if name and name.startswith("pulumi")}
    packages = sorted(name.removeprefix("pulumi-") for name in sdks if name.startswith("pulumi-"))
    return {package: version(f"pulumi-{package}") for package in packages}


def write_plugins(folder: Path) -> None:
    """Write an executable pulumi-resource-<package> for every package of the environment."""
    folder.mkdir(parents=True)
    for package, its_version in installed_packages().items():
        plugin = folder / f"pulumi-resource-{package}"
        command = [sys.executable, "-P", "-m", "tests.engine.standins.plugin", package, its_version]
        root = shlex.quote(str(CHECKOUT))
        plugin.write_text(f'#!/bin/sh\nPYTHONPATH={root} exec {shlex.join(command)} "$@"\n')
        plugin.chmod(0o755)


class PulumiProject:
    """A project folder and one file backend; each method is one command of the CLI."""

    def __init__(self, folder: Path, *, aws_endpoint: str) -> None:
        self.folder = folder
        self._outside = folder.parent / f"{folder.name}-engine"
        self._outside.mkdir()
        (self._outside / "state").mkdir()
        write_plugins(self._outside / "plugins")
        self._environment = {
            **_without_pulumi(os.environ),
            "PATH": f"{self._outside / 'plugins'}{os.pathsep}{os.environ['PATH']}",
            "PULUMI_HOME": str(self._outside / "home"),
            "PULUMI_BACKEND_URL": f"file://{self._outside / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "AWS_ENDPOINT_URL": aws_endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            journal.JOURNAL_VARIABLE: str(self._outside / "journal"),
        }

    @property
    def journal(self) -> list[journal.Entry]:
        """What the stand-ins have done so far."""
        return journal.read(self._outside / "journal")

    def run(self, *arguments: str) -> str:
        """Run one command and return its standard output; PulumiError unless it succeeds."""
        answer = self.attempt(*arguments)
        if answer.returncode != 0:
            raise PulumiError(f"pulumi {shlex.join(arguments)}\n{answer.stdout}\n{answer.stderr}")
        return answer.stdout

    def attempt(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one command and return what came of it, whatever its exit code."""
        command = ["pulumi", *arguments, "--non-interactive", "--color=never"]
        with subprocess.Popen(
            command,
            cwd=self.folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                out, err = process.communicate(timeout=COMMAND_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGTERM)
                process.kill()
                raise
        return subprocess.CompletedProcess(command, process.returncode, out, err)

    def select(self, stack: str) -> None:
        """Make a stack and select it."""
        self.run("stack", "init", stack)

    def set_secret(self, path: str, value: str) -> None:
        """Set a value of the stack's configuration, encrypted."""
        self.run("config", "set", "--secret", "--path", path, value)

    def preview(self) -> list[dict[str, Any]]:
        """Return the steps that `pulumi up` would take."""
        steps: list[dict[str, Any]] = json.loads(self.run("preview", "--json"))["steps"]
        return steps

    def laptop_preview(self, stack: str) -> list[dict[str, Any]]:
        """Return what `shoal-local preview --json` says of the same project."""
        command = [str(Path(sys.executable).with_name("shoal-local")), "preview", "--json"]
        answer = subprocess.run(
            [*command, "--stack", stack, "--cwd", str(self.folder)],
            capture_output=True,
            check=False,
            text=True,
            timeout=COMMAND_TIMEOUT_S,
        )
        if answer.returncode != 0:
            raise PulumiError(f"shoal-local preview --stack {stack}: {answer.stderr}")
        resources: list[dict[str, Any]] = json.loads(answer.stdout)
        return resources

    def up(self, *options: str) -> str:
        """Bring the stack up, without a preview before it."""
        return self.run("up", "--yes", "--skip-preview", *options)

    def refresh(self) -> str:
        """Ask the providers whether everything is as the state says; anything else is an error."""
        return self.run("refresh", "--yes", "--skip-preview", "--expect-no-changes")

    def destroy(self) -> str:
        """Delete every resource of the stack."""
        return self.run("destroy", "--yes", "--skip-preview")

    def state_text(self) -> str:
        """Return the state as it is stored: secrets encrypted."""
        return self.run("stack", "export")

    def state(self) -> list[dict[str, Any]]:
        """Return the resources of the state."""
        deployment = json.loads(self.state_text())["deployment"]
        resources: list[dict[str, Any]] = deployment.get("resources", [])
        return resources

    def outputs(self) -> dict[str, Any]:
        """Return what the stack exports, secrets masked."""
        outputs: dict[str, Any] = json.loads(self.run("stack", "output", "--json"))
        return outputs

    def plugins_left(self) -> list[str]:
        """Return the stand-ins of this project that still run, after a grace of seconds."""
        started = [entry.urn for entry in self.journal if entry.operation == "start"]
        deadline = time.monotonic() + PLUGINS_GRACE_S
        while running := [plugin for plugin in started if _runs(plugin.split()[1])]:
            if time.monotonic() > deadline:
                break
            time.sleep(0.1)
        return running


def _without_pulumi(environment: os._Environ[str]) -> dict[str, str]:
    foreign = ("PULUMI_", "AWS_", "KUBECONFIG")
    return {key: value for key, value in environment.items() if not key.startswith(foreign)}


def _runs(pid: str) -> bool:
    try:
        command = Path("/proc", pid, "cmdline").read_bytes()
    except OSError:
        return False
    return b"tests.engine.standins.plugin" in command


def copy_program(name: str, folder: Path) -> None:
    """Copy one of the tests' own programs, with this environment as its `.venv`."""
    shutil.copytree(CHECKOUT / "tests" / "engine" / "programs" / name, folder)
    (folder / ".venv").symlink_to(sys.prefix)


def copy_of_the_checkout(folder: Path) -> None:
    """Make a folder that is the stack program, but whose stack files may be written to.

    `pulumi stack init` adds a salt to Pulumi.<stack>.yaml. Folders are links, `.venv` is the
    environment that runs the tests, and so nothing is installed.
    """
    folder.mkdir(parents=True)
    for source in CHECKOUT.iterdir():
        if source.is_file():
            shutil.copy(source, folder)
        elif not source.name.startswith("."):
            (folder / source.name).symlink_to(source)
    (folder / ".venv").symlink_to(sys.prefix)
