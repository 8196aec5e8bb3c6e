"""A payment is booked once, however often it comes and wherever the agent dies."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from shoal_agent.testing import CrashAtEveryLine, Deliver

PAYMENT = {"id": "A-1", "cents": 700}


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "payments"
    monkeypatch.setenv("PAYMENTS_DATABASE", str(path))
    return path


def total(database: Path) -> int:
    with closing(sqlite3.connect(database)) as connection:
        (cents,) = connection.execute("SELECT coalesce(sum(cents), 0) FROM total").fetchone()
    return int(cents)


def test_a_payment_that_comes_twice_is_booked_once(deliver: Deliver, database: Path) -> None:
    outcome = deliver("payments:Payments", [PAYMENT, PAYMENT], duplicates=1)
    assert outcome.done
    assert total(database) == 700


def test_a_payment_is_booked_once_wherever_the_agent_dies(
    crash_at_every_line: CrashAtEveryLine, database: Path
) -> None:
    def scenario(deliver: Deliver) -> None:
        database.unlink(missing_ok=True)
        assert deliver("payments:Payments", PAYMENT).done
        assert total(database) == 700

    crash_at_every_line(scenario)
