"""The least that can be done: receive and delete over one connection, unsigned."""

import http.client
import json
import os
import ssl
from urllib.parse import urlsplit

URL = os.environ["SHOAL_QUEUE_URL"]
PARTS = urlsplit(URL)


def call(connection: http.client.HTTPConnection, action: str, **fields: object) -> dict[str, list]:
    """Make one request and return its answer."""
    headers = {"X-Amz-Target": f"AmazonSQS.{action}", "Content-Type": "application/x-amz-json-1.0"}
    connection.request("POST", PARTS.path, json.dumps({"QueueUrl": URL, **fields}), headers)
    return json.loads(connection.getresponse().read())


if __name__ == "__main__":
    host = PARTS.hostname or ""
    connection = (
        http.client.HTTPSConnection(host, PARTS.port, context=ssl.create_default_context())
        if PARTS.scheme == "https"
        else http.client.HTTPConnection(host, PARTS.port)
    )
    while True:
        answer = call(connection, "ReceiveMessage", MaxNumberOfMessages=10, WaitTimeSeconds=20)
        for message in answer.get("Messages", []):
            call(connection, "DeleteMessage", ReceiptHandle=message["ReceiptHandle"])
