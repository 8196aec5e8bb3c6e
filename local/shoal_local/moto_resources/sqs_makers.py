"""Queues and the policies that are set on them."""

import json
from collections.abc import Mapping
from typing import Any

from shoal_local.moto_resources.made import Clients, Made, Maker, keep, physical_name

# Pulumi's input: SQS's attribute.
# docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
_ATTRIBUTES = {
    "contentBasedDeduplication": "ContentBasedDeduplication",
    "deduplicationScope": "DeduplicationScope",
    "delaySeconds": "DelaySeconds",
    "fifoQueue": "FifoQueue",
    "fifoThroughputLimit": "FifoThroughputLimit",
    "kmsDataKeyReusePeriodSeconds": "KmsDataKeyReusePeriodSeconds",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "maxMessageSize": "MaximumMessageSize",
    "messageRetentionSeconds": "MessageRetentionPeriod",
    "policy": "Policy",
    "receiveWaitTimeSeconds": "ReceiveMessageWaitTimeSeconds",
    "redriveAllowPolicy": "RedriveAllowPolicy",
    "redrivePolicy": "RedrivePolicy",
    "sqsManagedSseEnabled": "SqsManagedSseEnabled",
    "visibilityTimeoutSeconds": "VisibilityTimeout",
}


def _create_queue(clients: Clients, name: str, inputs: Mapping[str, Any]) -> Made:
    fifo = bool(inputs.get("fifoQueue"))
    queue_name = physical_name(name, inputs)
    if fifo and inputs.get("name") is None:
        queue_name += ".fifo"
    attributes = {
        attribute: _text(inputs[key]) for key, attribute in _ATTRIBUTES.items() if key in inputs
    }
    if not fifo:
        # SQS takes FifoQueue as "true" or not at all.
        attributes.pop("FifoQueue", None)
    url = clients["sqs"].create_queue(
        QueueName=queue_name, Attributes=attributes, tags=dict(inputs.get("tags") or {})
    )["QueueUrl"]
    arn = f"arn:aws:sqs:{clients.region}:{clients.account_id}:{queue_name}"
    return Made(url, {"arn": arn, "url": url, "name": queue_name})


def _delete_queue(clients: Clients, made: Made) -> None:
    clients["sqs"].delete_queue(QueueUrl=made.id)


def _attribute_maker(key: str) -> Maker:
    """Return the maker of a resource that sets one attribute of the queue at ``queueUrl``."""

    def create(clients: Clients, _name: str, inputs: Mapping[str, Any]) -> Made:
        url = str(inputs["queueUrl"])
        attributes = {_ATTRIBUTES[key]: _text(inputs[key])}
        clients["sqs"].set_queue_attributes(QueueUrl=url, Attributes=attributes)
        return Made(url)

    return Maker(create, keep)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        # A number crosses Pulumi's wire as a double.
        return str(int(value))
    return value if isinstance(value, str) else json.dumps(value)


SQS_MAKERS = {
    "aws:sqs/queue:Queue": Maker(_create_queue, _delete_queue),
    "aws:sqs/queuePolicy:QueuePolicy": _attribute_maker("policy"),
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": _attribute_maker("redriveAllowPolicy"),
    "aws:sqs/redrivePolicy:RedrivePolicy": _attribute_maker("redrivePolicy"),
}
