"""What can be wrong with a stack's settings beyond its parts, one function for each mistake."""

from collections import Counter
from collections.abc import Callable

from pulumi_shoal.problem import Problem, Severity
from pulumi_shoal.stack_settings import AgentSettings, LaptopCluster, StackSettings


def no_agents(stack: StackSettings) -> Problem | None:
    """A stack without agents is most often a slip of indentation."""
    if stack.agents:
        return None
    return Problem(
        code="no-agents",
        key="agents",
        value=[],
        allowed="at least one agent",
        why="the stack exists to run them",
        fix="add one",
    )


def agent_named_twice(stack: StackSettings) -> Problem | None:
    """Names become resources, so a second one would collide with the first."""
    counts = Counter(agent.name for agent in stack.agents)
    name = next((name for name, count in counts.items() if count > 1), None)
    if name is None:
        return None
    return Problem(
        code="agent-named-twice",
        key="agents",
        value=name,
        allowed="names that differ",
        why="everything made for an agent carries its name",
        fix="rename one of the two",
    )


def laptop_installs_keda(stack: StackSettings) -> Problem | None:
    """There is no cluster to install it on."""
    if not isinstance(stack.cluster, LaptopCluster) or not stack.keda.install:
        return None
    return Problem(
        code="laptop-installs-keda",
        key="keda.install",
        value=True,
        allowed="false on a laptop",
        why="there is no cluster to install it on; shoal-local scales by the same rules",
        fix="set it to false",
    )


def laptop_builds_an_image(stack: StackSettings) -> Problem | None:
    """The laptop runs processes, not containers."""
    builds = [agent.name for agent in stack.agents if agent.build is not None]
    if not isinstance(stack.cluster, LaptopCluster) or not builds:
        return None
    return Problem(
        code="laptop-builds-image",
        key="agents",
        value=builds[0],
        allowed="{image} instead of {build} on a laptop",
        why="there is no repository to push to, and agents run as processes",
        fix="name any image",
    )


def keda_is_missing(stack: StackSettings) -> Problem | None:
    """A cluster that the stack has just made has no KEDA of its own."""
    if stack.keda.install or stack.cluster.kind != "new":
        return None
    return Problem(
        code="keda-missing",
        key="keda.install",
        value=False,
        allowed="true with a new cluster",
        why="nothing else installs it there, and no fleet would ever scale",
        fix="remove it, or set it to true",
    )


def keda_cannot_measure(stack: StackSettings) -> Problem | None:
    """Access denied shows in KEDA's log alone, and the fleet stays at zero."""
    given = stack.keda.operator_role_name is not None
    if stack.keda.install or given or stack.cluster.kind != "existing":
        return None
    return Problem(
        code="keda-role-unknown",
        key="keda.operator_role_name",
        value=None,
        allowed="the name of the IAM role of KEDA's operator",
        why="it must be allowed sqs:GetQueueAttributes on every queue, and the stack adds that",
        fix="add it, unless the operator has the permission already",
        severity=Severity.WARNING,
    )


def image_and_build(agent: AgentSettings) -> Problem | None:
    """An agent runs one image."""
    if (agent.image is None) != (agent.build is None):
        return None
    both = agent.image is not None
    return Problem(
        code="image-and-build" if both else "no-image",
        key="image",
        value=agent.image,
        allowed="one of {image} and {build}",
        why="an agent runs one image",
        fix="remove one of the two" if both else "give a reference, or a folder to build",
    )


STACK_RULES: tuple[Callable[[StackSettings], Problem | None], ...] = (
    no_agents,
    agent_named_twice,
    laptop_installs_keda,
    laptop_builds_an_image,
    keda_is_missing,
    keda_cannot_measure,
)
STACK_AGENT_RULES: tuple[Callable[[AgentSettings], Problem | None], ...] = (image_and_build,)
