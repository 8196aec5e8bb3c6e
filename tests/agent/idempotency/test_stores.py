"""What every store does, and what the one in DynamoDB does besides."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple

import pytest
from tests.agent.idempotency.conftest import dynamodb

from shoal_agent.aws.service_error import ServiceError
from shoal_agent.idempotency import DynamoDbStore, Found, MemoryStore, Standing, Store

KEY = "work.handle#1"
START_S = 1_700_000_000.25


class Bench(NamedTuple):
    """A store whose clock the test sets."""

    store: Store
    now_s: list[float]

    async def claim(self, token: str) -> Found:
        return await self.store.claim(KEY, token, lease_s=100)


Check = Callable[[Bench], Awaitable[None]]


@pytest.fixture(params=["memory", "dynamodb"])
def run(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[[Check], None]:
    """Return a runner of checks on a store of each kind."""
    now_s = [START_S]

    @asynccontextmanager
    async def bench() -> AsyncIterator[Bench]:
        if request.param == "memory":
            yield Bench(MemoryStore(lambda: now_s[0]), now_s)
            return
        store = DynamoDbStore(request.getfixturevalue("table"), clock=lambda: now_s[0])
        yield Bench(store, now_s)
        await store.close()

    async def checked(check: Check) -> None:
        async with bench() as made:
            await check(made)

    if request.param == "dynamodb":
        _use(monkeypatch, request.getfixturevalue("endpoint"))
        request.getfixturevalue("table")
    return lambda check: asyncio.run(checked(check))


def _use(monkeypatch: pytest.MonkeyPatch, endpoint: str) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")


Run = Callable[[Check], None]


def test_a_key_is_claimed_by_one_attempt_at_a_time(run: Run) -> None:
    async def check(bench: Bench) -> None:
        assert await bench.claim("a") == (Standing.CLAIMED, 0)
        found = await bench.claim("b")
        assert found.standing is Standing.IN_PROGRESS
        assert 100 <= found.ends_in_s < 101
        assert await bench.store.claim("another", "b", lease_s=100) == (Standing.CLAIMED, 0)

    run(check)


def test_a_claim_can_be_repeated_by_the_attempt_that_holds_it(run: Run) -> None:
    async def check(bench: Bench) -> None:
        await bench.claim("a")
        assert (await bench.claim("a")).standing is Standing.CLAIMED

    run(check)


def test_a_completed_key_is_known_until_its_time_is_over(run: Run) -> None:
    async def check(bench: Bench) -> None:
        await bench.claim("a")
        assert await bench.store.complete(KEY, "a", keep_s=1_000)
        bench.now_s[0] += 999
        assert (await bench.claim("b")).standing is Standing.COMPLETED
        bench.now_s[0] += 2
        assert (await bench.claim("b")).standing is Standing.CLAIMED

    run(check)


def test_a_claim_that_arrives_again_after_its_completion_does_not_undo_it(run: Run) -> None:
    async def check(bench: Bench) -> None:
        await bench.claim("a")
        await bench.store.complete(KEY, "a", keep_s=1_000)
        assert (await bench.claim("a")).standing is Standing.COMPLETED

    run(check)


def test_a_released_key_can_be_claimed_at_once(run: Run) -> None:
    async def check(bench: Bench) -> None:
        await bench.claim("a")
        assert await bench.store.release(KEY, "a")
        assert (await bench.claim("b")).standing is Standing.CLAIMED

    run(check)


def test_a_claim_lapses_at_the_end_of_its_lease(run: Run) -> None:
    async def check(bench: Bench) -> None:
        await bench.claim("a")
        bench.now_s[0] += 99
        assert (await bench.claim("b")).standing is Standing.IN_PROGRESS
        bench.now_s[0] += 2
        assert (await bench.claim("b")).standing is Standing.CLAIMED

    run(check)


def test_a_claim_that_was_taken_over_can_neither_be_completed_nor_released(run: Run) -> None:
    async def check(bench: Bench) -> None:
        await bench.claim("a")
        bench.now_s[0] += 101
        await bench.claim("b")
        assert not await bench.store.complete(KEY, "a", keep_s=1_000)
        assert not await bench.store.release(KEY, "a")
        assert (await bench.claim("c")).standing is Standing.IN_PROGRESS
        assert await bench.store.complete(KEY, "b", keep_s=1_000)

    run(check)


def test_a_completion_cannot_be_released(run: Run) -> None:
    async def check(bench: Bench) -> None:
        await bench.claim("a")
        await bench.store.complete(KEY, "a", keep_s=1_000)
        assert not await bench.store.release(KEY, "a")
        assert (await bench.claim("b")).standing is Standing.COMPLETED

    run(check)


def test_a_late_completion_is_recorded_where_the_key_is_nobody_s(run: Run) -> None:
    async def check(bench: Bench) -> None:
        await bench.claim("a")
        bench.now_s[0] += 101
        await bench.claim("b")
        await bench.store.release(KEY, "b")
        assert await bench.store.complete(KEY, "a", keep_s=1_000)
        assert (await bench.claim("c")).standing is Standing.COMPLETED

    run(check)


def test_of_many_that_claim_at_once_one_alone_succeeds(run: Run) -> None:
    async def check(bench: Bench) -> None:
        found = await asyncio.gather(*(bench.claim(str(number)) for number in range(12)))
        standings = [each.standing for each in found]
        assert standings.count(Standing.CLAIMED) == 1
        assert standings.count(Standing.IN_PROGRESS) == 11

    run(check)


def test_an_item_has_the_attributes_that_the_table_s_description_gives(
    monkeypatch: pytest.MonkeyPatch, endpoint: str, table: str
) -> None:
    _use(monkeypatch, endpoint)
    long_key = "é" * 2_000

    async def write() -> None:
        store = DynamoDbStore(table, clock=lambda: START_S)
        await store.claim(KEY, "a", lease_s=100)
        await store.claim(long_key, "b", lease_s=100)
        await store.complete(long_key, "b", keep_s=1_000)
        await store.close()

    asyncio.run(write())
    items = {item["id"]["S"]: item for item in dynamodb(endpoint).scan(TableName=table)["Items"]}
    assert items.pop(KEY) == {
        "id": {"S": KEY},
        "status": {"S": "IN_PROGRESS"},
        "claim_token": {"S": "a"},
        "expires_at": {"N": "1700000101"},
    }
    ((digest, item),) = items.items()
    assert len(digest) == 64
    assert item["status"] == {"S": "COMPLETED"}
    assert item["expires_at"] == {"N": "1700001001"}


def test_a_table_that_is_not_there_is_told_and_not_asked_for_again(
    monkeypatch: pytest.MonkeyPatch, endpoint: str
) -> None:
    _use(monkeypatch, endpoint)

    async def claim() -> None:
        store = DynamoDbStore("nowhere")
        try:
            with pytest.raises(ServiceError, match="ResourceNotFoundException"):
                await store.claim(KEY, "a", lease_s=100)
        finally:
            await store.close()

    asyncio.run(claim())
