"""Every way of registering a resource that a stack program may use, once."""

import json

import pulumi
import pulumi_aws as aws
import pulumi_awsx as awsx
import pulumi_docker_build as docker_build
import pulumi_eks as eks
import pulumi_kubernetes as kubernetes

identity = aws.get_caller_identity()
elsewhere = aws.Provider("elsewhere", region="us-east-1")


class Pair(pulumi.ComponentResource):
    """A queue and its DLQ, under options that children inherit or override."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("test:index:Pair", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.dlq = aws.sqs.Queue(f"{name}-dlq", opts=child)
        redrive = self.dlq.arn.apply(
            lambda arn: json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 3})
        )
        self.queue = aws.sqs.Queue(
            f"{name}-queue",
            visibility_timeout_seconds=60,
            redrive_policy=redrive,
            tags={"account": identity.account_id, "token": pulumi.Output.secret("marked")},
            opts=pulumi.ResourceOptions.merge(
                child, pulumi.ResourceOptions(protect=False, ignore_changes=["tags"])
            ),
        )
        self.register_outputs({"url": self.queue.url})


pair = Pair("pair", pulumi.ResourceOptions(protect=True))
away = Pair("away", pulumi.ResourceOptions(providers={"aws": elsewhere}))
network = awsx.ec2.Vpc("network", number_of_availability_zones=2)
cluster = eks.Cluster(
    "cluster",
    vpc_id=network.vpc_id,
    private_subnet_ids=network.private_subnet_ids,
    skip_default_node_group=True,
    create_oidc_provider=True,
)
nodes = eks.ManagedNodeGroup("nodes", cluster=cluster, node_role_arn="arn:aws:iam::1:role/nodes")
in_cluster = kubernetes.Provider(
    "cluster", kubeconfig=pulumi.Output.secret(cluster.kubeconfig_json)
)
release = kubernetes.helm.v3.Release(
    "keda",
    chart="keda",
    version="2.20.2",
    values={"role": cluster.oidc_provider_arn, "password": pulumi.Output.secret("marked")},
    opts=pulumi.ResourceOptions(provider=in_cluster, depends_on=[nodes, pair]),
)
repository = aws.ecr.Repository("image", opts=pulumi.ResourceOptions(retain_on_delete=True))
image = docker_build.Image(
    "image",
    tags=[repository.repository_url.apply(lambda url: f"{url}:1")],
    context={"location": "."},
    push=True,
)
deployment = kubernetes.apps.v1.Deployment(
    "agent",
    metadata={"name": "agent"},
    spec={
        "selector": {"matchLabels": {"app": "agent"}},
        "template": {
            "metadata": {"labels": {"app": "agent"}},
            "spec": {
                "containers": [
                    {
                        "name": "agent",
                        "image": image.ref,
                        "env": [
                            {"name": "QUEUE", "value": pair.queue.url},
                            {"name": "TOKEN", "value": pulumi.Output.secret("marked")},
                        ],
                    }
                ]
            },
        },
    },
    opts=pulumi.ResourceOptions(
        provider=in_cluster,
        ignore_changes=["spec.replicas"],
        deleted_with=cluster,
        aliases=[pulumi.Alias(name="worker")],
        custom_timeouts=pulumi.CustomTimeouts(create="15m"),
    ),
)
kubernetes.apiextensions.CustomResource(
    "agent-scaler",
    api_version="keda.sh/v1alpha1",
    kind="ScaledObject",
    metadata={"name": "agent"},
    spec={"scaleTargetRef": {"name": deployment.metadata.name}},
    opts=pulumi.ResourceOptions(provider=in_cluster, depends_on=[release, away]),
)
pulumi.export("queue_url", pair.queue.url)
pulumi.export("kubeconfig", pulumi.Output.secret(cluster.kubeconfig))
