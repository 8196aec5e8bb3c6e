"""Handlers that do not end, die, or take their process with them."""

from pathlib import Path

import pytest
from tests.agent._fakes import eventually
from tests.agent.conftest import Bench, Queues

# Each ends the child's whole process at the first attempt.
DEATHS = {
    "exit": "os._exit(7)",
    "signal": "os.kill(os.getpid(), signal.SIGSEGV)",
}


@pytest.mark.parametrize("death", DEATHS)
def test_a_handler_that_takes_its_process_with_it_costs_one_attempt(
    bench: Bench, queues: Queues, death: str
) -> None:
    queues.send("x")
    body = f"""
        def handle(message):
            note(message.receive_count)
            if message.receive_count == 1:
                {DEATHS[death]}
        """
    agent = bench.start(queues, body, SHOAL_RETRY_BASE_S="1")
    queues.emptied()
    assert bench.noted() == ["1", "2"]
    said = agent.said("died, to be retried in")["text"]
    assert {"exit": "exited with status 7", "signal": "was killed by SIGSEGV"}[death] in said
    assert agent.drained() == 0


def test_a_handler_in_a_process_is_killed_at_the_longest_job_with_what_it_started(
    bench: Bench, queues: Queues
) -> None:
    queues.send("x")
    agent = bench.start(
        queues,
        """
        import subprocess

        def handle(message):
            if message.receive_count == 1:
                child = subprocess.Popen(["sleep", "600"])
                note(child.pid)
                while True:
                    pass
        """,
        SHOAL_LONGEST_JOB_S="0.5",
        SHOAL_RETRY_BASE_S="1",
    )
    queues.emptied()
    assert "timed_out" in agent.said("timed_out")["text"]
    (pid,) = bench.noted()
    eventually(lambda: not running(pid), "what the handler started still runs")


def test_an_async_handler_is_cancelled_at_the_longest_job(bench: Bench, queues: Queues) -> None:
    queues.send("x")
    agent = bench.start(
        queues,
        """
        async def handle(message):
            if message.receive_count == 1:
                try:
                    await asyncio.sleep(600)
                finally:
                    note("cancelled")
        """,
        SHOAL_LONGEST_JOB_S="0.3",
        SHOAL_RETRY_BASE_S="1",
    )
    queues.emptied()
    assert bench.noted() == ["cancelled"]
    assert agent.drained() == 0


def test_a_stuck_thread_loses_its_message_and_the_agent_asks_to_be_replaced(
    bench: Bench, queues: Queues
) -> None:
    queues.send("x")
    agent = bench.start(
        queues,
        "def handle(message):\n    time.sleep(600)",
        SHOAL_ISOLATION="thread",
        SHOAL_LONGEST_JOB_S="0.3",
        SHOAL_RETRY_BASE_S="1",
    )
    assert agent.ended() == 0
    assert agent.lines("the agent is to be replaced")
    eventually(lambda: queues.backlog() == (1, 0), "the message did not come back")


def test_a_fork_that_returns_from_the_handler_answers_nothing(bench: Bench, queues: Queues) -> None:
    for _ in range(5):
        queues.send("x")
    agent = bench.start(queues, "def handle(message):\n    note('x')\n    os.fork()")
    queues.emptied()
    assert agent.drained() == 0
    assert bench.noted() == ["x"] * 5


def test_a_process_is_replaced_after_so_many_messages(bench: Bench, queues: Queues) -> None:
    for _ in range(4):
        queues.send("x")
    agent = bench.start(
        queues, "def handle(message):\n    note(os.getpid())", SHOAL_RECYCLE_MESSAGES="2"
    )
    queues.emptied()
    assert agent.drained() == 0
    assert len(set(bench.noted())) == 2


def running(pid: str) -> bool:
    """Whether a process is there and has not ended."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
        return stat.rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
