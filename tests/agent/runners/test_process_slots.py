"""Handlers in processes that are given messages ahead: what is begun, blamed, taken back."""

import asyncio
import random
from pathlib import Path

import pytest
from tests.agent._fakes import in_loop
from tests.agent.runners._slots import slots

from shoal_agent.ending import How

KINDS = {"ok": How.DONE, "raise": How.FAILED, "reject": How.REJECT}
EVERY_KIND = """
def handle(message):
    kind = message.body.split("-")[0]
    note(message.body)
    if kind == "exit":
        os._exit(3)
    if kind == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if kind == "raise":
        raise ValueError("x" * 100_000)
    if kind == "reject":
        raise Reject("no")
    if kind == "stuck":
        time.sleep(600)
    if kind == "slow":
        time.sleep(0.05)
"""


@pytest.fixture(autouse=True)
def _importable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)


@pytest.mark.parametrize("seed", range(6))
@in_loop
async def test_every_message_is_begun_once_and_blamed_for_its_own_end_alone(
    tmp_path: Path, seed: int
) -> None:
    choose = random.Random(seed)  # noqa: S311 - a seeded choice
    kinds = choose.choices(
        ["ok", "raise", "reject", "slow", "exit", "kill", "stuck"],
        [200, 10, 10, 2, 3, 3, 1],
        k=400,
    )
    names = [f"{kind}-{number}" for number, kind in enumerate(kinds)]
    killed_from_outside = 0
    async with slots(tmp_path, EVERY_KIND, concurrency=3, job_s=0.5) as run:
        await run.warmed_up()
        waiting = list(names)
        while waiting:
            count = choose.randrange(1, 40)
            run.deliver(*waiting[:count])
            del waiting[:count]
            await asyncio.sleep(choose.choice([0, 0, 0.001, 0.02]))
            if choose.random() < 0.2:
                run.kill_one(choose)
                killed_from_outside += 1
        await run.until(lambda: all(name in run.ledger.endings for name in names))
        begun = run.notes()
    blamed = 0
    for name, kind in zip(names, kinds, strict=True):
        (ending,) = run.ledger.endings[name]
        if kind in {"exit", "kill"}:
            expected = How.DIED
        elif kind == "stuck":
            expected = How.TIMED_OUT
        else:
            expected = KINDS.get(kind, How.DONE)
        if ending.how is not expected:
            assert ending.how is How.DIED
            blamed += 1
        # Only one that died between its ticket and its first line has noted nothing.
        assert begun[name] == 1 or (begun[name] == 0 and ending.how is How.DIED)
    assert blamed <= killed_from_outside
    assert run.ledger.released == []
    assert run.failures == []


@in_loop
async def test_what_waits_behind_a_job_that_turns_out_long_is_done_by_another_process(
    tmp_path: Path,
) -> None:
    source = """
    def handle(message):
        note(message.body)
        while message.body == "long" and not GO.exists():
            time.sleep(0.01)
    """
    async with slots(tmp_path, source, concurrency=2) as run:
        await run.warmed_up()
        names = [f"short-{number}" for number in range(40)]
        run.deliver("long", *names)
        await run.until(lambda: all(name in run.ledger.endings for name in names))
        assert "long" not in run.ledger.endings
        (tmp_path / "go").touch()
        await run.until(lambda: "long" in run.ledger.endings)
        assert set(run.notes().values()) == {1}


@in_loop
async def test_a_drain_gives_back_what_is_not_begun_and_finishes_what_is(tmp_path: Path) -> None:
    source = """
    def handle(message):
        note(message.body)
        while message.body.startswith("long") and not GO.exists():
            time.sleep(0.01)
    """
    async with slots(tmp_path, source, concurrency=1) as run:
        await run.warmed_up()
        run.deliver(*[f"long-{number}" for number in range(20)])
        await run.until(lambda: "long-0" in run.notes())
        run.dispatcher.stop()
        assert run.ledger.released == [f"long-{number}" for number in range(1, 20)]
        (tmp_path / "go").touch()
        await run.until(run.dispatcher.idle.is_set)
        assert run.ledger.endings["long-0"][0].how is How.DONE
        assert len(run.notes()) == 201


@in_loop
async def test_a_killed_process_leaves_what_it_was_given_ahead_to_the_next(tmp_path: Path) -> None:
    async with slots(tmp_path, EVERY_KIND, concurrency=1) as run:
        await run.warmed_up()
        names = [f"ok-{number}" for number in range(20)]
        run.deliver("kill-0", *names)
        await run.until(lambda: all(name in run.ledger.endings for name in names))
        assert [run.ledger.endings[name][0].how for name in names] == [How.DONE] * 20
        (died,) = run.ledger.endings["kill-0"]
        assert (died.how, died.reason) == (
            How.DIED,
            "the handler's process was killed by SIGKILL",
        )
        assert set(run.notes().values()) == {1}


@in_loop
async def test_a_process_that_ends_between_messages_blames_none(tmp_path: Path) -> None:
    async with slots(tmp_path, EVERY_KIND, concurrency=1) as run:
        await run.warmed_up(1)
        run.kill_one(random.Random(0))  # noqa: S311
        run.deliver("ok-1")
        await run.until(lambda: "ok-1" in run.ledger.endings)
        assert run.ledger.endings["ok-1"][0].how is How.DONE


@in_loop
async def test_the_death_is_heard_while_a_fork_of_the_handler_lives_on(tmp_path: Path) -> None:
    source = """
    def handle(message):
        if message.body == "fork":
            if os.fork() == 0:
                os.setsid()  # out of reach of the kill that ends the group
                while not GO.exists():
                    time.sleep(0.01)
                os._exit(0)
            os._exit(3)
    """
    async with slots(tmp_path, source, concurrency=1) as run:
        run.deliver("fork", "next")
        await run.until(lambda: "next" in run.ledger.endings)
        (tmp_path / "go").touch()
        assert run.ledger.endings["fork"][0].how is How.DIED


@in_loop
async def test_a_process_is_given_no_more_than_it_may_handle_before_it_is_replaced(
    tmp_path: Path,
) -> None:
    source = "def handle(message):\n    note(os.getpid())"
    async with slots(tmp_path, source, concurrency=1, SHOAL_RECYCLE_MESSAGES="7") as run:
        await run.warmed_up(42)
        assert sorted(run.notes().values()) == [7] * 6


@in_loop
async def test_a_handler_that_writes_into_the_answers_is_replaced(tmp_path: Path) -> None:
    source = """
    def handle(message):
        note(message.body)
        if message.body == "scribbles":
            for descriptor in range(3, 200):
                try:
                    os.write(descriptor, b"scribble\\n")
                except OSError:
                    pass
    """
    async with slots(tmp_path, source, concurrency=1) as run:
        await run.warmed_up()
        names = [f"ok-{number}" for number in range(20)]
        run.deliver("scribbles", *names)
        await run.until(lambda: all(name in run.ledger.endings for name in ("scribbles", *names)))
        assert run.ledger.endings["scribbles"][0].how is How.DIED
        assert [run.ledger.endings[name][0].how for name in names] == [How.DONE] * 20


@in_loop
async def test_messages_larger_than_a_pipe_arrive_whole(tmp_path: Path) -> None:
    source = "def handle(message):\n    note(f'{message.body[:5]}{len(message.body)}')"
    async with slots(tmp_path, source, concurrency=1) as run:
        await run.warmed_up()
        run.deliver(*[f"{number:05}" + "é" * 500_000 for number in range(20)])
        await run.until(lambda: len(run.notes()) == 23)
        assert {f"{number:05}500005" for number in range(20)} < set(run.notes())
