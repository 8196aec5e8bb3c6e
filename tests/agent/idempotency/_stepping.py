"""Workers that take one step at a time, so that a test decides who is next, and who dies.

A worker runs the real middleware around a handler, on a store that stops it before and after
each of its calls; the handler stops before and after its effect. A worker that dies takes no
further step and its calls reach the store no more.
"""

from collections.abc import Coroutine, Generator
from typing import Any, Self

from shoal_agent import Message
from shoal_agent.ending import DONE, Ending, ending_of
from shoal_agent.idempotency.memory_store import MemoryStore
from shoal_agent.idempotency.store import Found, Standing
from shoal_agent.middleware.idempotency import idempotent

KEEP_S, LEASE_S = 1_000.0, 100.0


class _Pause:
    def __await__(self) -> Generator[None, None, None]:
        yield


class World:
    """The store, its clock, the workers, and what has been done and recorded for the one key."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.store = MemoryStore(lambda: self.now_s)
        self.effects = 0
        self.completed_until_s: float | None = None
        self.workers: list[Worker] = []
        self.wrongs: list[str] = []

    def __enter__(self) -> Self:
        """Return itself; leaving kills the workers that are left."""
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self.workers:
            worker.die()

    @property
    def remembered(self) -> bool:
        """Whether a completion was recorded and is not forgotten yet."""
        return self.completed_until_s is not None and self.now_s < self.completed_until_s


class Worker:
    """One delivery of the message to one worker."""

    def __init__(self, world: World, *, fails: bool = False) -> None:
        self._world = world
        self._fails = fails
        self._dead = False
        self.leased_until_s: float | None = None
        self.in_handler = False
        self.effect_done = False
        self.ending: Ending | None = None
        world.workers.append(self)
        handle = idempotent(store=self, keep_s=KEEP_S, lease_s=LEASE_S, scope="s")(self._handle)
        self._course: Coroutine[Any, Any, Any] = handle(Message({"MessageId": "1", "Body": ""}))

    @property
    def alive(self) -> bool:
        return not self._dead and self.ending is None

    @property
    def holds_the_key(self) -> bool:
        """Whether it was granted the key, has not let go of it, and has its lease; dead or not."""
        return self.leased_until_s is not None and self._world.now_s < self.leased_until_s

    def step(self) -> None:
        """Go on to the next stop."""
        try:
            self._course.send(None)
        except StopIteration:
            self.ending = DONE
        except Exception as error:  # noqa: BLE001 - as an agent does
            self.ending = ending_of(error)

    def die(self) -> None:
        """End here, as a process does that is killed."""
        self._dead = True
        self.in_handler = False
        self._course.close()

    async def _handle(self, _: Message) -> None:
        world = self._world
        self.in_handler = True
        try:
            await _Pause()
            if self._fails:
                raise OSError("made up")
            world.effects += 1
            self.effect_done = True
            await _Pause()
        finally:
            self.in_handler = False

    # --- The store as this worker sees it ----------------------------------------------------

    async def claim(self, key: str, token: str, *, lease_s: float) -> Found:
        await _Pause()
        found = await self._world.store.claim(key, token, lease_s=lease_s)
        if found.standing is Standing.CLAIMED:
            self._granted()
        await _Pause()
        return found

    def _granted(self) -> None:
        """Note what should have stood against this claim."""
        world = self._world
        if world.remembered:
            world.wrongs.append("granted after a recorded completion")
        if any(other.holds_the_key for other in world.workers):
            world.wrongs.append("granted while another's lease lasts")
        self.leased_until_s = world.now_s + LEASE_S

    async def complete(self, key: str, token: str, *, keep_s: float) -> bool:
        if self._dead:
            return True
        await _Pause()
        recorded = await self._world.store.complete(key, token, keep_s=keep_s)
        self.leased_until_s = None
        if recorded:
            self._world.completed_until_s = self._world.now_s + keep_s
        await _Pause()
        return recorded

    async def release(self, key: str, token: str) -> bool:
        if self._dead:
            return True
        await _Pause()
        released = await self._world.store.release(key, token)
        self.leased_until_s = None
        await _Pause()
        return released
