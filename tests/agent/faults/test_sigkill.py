"""SIGKILL: what the dead agent held comes again, no more than that, and to whoever is left."""

from random import Random

import pytest
from tests.agent._fakes import eventually
from tests.agent.faults._scenario import Scenario, running
from tests.agent.faults._work_queue import KILLED

WAYS = ["async", "thread", "process"]
SHORT = {"SHOAL_VISIBILITY_TIMEOUT_S": "2"}


def work(way: str, line: str) -> str:
    """Return a handler with a line in its middle."""
    kind = "async def" if way == "async" else "def"
    return f"{kind} handle(message):\n    begin(message)\n    {line}\n    done(message)\n"


@pytest.mark.parametrize("way", WAYS)
def test_mid_handler_a_kill_costs_what_was_held_one_attempt(scenario: Scenario, way: str) -> None:
    wait = "while first(message): " + (
        "await asyncio.sleep(60)" if way == "async" else "time.sleep(60)"
    )
    scenario.send(*["x"] * 3)
    doomed = scenario.start(
        work(way, wait), "doomed", SHOAL_ISOLATION=way, SHOAL_CONCURRENCY="3", **SHORT
    )
    scenario.begun(3)
    held = scenario.killed(doomed, "doomed")
    assert held == 3
    survivor = scenario.start(work(way, "pass"), "survivor", SHOAL_ISOLATION=way, **SHORT)
    scenario.emptied()
    assert scenario.redelivered() == {KILLED: 3}
    assert len(scenario.notes("handled")) == 3
    assert survivor.drained() == 0


def test_a_handlers_process_does_not_outlive_its_agent(scenario: Scenario) -> None:
    scenario.send("x")
    doomed = scenario.start(
        work("process", "time.sleep(60) if message.receive_count == 1 else None"), **SHORT
    )
    (line,) = scenario.begun()
    scenario.killed(doomed)
    eventually(lambda: not running(line.split()[2]), "the handler's process is left behind")
    scenario.start(work("process", "pass"), "survivor", **SHORT)
    scenario.emptied()


@pytest.mark.parametrize("seed", [1, 2])
def test_agents_killed_at_random_leave_everything_to_the_others(
    scenario: Scenario, seed: int
) -> None:
    random = Random(seed)  # noqa: S311
    total, held = 150, 0
    source = work("process", "time.sleep(0.01)")
    scenario.send(*["x"] * total)
    settings = {"SHOAL_CONCURRENCY": "2", "SHOAL_ISOLATION": random.choice(["process", "thread"])}
    fleet = {
        f"agent-{number}": scenario.start(source, f"agent-{number}", **settings)
        for number in range(3)
    }
    for moment in sorted(random.sample(range(5, total - 30), 3)):
        reached(scenario, moment)
        name = random.choice(sorted(fleet))
        held += scenario.killed(fleet.pop(name), name)
        name = f"{name}+"
        fleet[name] = scenario.start(source, name, **settings)
    scenario.emptied()
    # Every redelivery has a kill for its cause, and there are no more than were held then.
    assert sum(scenario.redelivered().values()) == scenario.redelivered().get(KILLED, 0) <= held
    assert len({line.split()[0] for line in scenario.notes("handled")}) == total
    assert len(scenario.notes("handled")) <= total + held
    assert [agent.drained() for agent in fleet.values()] == [0] * 3


def reached(scenario: Scenario, moment: int) -> None:
    """Wait until so many messages have been handled."""
    eventually(lambda: len(scenario.notes("handled")) >= moment, f"never {moment} handled")
