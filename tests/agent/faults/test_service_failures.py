"""Requests that fail, for each way there is: what is done is deleted, the rest comes again."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.agent.faults._faults import CHANGE, DELETE, RECEIVE, SEND, Fault, Way
from tests.agent.faults._scenario import Scenario
from tests.agent.faults._work_queue import ANSWER_LOST, RETRIED

# "slow" needs a heartbeat, "failing" a retry, "rejected" a letter and a delete.
WORK = """
async def handle(message):
    begin(message)
    if message.body == "slow" and first(message):
        await asyncio.sleep(3.5)
    if message.body == "failing" and first(message):
        raise RuntimeError("made up")
    if message.body == "rejected":
        raise Reject("made up")
    done(message)
"""
BODIES = ["slow", "failing", "rejected", "rejected", *["quick"] * 16]

FAULTS = {
    "500": Fault("", Way.REFUSE, status=500),
    "503_after_the_action": Fault(
        "", Way.REFUSE, status=503, code="ServiceUnavailable", carried_out=True
    ),
    "throttled_400": Fault("", Way.REFUSE, status=400, code="ThrottlingException"),
    "throttled_403": Fault("", Way.REFUSE, status=403, code="RequestThrottled"),
    "limit_exceeded": Fault("", Way.REFUSE, status=400, code="RequestLimitExceeded"),
    "a_proxy_without_upstream": Fault("", Way.REFUSE, status=404, code=""),
    "reset_before": Fault("", Way.RESET),
    "reset_after": Fault("", Way.RESET, carried_out=True),
    "half_a_response": Fault("", Way.HALF, carried_out=True),
    "slow_body": Fault("", Way.DRIBBLE),
    "a_page_of_a_proxy": Fault("", Way.PAGE, page=b"<html>being restarted</html>"),
    "an_empty_body": Fault("", Way.PAGE, page=b""),
}


def storm(folder: Path, fault: Fault) -> Scenario:
    """Start an agent of whose requests of each kind the first fail, all but a few."""
    scenario = Scenario(folder)
    scenario.inject(
        *(
            replace(fault, action=action, times=times)
            for action, times in ((RECEIVE, 1), (DELETE, 1), (CHANGE, 1), (SEND, 1))
        )
    )
    scenario.send(*BODIES)
    scenario.start(WORK, SHOAL_CONCURRENCY="8")
    return scenario


@pytest.fixture(scope="module")
def storms(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Scenario]]:
    """Return a scenario for each fault, side by side: they wait for most of their time."""
    chosen = [name for name in FAULTS if any(f"[{name}]" in i.name for i in request.session.items)]
    scenarios = {name: storm(tmp_path_factory.mktemp(name), FAULTS[name]) for name in chosen}
    yield scenarios
    for scenario in scenarios.values():
        scenario.close()


@pytest.mark.parametrize("name", FAULTS)
def test_nothing_is_lost_and_nothing_is_done_twice_when_requests_fail(
    storms: dict[str, Scenario], name: str
) -> None:
    scenario = storms[name]
    scenario.emptied()
    assert scenario.agents[0].drained() == 0
    scenario.audit()
    again = scenario.redelivered()
    assert again.pop(RETRIED) == 1
    # The one receive whose answer was lost has taken a batch with it.
    assert set(again) <= {ANSWER_LOST}
    assert again.get(ANSWER_LOST, 0) <= 10 * FAULTS[name].carried_out
    handled = scenario.notes("handled")
    assert len({line.split()[0] for line in handled}) == len(handled) == len(BODIES) - 2
    assert set(scenario.look(lambda queue: queue.rejected)) == {"id-2", "id-3"}
