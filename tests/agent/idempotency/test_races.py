"""Workers that compete for one message, in every order, dying anywhere.

What is held to, whatever comes when:
- after a recorded completion nobody is granted the key until it is forgotten;
- nobody is granted the key while another's lease lasts;
- nothing is skipped that was not completed;
- once everybody has ended and every lease is over, the work is done or can be done.
"""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from tests.agent.idempotency._stepping import KEEP_S, LEASE_S, Worker, World

from shoal_agent.ending import How

MOST_WORKERS = 6


class Competition(RuleBasedStateMachine):
    """At most two live workers at once."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()

    @property
    def alive(self) -> list[Worker]:
        return [worker for worker in self.world.workers if worker.alive]

    @precondition(lambda self: len(self.alive) < 2 and len(self.world.workers) < MOST_WORKERS)
    @rule(fails=st.booleans())
    def deliver(self, *, fails: bool) -> None:
        Worker(self.world, fails=fails)

    @precondition(lambda self: self.alive)
    @rule(data=st.data(), stops=st.integers(1, 4))
    def step(self, data: st.DataObject, stops: int) -> None:
        worker = data.draw(st.sampled_from(self.alive))
        for _ in range(stops):
            if worker.alive:
                worker.step()
        if worker.ending is not None and worker.ending.how is How.SKIPPED:
            assert self.world.completed_until_s is not None
            assert self.world.effects > 0

    @precondition(lambda self: self.alive)
    @rule(data=st.data())
    def crash(self, data: st.DataObject) -> None:
        data.draw(st.sampled_from(self.alive)).die()

    @rule(seconds=st.sampled_from([1.0, LEASE_S - 1, LEASE_S, KEEP_S]))
    def wait(self, seconds: float) -> None:
        self.world.now_s += seconds

    @invariant()
    def no_claim_was_granted_that_should_not_have_been(self) -> None:
        assert self.world.wrongs == []

    def teardown(self) -> None:
        with self.world as world:
            for worker in self.alive:
                _ended(worker)
            world.now_s += LEASE_S
            known = world.remembered
            assert _ended(Worker(world)) is (How.SKIPPED if known else How.DONE)
            assert world.effects > 0


Competition.TestCase.settings = settings(max_examples=400, stateful_step_count=40, deadline=None)


class TestCompetition(Competition.TestCase):  # type: ignore[misc,valid-type]
    """Runs the machine."""


def _stepped(worker: Worker, steps: int) -> Worker:
    for _ in range(steps):
        worker.step()
    return worker


def _ended(worker: Worker) -> How:
    while worker.alive:
        worker.step()
    assert worker.ending is not None
    return worker.ending.how


def test_a_worker_that_lost_its_lease_does_not_end_the_claim_of_the_next() -> None:
    with World() as world:
        slow = _stepped(Worker(world), 4)
        assert slow.effect_done
        world.now_s += LEASE_S
        assert _stepped(Worker(world), 3).in_handler
        assert _ended(slow) is How.DONE
        assert _ended(Worker(world)) is How.RETRY


def test_a_worker_that_lost_its_lease_and_fails_does_not_release_the_claim_of_the_next() -> None:
    with World() as world:
        slow = _stepped(Worker(world, fails=True), 3)
        world.now_s += LEASE_S
        assert _stepped(Worker(world), 3).in_handler
        assert _ended(slow) is How.FAILED
        assert _ended(Worker(world)) is How.RETRY


def test_a_late_completion_counts_where_nobody_has_claimed_the_key_since() -> None:
    with World() as world:
        slow = _stepped(Worker(world), 4)
        world.now_s += 2 * LEASE_S
        assert _ended(slow) is How.DONE
        assert _ended(Worker(world)) is How.SKIPPED
        assert world.effects == 1
