"""One agent: its parts put together, run, and drained.

The path of a message: ``receiver`` → ``dispatcher`` → ``runners`` → ``acknowledger``, with
``heartbeat`` beside it. This file connects them, decides when the agent stops, and holds to
the order of the drain.
"""

import asyncio
import gc
import logging
import os
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any

from shoal_agent import contract
from shoal_agent.acknowledger import Acknowledger
from shoal_agent.agent_error import AgentError, CredentialsError, QueueUnusableError
from shoal_agent.agent_loop import run_to_its_end
from shoal_agent.aws.service_error import ServiceError
from shoal_agent.aws.sqs_queue import SqsQueue
from shoal_agent.background import Background
from shoal_agent.contract import ExitCode
from shoal_agent.dispatcher import Dispatcher
from shoal_agent.heartbeat import Heartbeat
from shoal_agent.loop_watch import LoopWatch
from shoal_agent.metrics import AgentMetrics
from shoal_agent.probes import Page, ProbeServer
from shoal_agent.queue_connection import QueueConnection, connect
from shoal_agent.receiver import Receiver
from shoal_agent.recycling import why_spent
from shoal_agent.runners.choose import started_runner
from shoal_agent.runners.runner import Runner
from shoal_agent.settings import Settings
from shoal_agent.stop_signals import StopSignals

_log = logging.getLogger(__name__)

_TICK_S = 1.0
# After the drain: the time that stopped handlers get to be gone, and the last requests to be
# answered. The grace period of the deployment covers both.
_STOP_HANDLERS_S = 2.0
_FLUSH_S = 10.0
_CLOSE_S = 6.0
# An answer may be this late, and the pause after a failure this long, before polling is stuck.
_LIVENESS_SLACK_S = 60.0


def run_agent(
    settings: Settings, environ: Mapping[str, str], warnings: Sequence[str] = ()
) -> ExitCode:
    """Run an agent to its end; log how it ended."""
    for warning in warnings:
        _log.warning(warning)
    return run_to_its_end(_run(settings, environ))


async def _run(settings: Settings, environ: Mapping[str, str]) -> ExitCode:
    signals = StopSignals(settings.log_level)
    metrics = AgentMetrics()
    parts = asyncio.gather(
        connect(settings, environ, metrics.requests.add), started_runner(settings)
    )
    stop = asyncio.ensure_future(signals.stop.wait())
    stop.add_done_callback(lambda _: parts.cancel())
    try:
        connection, runner = await parts
    except asyncio.CancelledError:
        _log.info("stopped before the start")
        return ExitCode.DRAINED
    return await Agent(settings, signals, connection, runner, metrics).run()


class Agent:
    """Mutable state: whether it is to stop, and why; the rest is its parts'."""

    def __init__(
        self,
        settings: Settings,
        signals: StopSignals,
        connection: QueueConnection,
        runner: Runner,
        metrics: AgentMetrics,
    ) -> None:
        """Put the parts together; ``run`` starts them."""
        self._settings = settings
        self._connection = connection
        self._runner = runner
        self._metrics = metrics
        self._stop, self._hurry = signals.stop, signals.hurry
        self._failure: AgentError | None = None
        self._watch = LoopWatch(metrics.loop_blocked_s, longest_job_s=settings.longest_job_s)
        self._loop = asyncio.get_running_loop()
        self._background = Background(self._defect)
        self._heartbeat = self._make_heartbeat(connection.queue)
        self._acknowledger = self._make_acknowledger(connection)
        self._dispatcher = self._make_dispatcher(connection.queue)
        self._receiver = self._make_receiver(connection.queue)
        runner.connect(self._dispatcher.reports(spent=self._end_of_life, failed=self._fail))
        metrics.in_flight.read = lambda: len(self._heartbeat)

    async def run(self) -> ExitCode:
        """Work until a signal or a failure, drain, and say how it ended."""
        servers = await self._listen()
        ticking: set[asyncio.Task[None]] = set()
        self._background.start(self._tick_for_ever(), ticking)
        if not self._runner.isolated:
            self._watch.tick(late_s=0)
        gc.freeze()  # what is here now stays: the collector need not look at it again
        self._receiver.top_up()
        await self._stop.wait()
        await self._drain()
        for task in ticking:
            task.cancel()
        self._watch.stop()
        await self._first_of(self._runner.close(), within_s=_CLOSE_S)
        await self._connection.close()
        for server in servers:
            await server.close()
        if self._failure is not None:
            _log.critical("stopped: %s", self._failure)
            return self._failure.exit_code
        _log.info("drained")
        return ExitCode.DRAINED

    async def _drain(self) -> None:
        """Finish or give back everything, and the open polls' messages too."""
        _log.info("draining, for up to %g s", self._settings.drain_s)
        self._receiver.stop()
        self._dispatcher.stop()
        await self._first_of(self._quiet(), self._hurry.wait(), within_s=self._settings.drain_s)
        await self._receiver.abort()
        self._dispatcher.stop_running()
        await self._first_of(self._dispatcher.idle.wait(), within_s=_STOP_HANDLERS_S)
        self._dispatcher.abandon_running()
        await self._first_of(self._acknowledger.flush(), within_s=_FLUSH_S)
        await self._heartbeat.stop()

    async def _quiet(self) -> None:
        """Return when no poll is open and no handler works."""
        await self._receiver.closed()
        await self._dispatcher.idle.wait()

    async def _first_of(self, *ways: Coroutine[Any, Any, Any], within_s: float) -> None:
        tasks = [asyncio.ensure_future(way) for way in ways]
        done, pending = await asyncio.wait(
            tasks, timeout=within_s, return_when=asyncio.FIRST_COMPLETED
        )
        for task in pending:
            task.cancel()
        for task in done:
            if not task.cancelled() and (error := task.exception()) is not None:
                _log.error("draining did not go as it should", exc_info=error)

    async def _tick_for_ever(self) -> None:
        settings = self._settings
        period_s = min(_TICK_S, settings.visibility_timeout_s / 8, settings.longest_job_s / 8)
        while True:
            before_s = self._loop.time()
            await asyncio.sleep(period_s)
            now_s = self._loop.time()
            self._heartbeat.tick(now_s)
            self._dispatcher.tick(now_s)
            if not self._runner.isolated:
                self._watch.tick(now_s - before_s - period_s)
                handled = self._dispatcher.handled
                if (reason := why_spent(settings, handled=handled, pid=os.getpid())) is not None:
                    self._end_of_life(reason)

    # --- Reasons to stop -------------------------------------------------------------------

    def _end_of_life(self, reason: str) -> None:
        if not self._stop.is_set():
            _log.warning("the agent is to be replaced: %s", reason)
            self._stop.set()

    def _fail(self, error: AgentError) -> None:
        if self._failure is None:
            self._failure = error
        self._stop.set()

    def _defect(self, error: BaseException) -> None:
        self._fail(AgentError(f"a defect of the agent: {error!r}"))

    def _refused(self, error: ServiceError) -> None:
        """Decide whether a call that was refused leaves the agent anything to do."""
        if error.credentials_refused:
            self._fail(CredentialsError(f"SQS refuses the AWS credentials: {error}"))
        elif error.queue_unusable:
            settings = self._settings
            sending = error.action == "SendMessage"
            url = settings.dead_letter_queue_url if sending else settings.queue_url
            self._fail(QueueUnusableError(f"the queue {url} cannot be used: {error}"))

    # --- Parts -------------------------------------------------------------------------------

    def _make_heartbeat(self, queue: SqsQueue) -> Heartbeat:
        return Heartbeat(
            queue,
            visibility_timeout_s=self._settings.visibility_timeout_s,
            enabled=self._settings.heartbeat,
            background=self._background,
        )

    def _make_acknowledger(self, connection: QueueConnection) -> Acknowledger:
        return Acknowledger(
            connection.queue,
            connection.dead_letters,
            heartbeat=self._heartbeat,
            metrics=self._metrics,
            retry_base_s=self._settings.retry_base_s,
            retry_max_s=self._settings.retry_max_s,
            refused=self._refused,
            settled=self._top_up,
            background=self._background,
        )

    def _top_up(self) -> None:
        self._receiver.top_up()

    def _make_dispatcher(self, queue: SqsQueue) -> Dispatcher:
        return Dispatcher(
            runner=self._runner,
            acknowledger=self._acknowledger,
            heartbeat=self._heartbeat,
            metrics=self._metrics,
            concurrency=self._settings.concurrency,
            visibility_timeout_s=self._settings.visibility_timeout_s,
            longest_job_s=self._settings.longest_job_s,
            fetch_ahead=self._settings.heartbeat,
            fifo=queue.fifo,
            hungry=self._top_up,
        )

    def _make_receiver(self, queue: SqsQueue) -> Receiver:
        return Receiver(
            queue,
            poll_wait_s=self._settings.poll_wait_s,
            visibility_timeout_s=self._settings.visibility_timeout_s,
            wanted=self._dispatcher.wanted,
            deliver=self._dispatcher.deliver,
            refused=self._refused,
            background=self._background,
        )

    # --- Probes ------------------------------------------------------------------------------

    async def _listen(self) -> list[ProbeServer]:
        settings = self._settings
        health = ProbeServer(
            {contract.LIVENESS_PATH: self._livez, contract.READINESS_PATH: self._readyz}
        )
        metrics = ProbeServer({contract.METRICS_PATH: self._render_metrics})
        health_port = await health.listen(settings.health_port, contract.HEALTH_PORT)
        metrics_port = await metrics.listen(settings.metrics_port, contract.METRICS_PORT)
        _log.info("listening", extra={"health_port": health_port, "metrics_port": metrics_port})
        return [health, metrics]

    def _livez(self) -> Page:
        """Answer 200 while polls come back, or every slot works within its time."""
        settings = self._settings
        progress_s = max(self._receiver.progress_s, self._dispatcher.progress_s)
        allowed_s = settings.poll_wait_s + _LIVENESS_SLACK_S
        if self._stop.is_set():
            allowed_s += settings.drain_s
        if self._dispatcher.saturated:
            allowed_s += settings.longest_job_s
        silent_s = self._loop.time() - progress_s
        if silent_s > allowed_s:
            return Page(503, f"no poll has come back for {silent_s:.0f} s\n")
        return Page(200, "ok\n")

    def _readyz(self) -> Page:
        if self._stop.is_set():
            return Page(503, "draining\n")
        if not self._receiver.answered:
            return Page(503, "the queue has not answered yet\n")
        return Page(200, "ok\n")

    def _render_metrics(self) -> Page:
        return Page(200, self._metrics.render(), "text/plain; version=0.0.4; charset=utf-8")
