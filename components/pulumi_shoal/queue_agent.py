"""`QueueAgent`: a fleet of agents on one queue, from identity to autoscaling.

The fleet is a Deployment whose size KEDA sets by the queue's backlog. The order of making
matters twice: agents start when their role may already read the queue, and at the end the
ScaledObject goes while KEDA is still there to release it (the caller says so by
`depends_on=[keda]`, which is handed down to every object that KEDA looks after).
"""

from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as k8s

from pulumi_shoal import agent_manifest as manifest
from pulumi_shoal.agent_args import QueueAgentArgs
from pulumi_shoal.agent_spec import QueueAgentSpec
from pulumi_shoal.checks import checked_plan, read_args
from pulumi_shoal.iam_policy import MEASURE_ACTIONS, agent_permissions, allow, policy_document
from pulumi_shoal.irsa_role import IrsaRole
from pulumi_shoal.problem import Place, Problem, SettingsError
from pulumi_shoal.queue_policy import region_of
from shoal_agent import contract

KEDA_API = "keda.sh/v1alpha1"


class QueueAgent(pulumi.ComponentResource):
    """A fleet of agents that work on one queue, scaled by its backlog."""

    role_arn: pulumi.Output[str]
    """ARN of the role that the agents work with."""
    deployment_name: pulumi.Output[str]
    """Name of the Deployment, the ScaledObject and the service account."""

    def __init__(
        self, name: str, args: QueueAgentArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        spec = read_args(QueueAgentSpec, f"QueueAgent '{name}'", {**args, "name": name})
        place = Place(f"QueueAgent '{name}': ")
        self.plan = checked_plan(spec, place)
        super().__init__("shoal:index:QueueAgent", name, None, opts)
        self._require_provider(place)
        self._name = name
        self._spec = spec
        self._child = pulumi.ResourceOptions(parent=self)
        after = opts.depends_on if opts is not None else None
        self._after_keda = self._child.merge(pulumi.ResourceOptions(depends_on=after))

        identity = self._make_identity()
        service_account = self._make_service_account(identity)
        deployment = self._make_deployment([identity, service_account])
        self._make_disruption_budget()
        authentication = self._make_trigger_authentication()
        access = self._let_keda_measure()
        self._make_scaled_object([deployment, authentication, *access])

        self.role_arn = identity.arn
        self.deployment_name = pulumi.Output.from_input(name)
        self.register_outputs({"roleArn": self.role_arn, "deploymentName": self.deployment_name})

    def _require_provider(self, place: Place) -> None:
        """Refuse to deploy to whatever cluster the machine's kubectl happens to point at."""
        if self.get_provider("kubernetes:core/v1:ServiceAccount") is not None:
            return
        problem = Problem(
            code="no-kubernetes-provider",
            key="opts",
            value=None,
            allowed="a Kubernetes provider, or a parent that has one",
            why="without it the fleet would go to the cluster your kubectl points at",
            fix="pass opts=ResourceOptions(provider=cluster.provider)",
        )
        raise SettingsError([(place, problem)])

    def _make_identity(self) -> IrsaRole:
        queue = self._spec.queue
        permissions = agent_permissions(
            queue_arn=queue.arn,
            dead_letter_queue_arn=queue.dead_letter_arn,
            kms_key_arn=queue.kms_key_arn,
        )
        permissions += [one.as_permission() for one in self._spec.permissions]
        cluster = self._spec.cluster
        return IrsaRole(
            f"{self._name}-identity",
            {
                "cluster": {
                    "oidc_provider_arn": cluster.oidc_provider_arn,
                    "oidc_issuer": cluster.oidc_issuer,
                },
                "namespace": self._spec.namespace,
                "service_account": self._name,
                "permissions": permissions,
            },
            self._child,
        )

    def _make_service_account(self, identity: IrsaRole) -> k8s.core.v1.ServiceAccount:
        return k8s.core.v1.ServiceAccount(
            f"{self._name}-service-account",
            metadata=self._metadata({"eks.amazonaws.com/role-arn": identity.arn}),
            automount_service_account_token=False,
            opts=self._child,
        )

    def _make_deployment(self, after: Sequence[pulumi.Resource]) -> k8s.apps.v1.Deployment:
        spec = manifest.deployment_spec(
            self._spec, self.plan, image=self._spec.image, environment=self._environment()
        )
        return k8s.apps.v1.Deployment(
            f"{self._name}-deployment",
            metadata=self._metadata(),
            spec=spec,
            opts=self._child.merge(pulumi.ResourceOptions(depends_on=list(after))),
        )

    def _environment(self) -> dict[str, pulumi.Input[str]]:
        queue = self._spec.queue
        return {
            contract.QUEUE_URL: queue.url,
            contract.DEAD_LETTER_QUEUE_URL: queue.dead_letter_url,
            **manifest.contract_environment(self._spec, self.plan),
            "AWS_REGION": self._region,
            **self._spec.environment,
        }

    @property
    def _region(self) -> pulumi.Output[str]:
        return pulumi.Output.from_input(self._spec.queue.arn).apply(region_of)

    def _make_disruption_budget(self) -> None:
        k8s.policy.v1.PodDisruptionBudget(
            f"{self._name}-disruption-budget",
            metadata=self._metadata(),
            spec=manifest.disruption_budget_spec(self._name),
            opts=self._child,
        )

    def _make_trigger_authentication(self) -> k8s.apiextensions.CustomResource:
        spec = manifest.trigger_authentication_spec()
        return self._keda_object("TriggerAuthentication", "trigger-authentication", spec)

    def _let_keda_measure(self) -> list[aws.iam.RolePolicy]:
        operator = self._spec.keda_operator_role_name
        if operator is None:
            return []
        document = policy_document([allow(MEASURE_ACTIONS, self._spec.queue.arn)])
        policy = aws.iam.RolePolicy(
            f"{self._name}-keda-policy",
            role=operator,
            policy=pulumi.Output.json_dumps(document),
            opts=self._child,
        )
        return [policy]

    def _make_scaled_object(self, after: Sequence[pulumi.Resource]) -> None:
        spec = manifest.scaled_object_spec(
            self._spec, self.plan, queue_url=self._spec.queue.url, region=self._region
        )
        self._keda_object("ScaledObject", "scaled-object", spec, after)

    def _keda_object(
        self, kind: str, suffix: str, spec: dict[str, Any], after: Sequence[pulumi.Resource] = ()
    ) -> k8s.apiextensions.CustomResource:
        return k8s.apiextensions.CustomResource(
            f"{self._name}-{suffix}",
            api_version=KEDA_API,
            kind=kind,
            metadata=self._metadata(),
            spec=spec,
            opts=self._after_keda.merge(pulumi.ResourceOptions(depends_on=list(after))),
        )

    def _metadata(
        self, annotations: dict[str, pulumi.Input[str]] | None = None
    ) -> dict[str, pulumi.Input[Any]]:
        """Return an object's metadata; its name is given, since others refer to it by name."""
        metadata: dict[str, pulumi.Input[Any]] = {
            "name": self._name,
            "namespace": self._spec.namespace,
            "labels": manifest.object_labels(self._name),
        }
        return metadata if annotations is None else {**metadata, "annotations": annotations}
