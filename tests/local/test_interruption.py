"""Ctrl-C: the first is noted, the second ends the process at once."""

import asyncio
import os
import signal
import subprocess
import sys

import pytest

from shoal_local.interruption import EXIT_CODE, Interruption

IMPATIENT = """
import os, signal
from shoal_local.interruption import Interruption
with Interruption(before_exit=lambda: print("at once", flush=True)) as interruption:
    os.kill(os.getpid(), signal.SIGINT)
    print(interruption.requested, flush=True)
    os.kill(os.getpid(), signal.SIGTERM)
    print("never")
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_is_noted_and_wakes_who_waits(number: signal.Signals) -> None:
    async def scene(interruption: Interruption) -> None:
        waiting = asyncio.create_task(interruption.wait())
        await asyncio.sleep(0)
        assert not interruption.requested
        os.kill(os.getpid(), number)
        await asyncio.wait_for(waiting, 30)
        await asyncio.wait_for(interruption.wait(), 30)

    before = signal.getsignal(number)
    with Interruption(before_exit=lambda: None) as interruption:
        asyncio.run(scene(interruption))
        assert interruption.requested
    assert signal.getsignal(number) == before


def test_a_second_signal_ends_the_process_at_once() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", IMPATIENT], capture_output=True, text=True, check=False
    )
    assert ended.stdout.split("\n") == ["True", "at once", ""]
    assert ended.returncode == EXIT_CODE == 130
