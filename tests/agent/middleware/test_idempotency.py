"""Around a handler: once for each key, whatever kind of handler it is."""

import asyncio
import functools
import os
from collections.abc import Callable
from typing import Any

import pytest

from shoal_agent import Message, Reject, Retry, contract
from shoal_agent.agent_error import ConfigurationError
from shoal_agent.ending import Skip
from shoal_agent.handler import Handle, is_async
from shoal_agent.idempotency import Found, MemoryStore
from shoal_agent.middleware.idempotency import idempotent, once_per_message


class Clock:
    """Seconds that the test sets."""

    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


class Bench:
    """A handler of one kind, what it has handled, and the store behind it."""

    def __init__(self, kind: str) -> None:
        self.clock = Clock()
        self.store = MemoryStore(self.clock)
        self.handled: list[str] = []
        self.raises: list[BaseException] = []
        self._kind = kind

    def guarded(self, **options: Any) -> Handle:
        return idempotent(**{"store": self.store, "scope": "s", "lease_s": 60, **options})(
            self._handle if self._kind == "sync" else self._handle_async
        )

    def run(self, handle: Handle, message: Message) -> Any:
        if is_async(handle):
            return asyncio.run(handle(message))
        return handle(message)

    def _handle(self, message: Message) -> str:
        self.handled.append(message.body)
        if self.raises:
            raise self.raises.pop(0)
        return "returned"

    async def _handle_async(self, message: Message) -> str:
        await asyncio.sleep(0)
        return self._handle(message)


@pytest.fixture(params=["sync", "async"])
def bench(request: pytest.FixtureRequest) -> Bench:
    return Bench(request.param)


def _message(message_id: str = "1", body: str = "x", receive_count: int = 1) -> Message:
    attributes = {"ApproximateReceiveCount": str(receive_count)}
    return Message({"MessageId": message_id, "Body": body, "Attributes": attributes})


def test_a_handler_keeps_its_kind_its_name_and_what_it_returns(bench: Bench) -> None:
    handle = bench.guarded()
    assert handle.__name__.startswith("_handle")
    assert bench.run(handle, _message()) == "returned"


def test_a_message_that_was_completed_is_skipped(bench: Bench) -> None:
    handle = bench.guarded()
    bench.run(handle, _message("1"))
    bench.run(handle, _message("2"))
    with pytest.raises(Skip, match="s#1 has been completed before"):
        bench.run(handle, _message("1"))
    assert bench.handled == ["x", "x"]


def test_messages_of_one_key_are_one_work(bench: Bench) -> None:
    handle = bench.guarded(key=lambda message: message.json()["order"])
    bench.run(handle, _message("1", '{"order": 7, "try": 1}'))
    with pytest.raises(Skip):
        bench.run(handle, _message("2", '{"order": 7, "try": 2}'))
    bench.run(handle, _message("3", '{"order": 8}'))
    assert len(bench.handled) == 2


@pytest.mark.parametrize(
    "error", [OSError("made up"), Retry(after=1), Reject("no"), SystemExit(1)], ids=repr
)
def test_a_handler_that_raises_can_run_again_at_once(bench: Bench, error: BaseException) -> None:
    handle = bench.guarded()
    bench.raises.append(error)
    with pytest.raises(type(error)):
        bench.run(handle, _message())
    bench.run(handle, _message())
    assert len(bench.handled) == 2


def test_what_a_middleware_within_has_skipped_is_completed(bench: Bench) -> None:
    handle = bench.guarded()
    bench.raises.append(Skip("done elsewhere"))
    with pytest.raises(Skip, match="done elsewhere"):
        bench.run(handle, _message())
    with pytest.raises(Skip, match="completed before"):
        bench.run(handle, _message())


def test_a_key_in_progress_is_looked_at_again_soon_and_then_at_the_end_of_its_lease(
    bench: Bench,
) -> None:
    asyncio.run(bench.store.claim("s#1", "another's", lease_s=60))
    handle = bench.guarded()
    waits = []
    for receive_count in (1, 2):
        with pytest.raises(Retry) as raised:
            bench.run(handle, _message(receive_count=receive_count))
        waits.append(raised.value.after_s)
        bench.clock.now_s += 5
    assert waits == [5, 56]
    assert bench.handled == []


def test_a_claim_lapses_after_the_longest_job_and_a_margin(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(contract.LONGEST_JOB_S, "120")
    seen: list[float] = []

    class Watched(MemoryStore):
        async def claim(self, key: str, token: str, *, lease_s: float) -> Found:
            seen.append(lease_s)
            return await super().claim(key, token, lease_s=lease_s)

    bench.run(bench.guarded(store=Watched(), lease_s=None), _message())
    assert seen == [130]


class Broken(MemoryStore):
    """A store of which some methods do not answer."""

    def __init__(self, *broken: str) -> None:
        super().__init__()
        for name in broken:
            setattr(self, name, self._fail)

    async def _fail(self, *_: object, **__: object) -> Any:
        raise ConnectionError("silent")


def test_a_store_that_does_not_answer_a_claim_keeps_the_handler_from_running(
    bench: Bench,
) -> None:
    with pytest.raises(ConnectionError, match="silent"):
        bench.run(bench.guarded(store=Broken("claim")), _message())
    assert bench.handled == []


def test_a_store_that_does_not_answer_a_completion_does_not_undo_the_message(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    assert bench.run(bench.guarded(store=Broken("complete")), _message()) == "returned"
    assert "s#1 could not be completed: silent" in caplog.text


def test_a_store_that_does_not_answer_a_release_does_not_hide_why_the_handler_failed(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.raises.append(OSError("made up"))
    with pytest.raises(OSError, match="made up"):
        bench.run(bench.guarded(store=Broken("release")), _message())
    assert "s#1 could not be released: silent" in caplog.text


def test_an_outlived_lease_is_told(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    handle = bench.guarded(lease_s=60)
    kind = handle.__wrapped__  # type: ignore[attr-defined]

    def slowly(message: Message) -> None:
        bench.clock.now_s += 61
        asyncio.run(bench.store.claim("s#1", "another's", lease_s=60))
        bench.run(kind, message)

    idempotent(store=bench.store, scope="s", lease_s=60)(slowly)(_message())
    assert "s#1 was not completed: its lease of 60 s had ended" in caplog.text


@pytest.mark.parametrize("missing", [None, "", True, 1.5, ["a"]], ids=repr)
def test_a_key_that_many_messages_would_share_is_refused(bench: Bench, missing: Any) -> None:
    with pytest.raises(TypeError, match="must be a text or a whole number, not"):
        bench.run(bench.guarded(key=lambda _: missing), _message())
    assert bench.handled == []


def _keys_of(store: MemoryStore) -> list[str]:
    return list(store._records)


def test_keys_of_different_handlers_are_kept_apart_by_their_names() -> None:
    store = MemoryStore()

    class Orders:
        @idempotent(store=store)
        def handle(self, message: Message) -> None:
            """Do nothing."""

    def plain(number: int, message: Message) -> None: ...

    Orders().handle(_message())
    idempotent(store=store)(functools.partial(plain, 1))(_message())
    here = f"{__name__}.test_keys_of_different_handlers_are_kept_apart_by_their_names.<locals>"
    assert _keys_of(store) == [f"{here}.Orders.handle#1", "functools.partial#1"]


def test_a_cancelled_handler_lets_go_of_its_claim() -> None:
    store = MemoryStore()
    started = asyncio.Event()

    @idempotent(store=store, scope="s")
    async def handle(_: Message) -> None:
        started.set()
        await asyncio.Event().wait()

    async def cancel() -> None:
        task = asyncio.ensure_future(handle(_message()))
        await started.wait()
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()

    asyncio.run(cancel())
    assert _keys_of(store) == []


def test_a_copy_of_the_process_that_the_handler_forks_leaves_the_claim_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = MemoryStore()
    pid = os.getpid()

    @idempotent(store=store, scope="s")
    async def handle(_: Message) -> None:
        monkeypatch.setattr(os, "getpid", lambda: pid + 1)

    asyncio.run(handle(_message()))
    assert not store._records["s#1"].completed


def _once(monkeypatch: pytest.MonkeyPatch, **environ: str) -> Callable[[], Handle]:
    monkeypatch.delenv(contract.IDEMPOTENCY_TABLE, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    return lambda: once_per_message(lambda _: None)


def test_the_named_middleware_needs_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError, match="SHOAL_IDEMPOTENCY_TABLE is not set"):
        _once(monkeypatch)()


def test_the_named_middleware_says_what_is_wrong_with_its_times(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make = _once(monkeypatch, SHOAL_IDEMPOTENCY_TABLE="done", SHOAL_IDEMPOTENCY_KEEP_S="a day")
    with pytest.raises(ConfigurationError, match="KEEP_S='a day': must be a number of seconds"):
        make()
