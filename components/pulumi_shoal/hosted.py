"""The components that the plugin offers to programs in other languages."""

import pulumi

from pulumi_shoal.agent_image import AgentImage
from pulumi_shoal.eks_cluster import EksCluster
from pulumi_shoal.existing_cluster import ExistingCluster
from pulumi_shoal.irsa_role import IrsaRole
from pulumi_shoal.keda import Keda
from pulumi_shoal.queue_agent import QueueAgent
from pulumi_shoal.work_queue import WorkQueue

COMPONENTS: list[type[pulumi.ComponentResource]] = [
    AgentImage,
    EksCluster,
    ExistingCluster,
    IrsaRole,
    Keda,
    QueueAgent,
    WorkQueue,
]
