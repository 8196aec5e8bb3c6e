"""The loop that most people write: boto3, receive ten, handle, delete ten, in threads."""

import os
import sys
import threading

import boto3
from proof import handled


def consume(queue_url: str) -> None:
    """Take and delete messages for ever, with a client of the thread's own."""
    client = boto3.session.Session().client("sqs")
    while True:
        answer = client.receive_message(
            QueueUrl=queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=20
        )
        messages = answer.get("Messages", [])
        if messages:
            handled(len(messages))
            client.delete_message_batch(
                QueueUrl=queue_url,
                Entries=[
                    {"Id": str(index), "ReceiptHandle": message["ReceiptHandle"]}
                    for index, message in enumerate(messages)
                ],
            )


if __name__ == "__main__":
    url = os.environ["SHOAL_QUEUE_URL"]
    for _ in range(int(sys.argv[1]) - 1):
        threading.Thread(target=consume, args=(url,), daemon=True).start()
    consume(url)
