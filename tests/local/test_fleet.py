"""Pods as processes: started, probed, ended in order, started again, and none left behind."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest
from tests.local.deployments import container, deployment
from tests.local.processes import is_running
from tests.local.waiting import eventually

from shoal_local.agent_container import FleetInputError
from shoal_local.fleet import Fleet
from shoal_local.guardian import Guardian
from shoal_local.pod import PodState

# An agent in a few lines: it says its health port, and ends in order on SIGTERM.
AGENT = """
import http.server, json, signal, sys, threading
class Probe(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/readyz" else 404)
        self.end_headers()
    def log_message(self, *_): pass
server = http.server.HTTPServer(("127.0.0.1", 0), Probe)
print(json.dumps({"text": "listening", "health_port": server.server_port}), flush=True)
def end(*_):
    print("drained", flush=True)
    threading.Thread(target=server.shutdown).start()
signal.signal(signal.SIGTERM, end)
server.serve_forever()
"""
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
while True: time.sleep(1)
"""
WITH_CHILD = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print("child", child.pid, flush=True)
child.wait()
"""
READS_SIGNAL_LATE = "import time; print('up', flush=True); time.sleep(600)"


class Scene:
    """A fleet of one script, and what its pods have printed."""

    def __init__(self, guardian: Guardian, script: str, **manifest: Any) -> None:
        self.lines: list[str] = []
        self.fleet = Fleet(
            container(deployment([sys.executable, "-c", script], **manifest)),
            adapt=_as_given,
            guardian=guardian,
            on_line=lambda _pod, line: self.lines.append(line),
        )

    def said(self, text: str) -> int:
        """Return how many lines contain the text."""
        return sum(text in line for line in self.lines)


def _as_given(environment: Mapping[str, str]) -> Mapping[str, str]:
    return {**environment, "PATH": os.environ["PATH"]}


def _play(script: str, act: Callable[[Scene], Awaitable[None]], **manifest: Any) -> None:
    async def scene() -> None:
        with Guardian() as guardian:
            playing = Scene(guardian, script, **manifest)
            try:
                await act(playing)
            finally:
                playing.fleet.kill()
                await playing.fleet.drain()

    asyncio.run(scene())


def test_pods_become_ready_by_their_probe_and_end_in_order() -> None:
    async def act(scene: Scene) -> None:
        scene.fleet.scale_to(2)
        await eventually(lambda: scene.fleet.ready_count == 2, "two ready pods")
        pids = [pod.pid for pod in scene.fleet.pods]
        await scene.fleet.drain()
        assert scene.said("drained") == 2
        assert scene.fleet.pods == []
        assert not any(is_running(pid) for pid in pids if pid is not None)

    _play(AGENT, act, readiness_path="/readyz")


def test_a_pod_whose_probe_fails_is_never_ready() -> None:
    async def act(scene: Scene) -> None:
        scene.fleet.scale_to(1)
        await eventually(lambda: scene.said("health_port"), "a started agent")
        await eventually(lambda: scene.fleet.pods[0].probes_answered >= 3, "three answers")
        assert scene.fleet.ready_count == 0

    _play(AGENT, act, readiness_path="/somewhere-else")


def test_scaling_in_takes_the_newest_pod_and_leaves_the_others_alone() -> None:
    async def act(scene: Scene) -> None:
        scene.fleet.scale_to(1)
        await eventually(lambda: scene.fleet.ready_count == 1, "the first pod")
        (oldest,) = scene.fleet.pods
        scene.fleet.scale_to(3)
        await eventually(lambda: scene.fleet.ready_count == 3, "three pods")
        scene.fleet.scale_to(1)
        assert scene.fleet.active == [oldest]
        await eventually(lambda: scene.fleet.pods == [oldest], "two pods gone")
        assert oldest.state is PodState.READY

    _play(AGENT, act, readiness_path="/readyz")


def test_a_pod_that_ignores_sigterm_is_killed_after_its_grace_period() -> None:
    async def act(scene: Scene) -> None:
        scene.fleet.scale_to(1)
        await eventually(lambda: scene.said("deaf"), "a deaf agent")
        pid = scene.fleet.pods[0].pid
        assert pid is not None
        await scene.fleet.drain()
        assert not is_running(pid)

    _play(STUBBORN, act, grace_period_s=1)


def test_what_an_agent_has_started_ends_with_it() -> None:
    async def act(scene: Scene) -> None:
        scene.fleet.scale_to(1)
        await eventually(lambda: scene.said("child "), "an agent with a child")
        child = int(scene.lines[0].split()[1])
        assert is_running(child)
        await scene.fleet.drain()
        await eventually(lambda: not is_running(child), "the child's end")

    _play(WITH_CHILD, act)


def test_a_crashed_agent_is_started_again_and_a_hopeless_one_is_reported() -> None:
    async def act(scene: Scene) -> None:
        scene.fleet.scale_to(1)
        await eventually(lambda: scene.said("no such setting") >= 2, "a restart")
        failure = scene.fleet.failure()
        assert failure is not None
        assert "exit code 64" in failure
        assert "no such setting" in failure
        assert len(scene.fleet.active) == 1

    _play("print('no such setting', flush=True); raise SystemExit(64)", act)


def test_a_command_that_is_not_on_this_machine_is_named() -> None:
    async def scene() -> None:
        with Guardian() as guardian:
            fleet = Fleet(
                container(deployment(["/opt/not-here/agent"])),
                adapt=_as_given,
                guardian=guardian,
                on_line=lambda _pod, _line: None,
            )
            with pytest.raises(FleetInputError, match="'/opt/not-here/agent', which is not on"):
                fleet.scale_to(1)

    asyncio.run(scene())


def test_ctrl_c_in_the_terminal_does_not_reach_the_agents() -> None:
    async def act(scene: Scene) -> None:
        scene.fleet.scale_to(1)
        await eventually(lambda: scene.said("up"), "an agent")
        pid = scene.fleet.pods[0].pid
        assert pid is not None
        # The terminal signals the process group of its session; the agent is in neither.
        assert os.getsid(pid) == pid != os.getsid(0)
        assert os.getpgid(pid) != os.getpgid(0)

    _play(READS_SIGNAL_LATE, act)
