"""Handlers that hold what is not theirs: the interpreter's lock, memory, their slot for ever."""

from collections.abc import Iterator

import pytest
from tests.agent._fakes import eventually
from tests.agent.faults._faults import CHANGE
from tests.agent.faults._scenario import VISIBILITY_S, Scenario, running
from tests.agent.faults._work_queue import EXPIRED, RELEASED, RETRIED, Delivery

# PyDLL, unlike CDLL, does not give the interpreter's lock away for the call.
BLOCKS = """
{kind} handle(message):
    begin(message)
    if message.body == "blocks" and first(message):
        ctypes.PyDLL(None).sleep({seconds})
    done(message)
"""
KINDS = {"async": "async def", "thread": "def"}
LEAKS = """
kept = []

{kind} handle(message):
    begin(message)
    kept.append(b"x" * {size_mb} * 2**20)
    time.sleep(0.05)
    done(message)
"""


@pytest.fixture(scope="module", autouse=True)
def blocked_for_20_s(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scenario]:
    """Return a scenario that has begun before the other tests: it takes as long as most of them."""
    scenario = Scenario(tmp_path_factory.mktemp("blocked"))
    scenario.send("blocks", *["x"] * 10)
    scenario.start(BLOCKS.format(kind="def", seconds=20), SHOAL_CONCURRENCY="2")
    yield scenario
    scenario.close()


@pytest.mark.parametrize("way", KINDS)
def test_what_an_agent_holds_that_its_handler_blocks_goes_to_another(
    scenario: Scenario, way: str
) -> None:
    scenario.expiries = 6
    scenario.send("blocks", *["x"] * 5)
    source = BLOCKS.format(kind=KINDS[way], seconds=VISIBILITY_S + 2)
    blocked = scenario.start(source, "blocked", SHOAL_ISOLATION=way, SHOAL_CONCURRENCY="2")
    scenario.begun()
    other = scenario.start(source, "other", SHOAL_ISOLATION=way)
    scenario.emptied()
    assert blocked.drained() == 0
    assert other.drained() == 0
    again = scenario.redelivered()
    given = [delivery for delivery in deliveries(scenario) if delivery.agent == "blocked"]
    assert set(again) == {EXPIRED}
    assert 1 <= again[EXPIRED] <= len(given)
    assert len({line.split()[0] for line in scenario.notes("handled")}) == 6


def test_a_process_that_leaks_is_replaced_and_the_agent_lives(scenario: Scenario) -> None:
    scenario.send(*["x"] * 3)
    agent = scenario.start(LEAKS.format(kind="def", size_mb=80), SHOAL_RECYCLE_RSS_MB="60")
    scenario.emptied()
    assert agent.drained() == 0
    assert scenario.redelivered() == {}
    assert len({line.split()[2] for line in scenario.begun(3)}) == len(scenario.begun(3)) == 3
    assert "it has grown to" in agent.said("a handler's process is replaced")["text"]


@pytest.mark.parametrize("way", KINDS)
def test_an_agent_whose_own_process_leaks_leaves_the_rest_to_its_successor(
    scenario: Scenario, way: str
) -> None:
    scenario.send(*["x"] * 40)
    source = LEAKS.format(kind=KINDS[way], size_mb=5)
    spent = scenario.start(source, "spent", SHOAL_ISOLATION=way, SHOAL_RECYCLE_RSS_MB="80")
    assert spent.ended() == 0
    assert "it has grown to" in spent.said("the agent is to be replaced")["text"]
    successor = scenario.start(source, "successor", SHOAL_ISOLATION=way)
    scenario.emptied()
    assert successor.drained() == 0
    assert set(scenario.redelivered()) <= {RELEASED}
    assert len(scenario.notes("handled")) == 40


def test_one_that_never_returns_is_killed_with_its_process_and_what_it_has_started(
    scenario: Scenario,
) -> None:
    scenario.send("x", "x")
    agent = scenario.start(
        """
        def handle(message):
            begin(message)
            if message.message_id == "id-0" and first(message):
                note("started", subprocess.Popen(["sleep", "600"]).pid)
                while True:
                    pass
            done(message)
        """,
        SHOAL_LONGEST_JOB_S="0.5",
    )
    scenario.emptied()
    agent.said("timed_out, to be retried in")
    (pid,) = scenario.notes("started")
    eventually(lambda: not running(pid), "what the handler has started still runs")
    assert scenario.redelivered() == {RETRIED: 1}
    assert agent.drained() == 0


@pytest.mark.parametrize("swallows", [0, 1])
def test_an_async_one_that_never_returns_is_cancelled_until_it_gives_way(
    scenario: Scenario, swallows: int
) -> None:
    scenario.send("x", "x")
    agent = scenario.start(
        f"""
        async def handle(message):
            begin(message)
            if message.message_id == "id-0" and first(message):
                for _ in range({swallows}):
                    with contextlib.suppress(asyncio.CancelledError):
                        await asyncio.sleep(600)
                await asyncio.sleep(600)
            done(message)
        """,
        SHOAL_LONGEST_JOB_S="0.5",
    )
    scenario.emptied()
    agent.said("timed_out, to be retried in")
    assert scenario.redelivered() == {RETRIED: 1}
    assert agent.drained() == 0


def test_an_async_one_that_cannot_be_stopped_costs_its_slot_until_the_agent_ends(
    scenario: Scenario,
) -> None:
    scenario.send("stubborn", *["x"] * 5)
    source = """
        async def handle(message):
            begin(message)
            while message.body == "stubborn" and message.receive_count == 1:
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.sleep(600)
                    note("woken", "x")
                note("swallowed", "x")
            done(message)
        """
    agent = scenario.start(
        source, SHOAL_CONCURRENCY="2", SHOAL_LONGEST_JOB_S="0.5", SHOAL_DRAIN_S="0.5"
    )
    eventually(lambda: scenario.notes("swallowed"), "it was not cancelled")
    eventually(lambda: len(scenario.look(lambda queue: queue.left)) == 1, "others wait for it")
    assert agent.drained() == 0
    successor = scenario.start(source, "successor")
    scenario.emptied()
    assert successor.drained() == 0
    assert scenario.redelivered() == {RELEASED: 1}


def test_one_that_never_returns_in_a_thread_has_its_agent_replaced(scenario: Scenario) -> None:
    scenario.send("x")
    source = """
        def handle(message):
            begin(message)
            while message.receive_count == 1:
                time.sleep(600)
            done(message)
        """
    settings = {"SHOAL_ISOLATION": "thread", "SHOAL_LONGEST_JOB_S": "0.5"}
    stuck = scenario.start(source, "stuck", **settings)
    assert stuck.ended() == 0
    stuck.said("the agent is to be replaced")
    successor = scenario.start(source, "successor", **settings)
    scenario.emptied()
    assert successor.drained() == 0
    again = scenario.redelivered()
    assert again.pop(RETRIED) == 1
    # The poll that was open at its end may have brought it once more.
    assert again in ({}, {RELEASED: 1})


def test_a_handler_that_blocks_its_own_process_for_20_s_keeps_its_message(
    blocked_for_20_s: Scenario,
) -> None:
    scenario = blocked_for_20_s
    scenario.emptied()
    assert scenario.agents[0].drained() == 0
    scenario.audit()
    assert scenario.redelivered() == {}
    assert len(scenario.notes("handled")) == 11
    assert scenario.server.requests[CHANGE, "agent"] >= 20 / VISIBILITY_S


def deliveries(scenario: Scenario) -> list[Delivery]:
    """Return all that there were."""
    return scenario.look(
        lambda queue: [one for message in queue.messages.values() for one in message.deliveries]
    )
