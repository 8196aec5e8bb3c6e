"""The demonstration: a burst of images through one fleet, followed to its end and checked."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
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


def takes_images(scaled: ScaledFleet) -> bool:
    """Say whether the agents of a fleet run the handler that the burst is for."""
    words = scaled.fleet.container.command(scaled.environment)
    return HANDLER in words or scaled.environment.get(contract.HANDLER) == HANDLER


@dataclass
class Burst:
    """One burst for one fleet. State: ``workload``, once it is uploaded."""

    scaled: ScaledFleet
    server: MotoServer
    ledger: Ledger
    should_stop: Callable[[], bool]
    workload: Workload

    @classmethod
    def for_fleet(
        cls,
        scaled: ScaledFleet,
        server: MotoServer,
        ledger: Ledger,
        *,
        should_stop: Callable[[], bool],
    ) -> Burst:
        """Make the buckets, the thumbnails' where the agents put them elsewhere."""
        burst = cls(scaled, server, ledger, should_stop, Workload(SOURCE_BUCKET))
        clients = Clients(server.client, region=server.region, account_id=ACCOUNT_ID)
        there = {bucket["Name"] for bucket in clients["s3"].list_buckets()["Buckets"]}
        for bucket in sorted({SOURCE_BUCKET, burst.thumbnail_bucket} - there):
            create_bucket(clients, bucket)
        return burst

    @property
    def thumbnail_bucket(self) -> str:
        """Where the agents put what they make."""
        return self.scaled.environment.get(thumbnails.BUCKET, SOURCE_BUCKET)

    async def upload(self, count: int, on_upload: Callable[[int], None]) -> None:
        """Put the objects into the bucket."""
        s3 = self.server.client("s3")
        self.workload = await asyncio.to_thread(
            upload,
            s3,
            SOURCE_BUCKET,
            count,
            should_stop=self.should_stop,
            on_upload=on_upload,
        )

    async def send(self) -> None:
        """Send a message for each."""
        sqs = self.server.client("sqs")
        await asyncio.to_thread(
            send,
            sqs,
            self.scaled.queue_url,
            self.workload,
            self.ledger,
            should_stop=self.should_stop,
        )

    def has_ended(self) -> bool:
        """Say whether every message has come to an end and has left the queue."""
        depth = self.scaled.gauge.depth()
        return self.ledger.open == 0 and depth.visible + depth.in_flight + depth.delayed == 0

    async def verify(self) -> tuple[list[Check], list[DeadLetter]]:
        """Look at every thumbnail and every dead letter."""
        return await asyncio.to_thread(self._verify)

    def _verify(self) -> tuple[list[Check], list[DeadLetter]]:
        url = self.scaled.dead_letter_queue_url
        letters = [] if url is None else read_dead_letters(self.server.client("sqs"), url)
        environment = self.scaled.environment
        checks = verify(
            self.server.client("s3"),
            workload=self.workload,
            ledger=self.ledger,
            dead_letters=letters,
            left_in_queue=self.scaled.gauge.message_ids(),
            thumbnail_of=lambda key: (self.thumbnail_bucket, thumbnails.thumbnail_key(key)),
            max_px=int(environment.get(thumbnails.MAX_PX, thumbnails.DEFAULT_MAX_PX)),
        )
        return checks, letters
