"""The settings of KEDA on one cluster."""

from dataclasses import dataclass
from typing import ClassVar, NotRequired, TypedDict

from pulumi_shoal.agent_args import ClusterRefArgs
from pulumi_shoal.agent_spec import ClusterRefSpec
from pulumi_shoal.setting_kind import TEXT, WHOLE
from pulumi_shoal.settings_reader import section, setting

CHART_VERSION = "2.20.2"
NAMESPACE = "keda"


class KedaArgs(TypedDict):
    """KEDA on one cluster."""

    cluster: ClusterRefArgs
    """The cluster to install on. Its Kubernetes provider is given in the options."""
    version: NotRequired[str]
    """Version of the chart. Default: 2.20.2."""
    namespace: NotRequired[str]
    """Namespace to make for it. Default: `keda`."""
    replicas: NotRequired[int]
    """Copies of the operator, of the metrics server and of the webhooks; one of each works, the
    others stand by. Default: 1."""


@dataclass(frozen=True, kw_only=True)
class KedaSettings:
    """The settings of KEDA that do not depend on the cluster."""

    ARGS: ClassVar[type] = KedaArgs

    version: str = setting(TEXT, default=CHART_VERSION)
    namespace: str = setting(TEXT, default=NAMESPACE)
    replicas: int = setting(WHOLE, default=1, least=1)


@dataclass(frozen=True, kw_only=True)
class KedaSpec(KedaSettings):
    """The settings of a `Keda`."""

    cluster: ClusterRefSpec = section(ClusterRefSpec)
