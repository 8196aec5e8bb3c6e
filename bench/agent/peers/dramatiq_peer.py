"""dramatiq_sqs with eight worker threads; ``python dramatiq_peer.py send`` enqueues one."""

import os
import sys

import dramatiq
from dramatiq.cli import main as run_workers
from dramatiq.cli import make_argument_parser
from dramatiq_sqs import SQSBroker
from proof import handled

broker = SQSBroker(
    namespace="bench",
    endpoint_url=os.environ["AWS_ENDPOINT_URL"],
    region_name="eu-west-1",
    middleware=[],
)
dramatiq.set_broker(broker)


@dramatiq.actor
def noop(_payload: str) -> None:
    """Do nothing with the payload."""
    handled()


if __name__ == "__main__":
    if sys.argv[1:] == ["send"]:
        noop.send("x" * 300)
    else:
        arguments = ["dramatiq_peer", "--processes", "1", "--threads", "8", "--skip-logging"]
        sys.exit(run_workers(make_argument_parser().parse_args(arguments)))
