"""The demonstration: a burst of images through one fleet, followed to its end and checked."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

from shoal_agent import contract
from shoal_agent.handlers import thumbnails
from shoal_local.moto_resources import Clients
from shoal_local.moto_resources.storage_makers import create_bucket
from shoal_local.moto_server import ACCOUNT_ID
from shoal_local.verification import Check, DeadLetter, read_dead_letters, verify
from shoal_local.workload import Workload, send, upload

if TYPE_CHECKING:
    from collections.abc import Callable

    from shoal_local.ledger import Ledger
    from shoal_local.local_agents import ScaledFleet
    from shoal_local.moto_server import MotoServer

HANDLER: Final = f"{thumbnails.__name__}:{thumbnails.handle.__name__}"
SOURCE_BUCKET: Final = "shoal-local-images"
_REPORTS_WITHIN_S: Final = 5.0


def takes_images(scaled: ScaledFleet) -> bool:
    """Say whether the agents of a fleet run the handler that the burst is for."""
    words = scaled.fleet.container.command(scaled.environment)
    return HANDLER in words or scaled.environment.get(contract.HANDLER) == HANDLER


def thumbnail_bucket(scaled: ScaledFleet) -> str:
    """Return the bucket in which the agents of a fleet put what they make."""
    return scaled.environment.get(thumbnails.BUCKET, SOURCE_BUCKET)


def make_buckets(scaled: ScaledFleet, server: MotoServer) -> None:
    """Make the images' bucket, and the thumbnails', unless the program has."""
    clients = Clients(server.client, region=server.region, account_id=ACCOUNT_ID)
    there = {bucket["Name"] for bucket in clients["s3"].list_buckets()["Buckets"]}
    for bucket in sorted({SOURCE_BUCKET, thumbnail_bucket(scaled)} - there):
        create_bucket(clients, bucket)


class Burst:
    """One burst for one fleet.

    State: ``workload``, once it is uploaded; since when the queue has been seen empty.
    """

    def __init__(
        self,
        scaled: ScaledFleet,
        server: MotoServer,
        ledger: Ledger,
        *,
        should_stop: Callable[[], bool],
    ) -> None:
        self.workload = Workload(SOURCE_BUCKET)
        self._scaled = scaled
        self._server = server
        self._ledger = ledger
        self._should_stop = should_stop
        self._empty_since_s: float | None = None

    async def upload(self, count: int, on_upload: Callable[[int], None]) -> None:
        """Put the objects into the bucket."""
        make_buckets(self._scaled, self._server)
        s3 = self._server.client("s3")
        self.workload = await asyncio.to_thread(
            upload,
            s3,
            SOURCE_BUCKET,
            count,
            should_stop=self._should_stop,
            on_upload=on_upload,
        )

    async def send(self) -> None:
        """Send a message for each."""
        sqs = self._server.client("sqs")
        await asyncio.to_thread(
            send,
            sqs,
            self._scaled.queue_url,
            self.workload,
            self._ledger,
            should_stop=self._should_stop,
        )

    def has_ended(self) -> bool:
        """Say whether the queue is empty and the agents have reported every message.

        A report that does not come is not waited for: the verification will tell.
        """
        now_s = time.monotonic()
        if self._scaled.gauge.message_ids():
            self._empty_since_s = None
            return False
        if self._empty_since_s is None:
            self._empty_since_s = now_s
        return self._ledger.open == 0 or now_s - self._empty_since_s > _REPORTS_WITHIN_S

    async def verify(self) -> tuple[list[Check], list[DeadLetter]]:
        """Look at every thumbnail and every dead letter."""
        return await asyncio.to_thread(self._verify)

    def _verify(self) -> tuple[list[Check], list[DeadLetter]]:
        url = self._scaled.dead_letter_queue_url
        letters = [] if url is None else read_dead_letters(self._server.client("sqs"), url)
        environment, bucket = self._scaled.environment, thumbnail_bucket(self._scaled)
        checks = verify(
            self._server.client("s3"),
            workload=self.workload,
            ledger=self._ledger,
            dead_letters=letters,
            left_in_queue=self._scaled.gauge.message_ids(),
            thumbnail_of=lambda key: (bucket, thumbnails.thumbnail_key(key)),
            max_px=int(environment.get(thumbnails.MAX_PX, thumbnails.DEFAULT_MAX_PX)),
        )
        return checks, letters
