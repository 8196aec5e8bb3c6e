"""Celery over SQS with eight threads; ``python celery_peer.py send`` enqueues one task."""

import os
import sys

import kombu.asynchronous.aws.connection as kombu_aws
from celery import Celery
from proof import handled

# Kombu trusts certifi's authorities alone where botocore reads AWS_CA_BUNDLE.
if (authorities := os.environ.get("AWS_CA_BUNDLE")) is not None:
    kombu_aws.get_cert_path = lambda _verify: authorities

URL = os.environ["SHOAL_QUEUE_URL"]
SCHEME, _, REST = URL.partition("://")
app = Celery("bench", broker=f"sqs://bench:bench@{REST.split('/')[0]}")
app.conf.update(
    broker_transport_options={
        "region": "eu-west-1",
        "is_secure": SCHEME == "https",
        "wait_time_seconds": 20,
        "visibility_timeout": 90,
        "predefined_queues": {
            "celery": {"url": URL, "access_key_id": "bench", "secret_access_key": "bench"}
        },
    },
    task_ignore_result=True,
    worker_prefetch_multiplier=10,
    worker_enable_remote_control=False,
    worker_hijack_root_logger=False,
)


@app.task(name="noop")
def noop(_payload: str) -> None:
    """Do nothing with the payload."""
    handled()


if __name__ == "__main__":
    if sys.argv[1:] == ["send"]:
        noop.delay("x" * 300)
    else:
        app.worker_main(
            [
                "worker",
                "--pool=threads",
                "--concurrency=8",
                "--loglevel=ERROR",
                "--without-gossip",
                "--without-mingle",
                "--without-heartbeat",
            ]
        )
