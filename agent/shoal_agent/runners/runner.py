"""What the dispatcher needs of whatever runs handlers."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

from shoal_agent.agent_error import AgentError
from shoal_agent.ending import Ending
from shoal_agent.lease import Lease


class Reports(NamedTuple):
    """Whom a runner tells what."""

    ended: Callable[[Lease, Ending], None]
    """A message has ended."""
    freed: Callable[[], None]
    """A slot has become free without a message's end."""
    spent: Callable[[str], None]
    """The agent's own process should be replaced, for this reason."""
    failed: Callable[[AgentError], None]
    """Nothing can run any more."""


class Runner(Protocol):
    """Slots that each run one message at a time."""

    isolated: bool
    """Whether handlers run in processes of their own, which are replaced one by one."""

    @property
    def free(self) -> int:
        """How many messages can be submitted now."""

    def connect(self, reports: Reports) -> None:
        """Tell these from now on; called once, before the first submit."""

    def submit(self, lease: Lease) -> None:
        """Run a message in a free slot; ``ended`` is called later, and once."""

    def grow(self) -> None:
        """Hear that messages wait: make another slot ready, if there may be more."""

    def stop(self, lease: Lease, ending: Ending) -> None:
        """Make the message's handler end now, if it can be made to, with that ending."""

    async def close(self) -> None:
        """Let the handler tear down, and end every slot."""
