"""Tell SQS how each message has ended, and let go of it once SQS has heard.

done     delete
skipped  delete, and count it apart
retry    hide for the time asked for, or for the backoff
reject   send to the dead-letter queue, then delete, in that order
stopped  hide for 0 seconds: another agent may have it at once
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from random import Random
from typing import NamedTuple

from shoal_agent.aws.http_client import HttpError
from shoal_agent.aws.service_error import ServiceError
from shoal_agent.aws.sqs_queue import FailedEntry, SqsQueue
from shoal_agent.background import Background
from shoal_agent.batch_sender import BatchSender
from shoal_agent.contract import DEAD_LETTER_QUEUE_URL
from shoal_agent.dead_letter import dead_letter
from shoal_agent.ending import Ending, How
from shoal_agent.heartbeat import Heartbeat
from shoal_agent.lease import Lease
from shoal_agent.log_lines import message_fields
from shoal_agent.metrics import AgentMetrics
from shoal_agent.retry_delay import retry_delay_s

_LINGER_S = 1.0
# SQS holds a FIFO group back until the message before it is deleted.
_FIFO_LINGER_S = 0.02
_REJECT_ATTEMPTS = 4
_REJECT_PAUSE_S = 0.2

_log = logging.getLogger(__name__)


class Deletion(NamedTuple):
    """A message that leaves the queue, and what to call that."""

    lease: Lease
    result: str


class Hiding(NamedTuple):
    """A message that goes back to the queue: hidden for so long, and what to call that."""

    lease: Lease
    for_s: int
    result: str


class Acknowledger:
    """Settles leases. Mutable state: the rejections under way (batches keep their own)."""

    def __init__(
        self,
        queue: SqsQueue,
        dead_letters: SqsQueue | None,
        *,
        heartbeat: Heartbeat,
        metrics: AgentMetrics,
        retry_base_s: float,
        retry_max_s: float,
        refused: Callable[[ServiceError], None],
        settled: Callable[[], None],
        background: Background,
    ) -> None:
        """``refused`` hears of calls that SQS will not carry out, ``settled`` of each end."""
        self._queue = queue
        self._dead_letters = dead_letters
        self._heartbeat = heartbeat
        self._metrics = metrics
        self._retry_base_s, self._retry_max_s = retry_base_s, retry_max_s
        self._refused = refused
        self._settled = settled
        self._background = background
        self._random = Random()  # noqa: S311 - jitter
        self._rejections: set[asyncio.Task[None]] = set()
        linger_s = _FIFO_LINGER_S if queue.fifo else _LINGER_S
        self._deletes = BatchSender[Deletion](
            self._send_deletes,
            linger_s=linger_s,
            worth_repeating=lambda deletion: self._still_ours(deletion.lease),
            outcome=self._end,
            refused=refused,
            background=background,
        )
        self._hidings = BatchSender[Hiding](
            self._send_hidings,
            linger_s=linger_s,
            worth_repeating=lambda hiding: self._still_ours(hiding.lease),
            outcome=self._end,
            refused=refused,
            background=background,
        )

    def settle(self, lease: Lease, ending: Ending) -> None:
        """Send for the end that the handling of a message calls for."""
        lease.settle()
        how = ending.how
        if how is How.DONE:
            self._deletes.add(Deletion(lease, "done"))
        elif how is How.SKIPPED:
            _log.info("skipped: %s", ending.reason, extra=message_fields(lease.message))
            self._deletes.add(Deletion(lease, "skipped"))
        elif how is How.REJECT and self._dead_letters is not None:
            rejection = self._reject(lease, ending.reason, self._dead_letters)
            self._background.start(rejection, self._rejections)
        elif how is How.STOPPED:
            self._hidings.add(Hiding(lease, 0, "released"))
        elif how is How.REJECT:
            reason = f"rejected ({ending.reason}), but {DEAD_LETTER_QUEUE_URL} is not set"
            self._retry(lease, ending._replace(reason=reason))
        else:
            self._retry(lease, ending)

    def release(self, lease: Lease) -> None:
        """Give a message back that no handler has seen."""
        lease.settle()
        self._hidings.add(Hiding(lease, 0, "released"))

    def give_up(self, lease: Lease) -> None:
        """Let go of a message that is no longer the agent's, without a word to SQS."""
        lease.settle()
        lease.end()
        self._heartbeat.drop(lease)
        self._metrics.lapsed.add()
        self._settled()

    def hurry(self) -> None:
        """Send what waits for company: the agent has nothing else to do."""
        self._deletes.hurry()
        self._hidings.hurry()

    async def flush(self) -> None:
        """Return when everything is sent and answered, or given up."""
        while self._rejections:
            await asyncio.wait(self._rejections)
        await asyncio.gather(self._deletes.flush(), self._hidings.flush())

    def _retry(self, lease: Lease, ending: Ending) -> None:
        now_s = asyncio.get_running_loop().time()
        wait_s = ending.after_s
        if wait_s is None:
            wait_s = retry_delay_s(
                lease.message.receive_count,
                base_s=self._retry_base_s,
                max_s=self._retry_max_s,
                random=self._random,
            )
        wait_s = lease.extension_s(now_s, round(wait_s))
        _log.log(
            logging.INFO if ending.how is How.RETRY else logging.WARNING,
            "%s, to be retried in %d s: %s",
            ending.how,
            wait_s,
            ending.reason or "the handler asked for it",
            extra=_ending_fields(lease, ending, now_s),
        )
        self._hidings.add(Hiding(lease, wait_s, "retried"))

    async def _reject(self, lease: Lease, reason: str, dead_letters: SqsQueue) -> None:
        letter = dead_letter(lease.message, reason, fifo=dead_letters.fifo)
        for attempt in range(_REJECT_ATTEMPTS):
            try:
                await dead_letters.send(letter)
            except (HttpError, ServiceError) as error:
                _log.warning("not rejected yet: %s", error, extra=message_fields(lease.message))
                if isinstance(error, ServiceError) and error.sender_fault:
                    self._refused(error)
                    break
                await asyncio.sleep(_REJECT_PAUSE_S * 2**attempt)
            else:
                _log.warning("rejected: %s", reason, extra=message_fields(lease.message))
                self._deletes.add(Deletion(lease, "rejected"))
                return
        # The queue's own redrive policy brings it to the dead-letter queue in the end.
        self._retry(lease, Ending(How.FAILED, reason=f"the rejection failed: {reason}"))

    async def _send_deletes(self, deletions: Sequence[Deletion]) -> list[FailedEntry]:
        return await self._queue.delete([deletion.lease.receipt_handle for deletion in deletions])

    async def _send_hidings(self, hidings: Sequence[Hiding]) -> list[FailedEntry]:
        leases = [hiding.lease for hiding in hidings]
        await self._heartbeat.cede(leases)
        try:
            return await self._queue.change_visibility(
                [(hiding.lease.receipt_handle, hiding.for_s) for hiding in hidings],
                answer_in_s=self._heartbeat.answer_in_s,
            )
        finally:
            self._heartbeat.take_back(leases)

    def _end(self, entries: Sequence[Deletion | Hiding], error: str | None) -> None:
        drop, completed = self._heartbeat.drop, self._metrics.completed.add
        for entry in entries:
            lease, result = entry.lease, entry.result
            lease.end()
            drop(lease)
            if error is None:
                completed(result)
            else:
                self._metrics.lapsed.add()
                fields = message_fields(lease.message)
                _log.warning("%s, but SQS did not take it: %s", result, error, extra=fields)
        self._settled()

    def _still_ours(self, lease: Lease) -> bool:
        # A release that is given up too soon leaves the message hidden for nothing.
        return not lease.surely_lapsed(asyncio.get_running_loop().time())


def _ending_fields(lease: Lease, ending: Ending, now_s: float) -> dict[str, object]:
    fields: dict[str, object] = message_fields(lease.message)
    fields["processing_s"] = round(now_s - lease.started_s, 3)
    if ending.traceback:
        fields["traceback"] = ending.traceback
    return fields
