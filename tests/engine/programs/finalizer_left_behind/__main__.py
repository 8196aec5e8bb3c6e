"""A ScaledObject that KEDA's release depends on: the wrong way round, for the stand-ins to catch.

The queue is there to show that the stand-in for AWS makes it and sees when it has gone.
"""

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

queue = aws.sqs.Queue("jobs")
kubernetes.core.v1.ConfigMap(
    "tokens", data={"marked": pulumi.Output.secret("marked-token"), "open": "open-token"}
)
scaled_object = kubernetes.apiextensions.CustomResource(
    "jobs",
    api_version="keda.sh/v1alpha1",
    kind="ScaledObject",
    metadata={"name": "jobs"},
    spec={"triggers": [{"type": "aws-sqs-queue", "metadata": {"queueURL": queue.url}}]},
)
kubernetes.helm.v3.Release(
    "keda", chart="keda", opts=pulumi.ResourceOptions(depends_on=[scaled_object])
)
pulumi.export("queue_url", queue.url)
