"""SIGTERM at each stage: what is held is finished or given back, and the exit code says so."""

import signal

import pytest
from tests.agent._fakes import eventually
from tests.agent.conftest import Bench, Queues

WAITS_FOR_FILE = """
def handle(message):
    note(message.body)
    while not Path(__file__).with_name("go").exists():
        time.sleep(0.02)
"""
ASYNC_WAITS = """
async def handle(message):
    note(message.body)
    while not Path(__file__).with_name("go").exists():
        await asyncio.sleep(0.02)
"""
SOURCES = {"process": WAITS_FOR_FILE, "thread": WAITS_FOR_FILE, "async": ASYNC_WAITS}


@pytest.mark.parametrize("way", SOURCES)
def test_running_work_is_finished_within_the_drain(bench: Bench, queues: Queues, way: str) -> None:
    queues.send("x")
    agent = bench.start(queues, SOURCES[way], SHOAL_ISOLATION=way)
    eventually(bench.noted)
    agent.signal()
    agent.said("draining")
    (bench.folder / "go").touch()
    assert agent.ended() == 0
    assert queues.backlog() == (0, 0)


@pytest.mark.parametrize("way", SOURCES)
def test_work_that_outlives_the_drain_is_stopped_and_given_back_at_once(
    bench: Bench, queues: Queues, way: str
) -> None:
    queues.send("x")
    agent = bench.start(
        queues,
        SOURCES[way],
        SHOAL_ISOLATION=way,
        SHOAL_DRAIN_S="0.3",
        SHOAL_VISIBILITY_TIMEOUT_S="600",
    )
    eventually(bench.noted)
    assert agent.drained() == 0
    assert queues.backlog() == (1, 0)


def test_a_second_signal_gives_back_at_once_what_is_held(bench: Bench, queues: Queues) -> None:
    queues.send("x")
    agent = bench.start(queues, WAITS_FOR_FILE, SHOAL_DRAIN_S="600")
    eventually(bench.noted)
    agent.signal(signal.SIGINT)
    agent.said("draining")
    agent.signal(signal.SIGINT)
    assert agent.ended() == 0
    assert queues.backlog() == (1, 0)


def test_what_waits_for_a_slot_is_given_back_at_the_signal(bench: Bench, queues: Queues) -> None:
    # A few quick messages let the agent fetch ahead; then one that waits holds the slot.
    for number in range(30):
        queues.send("quick" if number < 20 else "slow")
    agent = bench.start(
        queues,
        """
        def handle(message):
            note(message.body)
            while message.body == "slow" and not Path(__file__).with_name("go").exists():
                time.sleep(0.02)
        """,
    )
    eventually(lambda: "slow" in bench.noted())
    eventually(lambda: queues.backlog()[1] > 1, "nothing was fetched ahead")
    agent.signal()
    eventually(lambda: queues.backlog()[1] == 1, "what waited was not given back")
    (bench.folder / "go").touch()
    assert agent.ended() == 0
    assert bench.noted().count("slow") == 1


def test_an_idle_agent_drains_as_soon_as_its_poll_returns(bench: Bench, queues: Queues) -> None:
    agent = bench.start(queues, "def handle(message):\n    note(message.body)").ready()
    assert agent.get("health_port", "/livez") == (200, "ok\n")
    assert agent.drained() == 0
    assert agent.lines("drained")


def test_messages_that_an_open_poll_brings_while_draining_are_given_back(
    bench: Bench, queues: Queues
) -> None:
    agent = bench.start(
        queues,
        WAITS_FOR_FILE,
        SHOAL_POLL_WAIT_S="20",
        SHOAL_CONCURRENCY="2",
        SHOAL_VISIBILITY_TIMEOUT_S="600",
    ).ready()
    agent.signal()
    agent.said("draining")
    queues.send("late")
    assert agent.ended() == 0
    assert queues.backlog() == (1, 0)
    assert bench.noted() == []
