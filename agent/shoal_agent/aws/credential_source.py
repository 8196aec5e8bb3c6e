"""Credentials that are renewed ahead of their end."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from shoal_agent.agent_error import CredentialsError
from shoal_agent.aws.signature import Credentials

# botocore's own windows: it tries from 15 minutes before the end.
_AHEAD_S = 15 * 60
_RETRY_S = 30.0
_SHORTEST_WAIT_S = 1.0

_log = logging.getLogger(__name__)


class CredentialSource:
    """Holds the current credentials; ``keep_fresh`` replaces them in the background."""

    def __init__(self, current: Credentials, renew: Callable[[], Awaitable[Credentials]]) -> None:
        """``renew`` finds newer ones, or raises CredentialsError."""
        self.current = current
        self._renew = renew
        self._renewal: asyncio.Task[None] | None = None

    async def keep_fresh(self) -> None:
        """Renew for ever, each time ahead of the end; return for credentials without one."""
        while self.current.expires_s is not None:
            await asyncio.sleep(renewal_wait_s(self.current.expires_s, time.time()))
            try:
                await self.renew()
            except CredentialsError as error:
                _log.warning("credentials not renewed yet: %s", error)
                await asyncio.sleep(_RETRY_S)

    async def renew(self) -> None:
        """Replace the credentials now; callers that come together share one look-up."""
        if self._renewal is None:
            self._renewal = asyncio.ensure_future(self._replace())
            self._renewal.add_done_callback(self._renewed)
        await asyncio.shield(self._renewal)

    async def _replace(self) -> None:
        self.current = await self._renew()
        _log.info("credentials renewed")

    def _renewed(self, task: "asyncio.Task[None]") -> None:
        self._renewal = None
        if not task.cancelled():
            task.exception()  # whoever awaits it has it; nobody has to


def renewal_wait_s(expires_s: float, now_s: float) -> float:
    """Return how long to wait: to 15 minutes before the end, or half of what is left of less."""
    left_s = expires_s - now_s
    return max(_SHORTEST_WAIT_S, left_s - _AHEAD_S if left_s > 2 * _AHEAD_S else left_s / 2)
