"""Fixtures for tests of handlers: pytest finds this file by itself where Shoal is installed.

Nothing but pytest is imported until a test asks for a fixture.
"""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from shoal_agent.testing import CrashAtEveryLine, Deliver


@pytest.fixture
def deliver() -> "Deliver":
    """Deliver messages to a handler as an agent and SQS would: ``deliver(handle, [body])``."""
    from shoal_agent.testing import Deliver  # noqa: PLC0415 - for those who use it

    return Deliver()


@pytest.fixture
def crash_at_every_line() -> "CrashAtEveryLine":
    """Run ``scenario(deliver)`` with the agent dying at each of its handler's lines in turn."""
    from shoal_agent.testing import CrashAtEveryLine  # noqa: PLC0415 - for those who use it

    return CrashAtEveryLine()
