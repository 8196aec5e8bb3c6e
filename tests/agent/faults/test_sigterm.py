"""SIGTERM at each stage: what is held is finished or given back, and nothing stays hidden."""

import pytest
from tests.agent._fakes import eventually
from tests.agent.faults._faults import DELETE, RECEIVE, SEND, Fault, Way
from tests.agent.faults._scenario import Scenario
from tests.agent.faults._work_queue import RELEASED

WAYS = ["async", "thread", "process"]
WAITS = """
def handle(message):
    begin(message)
    wait_for("go")
    done(message)
"""
WAITS_ASYNC = """
async def handle(message):
    begin(message)
    while not (_HERE / "go").exists():
        await asyncio.sleep(0.01)
    done(message)
"""
QUICK = """
async def handle(message):
    begin(message)
    if message.body == "rejected":
        raise Reject("made up")
    done(message)
"""
LONG = {"SHOAL_VISIBILITY_TIMEOUT_S": "600"}  # what is not given back would not be seen again


def waits(way: str) -> str:
    """Return a handler that waits, of the kind that this isolation runs."""
    return WAITS_ASYNC if way == "async" else WAITS


def nothing_hidden(scenario: Scenario) -> bool:
    """Tell whether everything that is left can be received now."""
    return not scenario.look(lambda queue: queue.hidden)


def test_before_the_first_receive_nothing_is_asked_for(scenario: Scenario) -> None:
    scenario.send("x")
    agent = scenario.start("note('loading', '')\nwait_for('go')\n" + QUICK)
    eventually(lambda: scenario.notes("loading"), "the handler is not being imported")
    agent.signal()
    assert agent.ended() == 0
    assert scenario.server.requests == {}


def test_before_the_answer_to_the_first_receive_its_messages_are_given_back(
    scenario: Scenario,
) -> None:
    held = Fault(RECEIVE, Way.DELAYED_ANSWER)
    scenario.inject(held)
    scenario.send("x", "x")
    agent = scenario.start(QUICK, SHOAL_CONCURRENCY="2", **LONG)
    eventually(lambda: len(scenario.look(lambda queue: queue.hidden)) == 2, "not received")
    agent.signal()
    agent.said("draining")
    held.release.set()
    assert agent.ended() == 0
    assert nothing_hidden(scenario)
    assert scenario.notes("begun") == []


def test_in_an_open_long_poll_what_it_brings_is_given_back(scenario: Scenario) -> None:
    agent = scenario.start(QUICK, SHOAL_POLL_WAIT_S="20", SHOAL_CONCURRENCY="3", **LONG).ready()
    eventually(lambda: scenario.server.open_polls["agent"] == 1, "no poll is open")
    agent.signal()
    agent.said("draining")
    scenario.send("x", "x", "x")
    assert agent.ended() == 0
    assert nothing_hidden(scenario)
    assert scenario.notes("begun") == []
    assert len(scenario.look(lambda queue: queue.left)) == 3


@pytest.mark.parametrize("way", WAYS)
def test_buffered_messages_are_given_back_and_running_ones_finished(
    scenario: Scenario, way: str
) -> None:
    # Quick ones let the agent fetch ahead; then one that waits holds its slot.
    source = waits(way).replace(
        "    begin(message)\n",
        '    if message.body == "quick":\n        return done(message)\n    begin(message)\n',
    )
    scenario.send(*["quick"] * 30, *["slow"] * 12)
    agent = scenario.start(source, SHOAL_ISOLATION=way, **LONG)
    scenario.begun()
    eventually(lambda: scenario.look(lambda queue: queue.held_by("agent")) > 3, "none buffered")
    agent.signal()
    eventually(lambda: len(scenario.look(lambda queue: queue.hidden)) == 1, "not given back")
    scenario.let("go")
    assert agent.ended() == 0
    assert len(scenario.begun()) == 1
    assert len(scenario.look(lambda queue: queue.left)) == 11
    assert nothing_hidden(scenario)


@pytest.mark.parametrize("way", WAYS)
def test_work_that_outlives_the_drain_is_given_back_at_its_end(
    scenario: Scenario, way: str
) -> None:
    scenario.send("x")
    agent = scenario.start(waits(way), SHOAL_ISOLATION=way, SHOAL_DRAIN_S="0.3", **LONG)
    scenario.begun()
    assert agent.drained() == 0
    assert nothing_hidden(scenario)
    scenario.let("go")
    survivor = scenario.start(waits(way), "survivor", SHOAL_ISOLATION=way)
    scenario.emptied()
    assert scenario.redelivered() == {RELEASED: 1}
    assert survivor.drained() == 0


@pytest.mark.parametrize("carried_out", [False, True])
def test_deletes_on_their_way_are_answered_or_repeated_first(
    scenario: Scenario, carried_out: bool
) -> None:
    held = Fault(DELETE, Way.HOLD)
    scenario.inject(held, Fault(DELETE, Way.RESET, carried_out=carried_out))
    scenario.send("x", "x", "x")
    agent = scenario.start(QUICK, SHOAL_CONCURRENCY="3", **LONG)
    eventually(lambda: scenario.server.requests[DELETE, "agent"] > 0, "nothing is being deleted")
    scenario.send("x")  # its delete is the one that is reset
    scenario.begun(4)
    agent.signal()
    agent.said("draining")
    held.release.set()
    assert agent.ended() == 0
    scenario.emptied()
    assert scenario.redelivered() == {}


def test_a_rejection_on_its_way_is_finished_first(scenario: Scenario) -> None:
    held = Fault(SEND, Way.HOLD)
    scenario.inject(held)
    scenario.send("rejected")
    agent = scenario.start(QUICK, **LONG)
    eventually(lambda: scenario.server.requests[SEND, "agent"] > 0, "nothing is being rejected")
    agent.signal()
    agent.said("draining")
    held.release.set()
    assert agent.ended() == 0
    scenario.emptied()
    assert scenario.look(lambda queue: queue.rejected) == ["id-0"]


def test_during_the_pause_after_a_failed_receive_the_agent_ends_without_another(
    scenario: Scenario,
) -> None:
    scenario.inject(Fault(RECEIVE, Way.REFUSE, times=1_000, status=503))
    agent = scenario.start(QUICK)
    eventually(lambda: scenario.server.requests[RECEIVE, "agent"] >= 3, "it gave up")
    agent.signal()
    agent.said("draining")
    asked = scenario.server.requests[RECEIVE, "agent"]
    assert agent.ended() == 0
    # The signal may have met a receive under way, never the next one.
    assert scenario.server.requests[RECEIVE, "agent"] <= asked + 1


def test_during_the_pause_after_a_failed_delete_the_delete_is_repeated_first(
    scenario: Scenario,
) -> None:
    scenario.inject(Fault(DELETE, Way.REFUSE, times=4, status=503))
    scenario.send("x")
    agent = scenario.start(QUICK, **LONG)
    agent.said("entries are to be sent again")
    assert agent.drained() == 0
    scenario.emptied()
    assert scenario.redelivered() == {}
