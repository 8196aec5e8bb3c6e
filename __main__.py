"""The stack program: a cluster with KEDA, and for each agent a queue, an image and a fleet."""

from typing import Any

import pulumi
import pulumi_kubernetes as k8s

import pulumi_shoal as shoal

settings = shoal.read_stack_settings()

cluster: shoal.EksCluster | shoal.ExistingCluster
if settings.cluster.kind == "new":
    cluster = shoal.EksCluster("cluster", settings.cluster.args())
else:
    cluster = shoal.ExistingCluster("cluster", settings.cluster.args())
on_cluster = pulumi.ResourceOptions(provider=cluster.provider)

namespace = k8s.core.v1.Namespace(
    "agents",
    metadata=shoal.namespace_metadata(settings.namespace),
    opts=on_cluster,
)

with_keda = on_cluster
operator_role: Any = settings.keda.operator_role_name
if settings.keda.install:
    keda = shoal.Keda("keda", settings.keda.keda_args(cluster.ref), on_cluster)
    with_keda = pulumi.ResourceOptions(provider=cluster.provider, depends_on=[keda])
    operator_role = keda.operator_role_name


def deploy(agent: shoal.AgentSettings) -> dict[str, Any]:
    """Make one agent's image, queue and fleet; return what people need of them."""
    image: Any = agent.image
    if agent.build is not None:
        image = shoal.AgentImage(agent.name, shoal.as_args(agent.build, shoal.AgentImageArgs)).ref
    queue = shoal.WorkQueue(agent.name, agent.work_queue_args())
    given: Any = {
        **shoal.as_args(agent, shoal.QueueAgentArgs),
        "image": image,
        "queue": queue.ref,
        "cluster": cluster.ref,
        "namespace": namespace.metadata.name,
        "keda_operator_role_name": operator_role,
    }
    fleet = shoal.QueueAgent(agent.name, given, with_keda)
    return {
        "queueUrl": queue.url,
        "queueArn": queue.arn,
        "deadLetterQueueUrl": queue.dead_letter_url,
        "image": image,
        "plan": fleet.plan.numbers(),
    }


pulumi.export("agents", {agent.name: deploy(agent) for agent in settings.agents})
pulumi.export("clusterName", cluster.cluster_name)
pulumi.export("kubeconfig", cluster.kubeconfig)
