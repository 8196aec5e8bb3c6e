"""If the command is killed outright, its agents do not outlive it."""

import os
import signal
import subprocess
import sys

from tests.local.processes import is_running
from tests.local.waiting import eventually_now

from shoal_local.guardian import Guardian, watch

COMMAND = """
import subprocess, sys, time
from shoal_local.guardian import Guardian
with Guardian() as guardian:
    agents = [
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], process_group=0)
        for _ in range(2)
    ]
    guardian.guard(agents[0].pid)
    guardian.guard(agents[1].pid)
    guardian.release(agents[1].pid)
    print(agents[0].pid, agents[1].pid, guardian.pid, flush=True)
    time.sleep(600)
"""


def test_a_killed_command_takes_its_guarded_agents_with_it() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", COMMAND], stdout=subprocess.PIPE, text=True
    ) as command:
        assert command.stdout is not None
        guarded, released, guardian = map(int, command.stdout.readline().split())
        command.kill()
    try:
        eventually_now(lambda: not is_running(guarded), "the guarded agent's end")
        eventually_now(lambda: not is_running(guardian), "the guardian's end")
        assert is_running(released)
    finally:
        os.kill(released, signal.SIGKILL)


def test_a_guardian_ends_with_its_context() -> None:
    with Guardian() as guardian:
        assert is_running(guardian.pid)
    assert not is_running(guardian.pid)


def test_a_lost_guardian_does_not_stop_the_command() -> None:
    with Guardian() as guardian:
        os.kill(guardian.pid, signal.SIGKILL)
        eventually_now(lambda: not is_running(guardian.pid), "the guardian's end")
        guardian.guard(1)
        guardian.release(1)


def test_what_was_released_is_not_guarded() -> None:
    assert watch(["+7\n", "+8\n", "-7\n"]) == {8}
