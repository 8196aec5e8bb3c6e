"""A queue and a fleet of agents on a cluster that stands already."""

import pulumi

from pulumi_shoal import ExistingCluster, QueueAgent, WorkQueue

config = pulumi.Config()
cluster = ExistingCluster(
    "platform",
    {
        "kubeconfig": config.require_secret("kubeconfig"),
        "oidc_provider_arn": config.require("oidcProviderArn"),
        "oidc_issuer": config.require("oidcIssuer"),
    },
)
queue = WorkQueue("invoices", {})
agent = QueueAgent(
    "invoices",
    {
        "image": config.require("image"),
        "handler": "billing.handlers:handle",
        "queue": queue.ref,
        "cluster": cluster.ref,
        "latency_goal_s": 60,
        "processing_time_s": 2,
        "peak_rate_per_s": 50,
    },
    pulumi.ResourceOptions(provider=cluster.provider),
)
pulumi.export("queueUrl", queue.url)
