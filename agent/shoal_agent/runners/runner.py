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
    begun: Callable[[Lease], None]
    """The handling of a message that had to wait in the runner begins."""
    returned: Callable[[Lease], None]
    """A message that was submitted will not be run; it goes before all that wait."""
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

    def submit(self, lease: Lease) -> bool:
        """Run a message in a free slot; ``ended`` or ``returned`` is called later, and once.

        True if its handling begins with that; if it has to wait, ``begun`` tells when it does.
        """

    def grow(self) -> None:
        """Hear that messages wait: make another slot ready, if there may be more."""

    def recall(self) -> list[Lease]:
        """Take back what was submitted and not begun; nothing more is told of it."""

    def stop(self, lease: Lease, ending: Ending) -> None:
        """Make the message's handler end now, if it can be made to, with that ending."""

    async def close(self) -> None:
        """Let the handler tear down, and end every slot."""
