"""Requests that get no answer, or none in time: side by side, since each waits ten seconds."""

from collections.abc import Iterator

import pytest
from tests.agent._fakes import eventually
from tests.agent.faults._faults import CHANGE, DELETE, RECEIVE, Fault, Way
from tests.agent.faults._scenario import VISIBILITY_S, Scenario
from tests.agent.faults._work_queue import ANSWER_LOST

# Longer than the visibility time-out: the heartbeat must come through.
WORK = f"""
async def handle(message):
    begin(message)
    await asyncio.sleep({VISIBILITY_S + 2} if message.body == "slow" else 0)
    done(message)
"""

FAULTS = {
    "a receive": Fault(RECEIVE, Way.SILENCE, carried_out=True),
    "a receive dribbled": Fault(RECEIVE, Way.DRIBBLE, pause_s=0.2),
    "a delete": Fault(DELETE, Way.SILENCE),
    "a delete carried out": Fault(DELETE, Way.SILENCE, carried_out=True),
    "a heartbeat": Fault(CHANGE, Way.SILENCE),
    "a service that is gone": Fault(DELETE, Way.REFUSE, times=1_000, status=503),
}


@pytest.fixture(scope="module")
def silences(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Scenario]]:
    """Return a scenario for each."""
    scenarios = {name: Scenario(tmp_path_factory.mktemp("silence")) for name in FAULTS}
    for name, scenario in scenarios.items():
        scenario.inject(FAULTS[name])
        scenario.send("slow", *["quick"] * 4)
        scenario.start(WORK, SHOAL_CONCURRENCY="5")
    gone = scenarios["a service that is gone"].agents[0]
    gone.said("entries are to be sent again")
    gone.signal()
    yield scenarios
    for scenario in scenarios.values():
        scenario.close()


def finished(scenario: Scenario) -> dict[str, int]:
    """Wait for the end; return the redeliveries by cause."""
    scenario.emptied()
    assert scenario.agents[0].drained() == 0
    scenario.audit()
    return scenario.redelivered()


@pytest.mark.parametrize("name", ["a receive", "a receive dribbled"])
def test_a_receive_without_an_answer_in_time_brings_its_messages_again_later(
    silences: dict[str, Scenario], name: str
) -> None:
    assert finished(silences[name]) == {ANSWER_LOST: 5}
    assert len(silences[name].notes("handled")) == 5


@pytest.mark.parametrize("name", ["a delete", "a delete carried out"])
def test_messages_stay_hidden_until_their_delete_is_answered(
    silences: dict[str, Scenario], name: str
) -> None:
    assert finished(silences[name]) == {}
    assert len(silences[name].notes("handled")) == 5


def test_a_heartbeat_without_an_answer_is_followed_by_another_in_time(
    silences: dict[str, Scenario],
) -> None:
    assert finished(silences["a heartbeat"]) == {}
    assert len(silences["a heartbeat"].notes("handled")) == 5


def test_with_the_service_gone_the_agent_ends_all_the_same(silences: dict[str, Scenario]) -> None:
    scenario = silences["a service that is gone"]
    assert scenario.agents[0].ended() == 0
    scenario.audit()
    assert len(scenario.look(lambda queue: queue.left)) == 5


def test_a_delete_that_hangs_keeps_no_slot_idle(scenario: Scenario) -> None:
    hangs = Fault(DELETE, Way.HOLD, times=1_000)
    scenario.inject(hangs)
    scenario.send("quick", "quick")
    agent = scenario.start(WORK, SHOAL_CONCURRENCY="2")
    scenario.begun(2)
    eventually(lambda: scenario.server.requests[DELETE, "agent"] > 0, "nothing is being deleted")
    scenario.send("quick", "quick")
    scenario.begun(4)
    scenario.look(lambda _: scenario.server.faults.clear())
    hangs.release.set()
    scenario.emptied()
    assert agent.drained() == 0
    assert scenario.redelivered() == {}
