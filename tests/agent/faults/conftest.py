"""Scenarios for tests, checked at their end."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.agent.faults._scenario import Scenario


@pytest.fixture
def scenario(tmp_path: Path) -> Iterator[Scenario]:
    """Return a scenario on a standard queue."""
    yield from audited(Scenario(tmp_path))


@pytest.fixture
def fifo_scenario(tmp_path: Path) -> Iterator[Scenario]:
    """Return a scenario on a FIFO queue."""
    yield from audited(Scenario(tmp_path, fifo=True))


def audited(scenario: Scenario) -> Iterator[Scenario]:
    """Yield a scenario, and check it at its end."""
    try:
        yield scenario
        scenario.audit()
    finally:
        scenario.close()
