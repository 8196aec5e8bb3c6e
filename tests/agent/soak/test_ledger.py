"""The ledger's own test: each wrong end is told from every right one."""

from pathlib import Path

import pytest
from tests.agent.soak.ledger import Ledger, read_ledger
from tests.agent.soak.message_plan import MessagePlan, message_plans
from tests.agent.soak.work_queue import DeadLetter

NO_LETTERS: list[DeadLetter] = []


def noted(folder: Path, **notes: str) -> Ledger:
    """Return the ledger of agents with these notes, ``;`` between two."""
    for agent, text in notes.items():
        (folder / f"{agent}@1").write_text(text.replace("; ", "\n"))
    return read_ledger(folder)


def violations(
    ledger: Ledger,
    *steps: str,
    letters: list[DeadLetter] = NO_LETTERS,
    killed: frozenset[str] = frozenset(),
) -> list[str]:
    """Return what is wrong with message 0, whose plan is these steps."""
    return list(ledger.violations([MessagePlan(0, steps, 0)], letters, killed))


def test_a_message_that_a_handler_finished_is_well(tmp_path: Path) -> None:
    ledger = noted(tmp_path, a="begin 0 1 done; end 0 1 done")
    assert violations(ledger, "done") == []


def test_a_message_that_failed_and_was_finished_by_another_agent_is_well(tmp_path: Path) -> None:
    ledger = noted(tmp_path, a="begin 0 1 raise; end 0 1 raise", b="begin 0 2 done; end 0 2 done")
    assert violations(ledger, "raise", "done") == []
    assert (ledger.handled, ledger.received, list(ledger.repeats())) == (2, 2, [])


def test_a_message_that_no_handler_saw_is_lost(tmp_path: Path) -> None:
    (found,) = violations(noted(tmp_path), "done")
    assert "lost" in found


def test_a_message_that_is_gone_but_never_finished_was_acknowledged_unprocessed(
    tmp_path: Path,
) -> None:
    (found,) = violations(noted(tmp_path, a="begin 0 1 done"), "done")
    assert "no handler finished it" in found


def test_a_message_handled_again_is_a_violation_unless_its_agent_was_killed(
    tmp_path: Path,
) -> None:
    ledger = noted(tmp_path, a="begin 0 1 done; end 0 1 done", b="begin 0 2 done; end 0 2 done")
    (found,) = violations(ledger, "done")
    assert "for no reason" in found
    assert violations(ledger, "done", killed=frozenset({"a"})) == []


@pytest.mark.parametrize(
    ("steps", "letters", "wrong"),
    [
        (["reject"], [DeadLetter(0, rejected=True)], None),
        (["reject"], [], "not in the dead-letter queue"),
        (["reject"], [DeadLetter(0, rejected=False)], "without a reason"),
        (["raise"], [DeadLetter(0, rejected=False)], None),
        (["raise"], [DeadLetter(0, rejected=True)], "with a reason"),
        (["done"], [DeadLetter(0, rejected=False)], "does not belong"),
    ],
)
def test_the_dead_letter_queue_holds_the_rejected_and_the_exhausted_alone(
    tmp_path: Path, steps: list[str], letters: list[DeadLetter], wrong: str | None
) -> None:
    ledger = noted(tmp_path, a=f"begin 0 1 {steps[0]}; end 0 1 {steps[0]}")
    found = violations(ledger, *steps, letters=letters)
    assert len(found) == (wrong is not None)
    assert wrong is None or wrong in found[0]


def test_a_message_that_was_never_sent_is_a_violation(tmp_path: Path) -> None:
    ledger = noted(tmp_path, a="begin 0 1 done; end 0 1 done; begin 7 1 done; end 7 1 done")
    assert violations(ledger, "done") == ["message 7 was never sent"]


def test_a_seed_draws_the_same_messages_again_with_every_kind_of_end() -> None:
    plans = list(message_plans(5_000, seed=3))
    assert plans == list(message_plans(5_000, seed=3))
    assert plans != list(message_plans(5_000, seed=4))
    assert {step for plan in plans for step in plan.steps} == {
        *("done", "raise", "retry", "reject", "hang")
    }
