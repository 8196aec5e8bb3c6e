"""How an agent ends when it cannot work: one sentence and the contract's exit code."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.agent._stub_service import Answer, stub_service
from tests.agent.conftest import Bench, Queues

from shoal_agent.contract import ExitCode

OK = "def handle(message):\n    note(message.body)"

UNUSABLE_HANDLERS = {
    "import_fails": ("import nowhere\n" + OK, "No module named 'nowhere'"),
    "no_such_name": ("def other(message): ...", "work has no 'handle'"),
    "not_callable": ("handle = 3", "is not callable"),
    "class_without_handle": ("class handle: ...", "has no method 'handle'"),
    "exits_on_import": ("os._exit(3)", "exited with status 3"),
}


@pytest.mark.parametrize("name", UNUSABLE_HANDLERS)
def test_a_handler_that_cannot_be_used_is_a_configuration_error(
    bench: Bench, queues: Queues, name: str
) -> None:
    source, sentence = UNUSABLE_HANDLERS[name]
    agent = bench.start(queues, source)
    assert agent.ended() == ExitCode.CONFIGURATION
    (said,) = [line for line in agent.output if line.startswith("shoal-agent: ")]
    assert sentence in said
    assert not any("Traceback" in line for line in agent.output)


def test_a_setup_that_fails_ends_the_agent_with_its_reason(bench: Bench, queues: Queues) -> None:
    agent = bench.start(
        queues,
        """
        class handle:
            def setup(self):
                raise OSError("no database")

            def handle(self, message): ...
        """,
    )
    assert agent.ended() == ExitCode.CRASHED
    assert any("setup failed: OSError: no database" in line for line in agent.output)


def test_an_async_handler_in_threads_is_a_configuration_error(bench: Bench, queues: Queues) -> None:
    agent = bench.start(queues, "async def handle(message): ...", SHOAL_ISOLATION="thread")
    assert agent.ended() == ExitCode.CONFIGURATION
    assert any("SHOAL_ISOLATION=thread: the handler" in line for line in agent.output)


def test_a_wrong_setting_is_told_before_anything_starts(tmp_path: Path) -> None:
    environment = {"SHOAL_QUEUE_URL": "http://127.0.0.1:1/q", "SHOAL_CONCURRENCY": "none"}
    ended = subprocess.run(
        [sys.executable, "-m", "shoal_agent", "run", "work:handle"],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == ExitCode.CONFIGURATION
    assert ended.stderr == (
        "shoal-agent: SHOAL_CONCURRENCY='none': must be a whole number from 1 to 10000\n"
    )


def test_a_queue_that_does_not_exist_ends_the_agent(bench: Bench, queues: Queues) -> None:
    agent = bench.start(queues, OK, SHOAL_QUEUE_URL=f"{queues.url}-not")
    assert agent.ended() == ExitCode.QUEUE_UNUSABLE
    assert "cannot be used" in agent.said("stopped: the queue")["text"]


REFUSALS = {
    "AccessDenied": ExitCode.QUEUE_UNUSABLE,
    "InvalidClientTokenId": ExitCode.CREDENTIALS,
    "SignatureDoesNotMatch": ExitCode.CREDENTIALS,
}


@pytest.mark.parametrize("code", REFUSALS)
def test_a_refusal_that_time_does_not_cure_ends_the_agent(
    bench: Bench, queues: Queues, code: str
) -> None:
    with stub_service(lambda _: Answer.error(code, status=403)) as url:
        agent = bench.start(queues, OK, AWS_ENDPOINT_URL=url)
        assert agent.ended() == REFUSALS[code]
    assert code in agent.said("stopped:")["text"]


def test_no_credentials_end_the_agent(bench: Bench, queues: Queues) -> None:
    agent = bench.start(
        queues,
        OK,
        AWS_ACCESS_KEY_ID="",
        AWS_SECRET_ACCESS_KEY="",
        AWS_EC2_METADATA_DISABLED="true",
    )
    assert agent.ended() == ExitCode.CREDENTIALS
    assert any("shoal-agent: no AWS credentials: " in line for line in agent.output)


def test_a_port_that_is_taken_is_a_configuration_error(bench: Bench, queues: Queues) -> None:
    port = queues.endpoint.rsplit(":", 1)[1]
    agent = bench.start(queues, OK, SHOAL_HEALTH_PORT=port)
    assert agent.ended() == ExitCode.CONFIGURATION
    assert any(f"SHOAL_HEALTH_PORT={port}: cannot listen" in line for line in agent.output)


def test_an_unknown_variable_is_a_warning_with_the_nearest_name(
    bench: Bench, queues: Queues
) -> None:
    agent = bench.start(queues, OK, SHOAL_CONCURENCY="4").ready()
    assert agent.said("did you mean SHOAL_CONCURRENCY?")["level"] == "WARNING"
    assert agent.drained() == 0


def test_a_signal_that_comes_before_the_agent_listens_ends_it_as_drained() -> None:
    """A container's first process hears no signal that it has not asked for.

    Cause: the agent asked once its loop ran. Expected: from the start of its imports on.
    """
    program = """if True:
        import os, signal, sys
        import shoal_agent.agent
        from shoal_agent.cli import main

        shoal_agent.agent.run_agent = lambda *_, **__: os.kill(os.getpid(), signal.SIGTERM)
        sys.exit(main(["run", "json:loads"]) or 3)
        """
    environment = {"SHOAL_QUEUE_URL": "http://127.0.0.1:1/1/queue"}
    ended = subprocess.run([sys.executable, "-c", program], env=environment, check=False)
    assert ended.returncode == 0
