"""``shoal-local up``, end to end: the real program, real agents, real images, nothing left.

The command runs as a process of its own, as a user starts it, on the repository's local stack.
"""

import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image
from tests.local.processes import children_of, is_running
from tests.local.waiting import eventually_now

from shoal_local.cli import main

ROOT = Path(__file__).resolve().parents[2]
# More than one replica works off before the HPA has looked, at Pulumi.local.yaml's target.
MESSAGES = 80
# What an interrupted run does not get to the end of.
SOME = 40
BAD = 3
WORKING = r"done [1-9]"


class Command:
    """The command under way: what it has printed, and which processes are its own."""

    def __init__(self, process: subprocess.Popen[bytes], output: Path) -> None:
        self.process = process
        self._output = output

    @property
    def text(self) -> str:
        """Everything printed so far."""
        return self._output.read_text()

    @property
    def port(self) -> int:
        """The port of its moto."""
        found = re.search(r"moto at http://127\.0\.0\.1:(\d+)", self.text)
        assert found is not None, self.text
        return int(found.group(1))

    def children(self) -> list[int]:
        """Return the processes that it has started."""
        return children_of(self.process.pid)

    def until(self, pattern: str) -> None:
        """Wait until the output matches."""
        eventually_now(
            lambda: re.search(pattern, self.text) or self.process.poll() is not None, pattern
        )
        assert re.search(pattern, self.text), self.text


@contextmanager
def _up(tmp_path: Path, *options: str) -> Iterator[Command]:
    output = tmp_path / "output"
    with output.open("wb") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "shoal_local", "up", "--cwd", str(ROOT), *options],
            stdout=sink,
            stderr=subprocess.STDOUT,
            cwd=tmp_path,
        )
    try:
        yield Command(process, output)
    finally:
        process.kill()
        process.wait()


def _is_open(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def test_a_burst_is_worked_off_by_a_fleet_that_comes_and_goes(tmp_path: Path) -> None:
    chart = tmp_path / "run.png"
    with _up(tmp_path, "--messages", str(MESSAGES), "--chart", str(chart)) as command:
        assert command.process.wait(110) == 0, command.text
        text = command.text
    assert f"{MESSAGES} of {MESSAGES} thumbnails decode" in text
    assert f"ok      {BAD} in the dead-letter queue" in text
    assert f"lost = 0, of {MESSAGES + BAD} sent" in text
    for reason in ("truncated", "cannot identify", "pixels"):
        assert reason in text, "each of the three is rejected with its own reason"
    scale = re.search(r"replicas went 0 → (\d+) → 0", text)
    assert scale is not None
    assert int(scale.group(1)) > 1
    assert re.search(r"HPA sync every \d+ s \(15 s in a cluster\)", text)
    assert not _is_open(command.port)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["output", "run.png"]
    with Image.open(chart) as image:
        image.load()


@pytest.mark.parametrize(
    ("number", "moment"),
    [
        (signal.SIGINT, r"images and uploading them"),
        (signal.SIGTERM, WORKING),
    ],
)
def test_an_interrupted_run_drains_and_leaves_nothing(
    tmp_path: Path, number: signal.Signals, moment: str
) -> None:
    with _up(tmp_path, "--messages", str(SOME)) as command:
        command.until(moment)
        children = command.children()
        command.process.send_signal(number)
        assert command.process.wait(60) == 130, command.text
    assert "no agent, no port and no resource of it is left" in command.text
    assert children, "a guardian at least"
    assert not any(is_running(pid) for pid in children)
    assert not _is_open(command.port)
    assert [path.name for path in tmp_path.iterdir()] == ["output"]


def test_a_killed_run_takes_its_agents_with_it(tmp_path: Path) -> None:
    with _up(tmp_path, "--messages", str(SOME)) as command:
        command.until(WORKING)
        children = command.children()
        assert len(children) > 1, "a guardian and at least one agent"
        command.process.kill()
    eventually_now(lambda: not any(map(is_running, children)), "the agents' end")


def test_a_stack_that_is_kept_tells_how_to_send_and_works_off_what_is_sent(
    tmp_path: Path,
) -> None:
    with _up(tmp_path, "--keep") as command:
        command.until(r"--message-body '\{.*\}'")
        exported = dict(re.findall(r"export (AWS_\w+)=(\S+)", command.text))
        found = re.search(r"--queue-url (\S+) --message-body '(.*)'", command.text)
        assert found is not None
        sender = (
            "import boto3, json, sys\n"
            "boto3.client('sqs').send_message(QueueUrl=sys.argv[1], MessageBody=sys.argv[2])"
        )
        environment = {**exported, "AWS_DEFAULT_REGION": exported["AWS_REGION"]}
        json.loads(found.group(2))
        subprocess.run([sys.executable, "-c", sender, *found.groups()], env=environment, check=True)
        command.until(r"rejected 1")  # the object that it names has not been uploaded
        command.process.send_signal(signal.SIGINT)
        assert command.process.wait(60) == 0, command.text
    assert "no agent, no port and no resource of it is left" in command.text


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--messages", "-1"], "--messages -1: a number of images, 0 or more"),
        (["--timeout", "0"], "--timeout 0: a number of seconds above 0"),
        (["--stack", "nowhere"], "there is no stack 'nowhere'"),
    ],
)
def test_a_wrong_option_is_one_clear_line(
    capsys: pytest.CaptureFixture[str], options: list[str], expected: str
) -> None:
    assert main(["up", "--cwd", str(ROOT), *options]) == 2
    assert expected in capsys.readouterr().err
