"""Handlers that end their process, double it, or raise what only the interpreter raises."""

import pytest
from tests.agent._fakes import eventually
from tests.agent.faults._faults import CHANGE
from tests.agent.faults._scenario import Scenario, running
from tests.agent.faults._work_queue import KILLED, RETRIED

DIES = """
{kind} handle(message):
    begin(message)
    if message.body == "dies" and first(message):
        {death}
    done(message)
"""
DEATHS = {
    "os._exit(7)": "exited with status 7",
    "os.kill(os.getpid(), signal.SIGSEGV)": "was killed by SIGSEGV",
}
# How the handler is written, and where it runs.
WAYS = {
    "async": ("async def", "auto"),
    "thread": ("def", "thread"),
    "process": ("def", "process"),
    "async in a process": ("async def", "process"),
}
RAISES = """
class Own(BaseException): ...

{kind} handle(message):
    begin(message)
    if first(message):
        raise {{
            "KeyboardInterrupt": KeyboardInterrupt,
            "SystemExit": SystemExit(3),
            "GeneratorExit": GeneratorExit,
            "CancelledError": asyncio.CancelledError,
            "StopIteration": StopIteration,
            "Own": Own("made up"),
        }}[message.body]
    done(message)
"""


@pytest.mark.parametrize("death", DEATHS)
def test_a_process_that_dies_under_its_handler_costs_that_message_one_attempt(
    scenario: Scenario, death: str
) -> None:
    scenario.send(*["x"] * 5, "dies", *["x"] * 5)
    agent = scenario.start(DIES.format(kind="def", death=death), SHOAL_CONCURRENCY="2")
    scenario.emptied()
    assert DEATHS[death] in agent.said("died, to be retried in")["text"]
    assert agent.drained() == 0
    assert scenario.redelivered() == {RETRIED: 1}
    assert len(scenario.notes("begun")) == len(scenario.notes("handled")) + 1 == 12


@pytest.mark.parametrize("way", ["async", "thread"])
def test_an_agent_that_its_handler_ends_costs_what_it_held_one_attempt(
    scenario: Scenario, way: str
) -> None:
    kind, isolation = WAYS[way]
    source = DIES.format(kind=kind, death="os._exit(7)")
    scenario.send(*["x"] * 5, "dies", *["x"] * 5)
    doomed = scenario.start(source, "doomed", SHOAL_ISOLATION=isolation, SHOAL_CONCURRENCY="2")
    assert doomed.ended() == 7
    held = scenario.dead(doomed, "doomed")
    survivor = scenario.start(source, "survivor", SHOAL_ISOLATION=isolation)
    scenario.emptied()
    assert survivor.drained() == 0
    again = scenario.redelivered()
    assert set(again) == {KILLED}
    assert 1 <= again[KILLED] <= held


@pytest.mark.parametrize("pause", ["", "await asyncio.sleep(0.01)"])
@pytest.mark.parametrize("way", WAYS)
def test_a_fork_that_returns_from_the_handler_answers_nothing(
    scenario: Scenario, way: str, pause: str
) -> None:
    kind, isolation = WAYS[way]
    if pause and kind == "def":
        pause = "time.sleep(0.01)"
    scenario.send(*["x"] * 5)
    agent = scenario.start(
        f"""
        {kind} handle(message):
            begin(message)
            done(message)
            if (pid := os.fork()) == 0:
                {pause or "return"}
            else:
                note("forked", pid)
        """,
        SHOAL_ISOLATION=isolation,
    )
    scenario.emptied()
    eventually(lambda: not any(map(running, scenario.notes("forked"))), "a fork works on")
    assert agent.drained() == 0
    assert scenario.redelivered() == {}
    assert len(scenario.notes("begun")) == len(scenario.notes("forked")) == 5


def test_a_fork_that_lives_on_keeps_no_message_waiting_and_ends_with_the_agent(
    scenario: Scenario,
) -> None:
    scenario.send(*["x"] * 5)
    agent = scenario.start(
        """
        def handle(message):
            begin(message)
            if (pid := os.fork()) == 0:
                while True:
                    time.sleep(600)
            note("forked", pid)
            done(message)
        """
    )
    scenario.emptied()
    assert agent.drained() == 0
    assert scenario.redelivered() == {}
    eventually(lambda: not any(map(running, scenario.notes("forked"))), "a fork lives on")


def test_a_process_that_dies_while_its_fork_lives_on_is_missed_at_once(scenario: Scenario) -> None:
    scenario.send(*["x"] * 3)
    agent = scenario.start(
        """
        def handle(message):
            begin(message)
            if message.message_id == "id-1" and first(message):
                if (pid := os.fork()) == 0:
                    while True:
                        time.sleep(600)
                note("forked", pid)
                os._exit(7)
            done(message)
        """,
        SHOAL_LONGEST_JOB_S="600",
    )
    scenario.emptied()
    agent.said("exited with status 7")
    assert scenario.redelivered() == {RETRIED: 1}
    assert agent.drained() == 0
    eventually(lambda: not any(map(running, scenario.notes("forked"))), "a fork lives on")


@pytest.mark.parametrize("way", WAYS)
def test_whatever_a_handler_raises_costs_its_message_one_attempt(
    scenario: Scenario, way: str
) -> None:
    kind, isolation = WAYS[way]
    errors = ["KeyboardInterrupt", "SystemExit", "GeneratorExit", "CancelledError"]
    scenario.send(*errors, "StopIteration", "Own")
    agent = scenario.start(
        RAISES.format(kind=kind), SHOAL_ISOLATION=isolation, SHOAL_CONCURRENCY="3"
    )
    scenario.emptied()
    for error in (*errors, "Own"):
        assert f": {error}" in agent.said(f": {error}")["text"]
    assert agent.drained() == 0
    assert scenario.redelivered() == {RETRIED: 6}
    assert len(scenario.notes("handled")) == 6


def test_a_fork_of_the_agent_that_waits_turns_no_loop(scenario: Scenario) -> None:
    scenario.send(*["x"] * 5)
    agent = scenario.start(
        """
        async def handle(message):
            begin(message)
            never = asyncio.get_running_loop().create_future()
            if (pid := os.fork()) == 0:
                await never  # asyncio itself refuses a fork what is made after it
            note("forked", pid)
            done(message)
        """
    )
    scenario.emptied()
    eventually(lambda: not any(map(running, scenario.notes("forked"))), "a fork works on")
    assert agent.drained() == 0
    assert scenario.redelivered() == {}
    # A fork's copy of the agent has neither written into its connections nor lost it one.
    assert scenario.server.requests[CHANGE, "agent"] == 0
    assert not agent.lines("to be sent again")
    assert not agent.lines("Exception in callback")
