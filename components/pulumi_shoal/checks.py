"""The check of settings before the first resource: one entry, for every kind of settings.

A rule is a function from checked-by-type settings to a Problem or None. Rules stand in one
list for each class of settings and run for its subclasses too, so that what protects a
stack's YAML protects a component in somebody else's program.
"""

from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from typing import Any, TypeVar

import pulumi

from pulumi_shoal.agent_plan import AgentPlan, plan_agent
from pulumi_shoal.agent_rules import AGENT_RULES
from pulumi_shoal.agent_spec import AgentSpec
from pulumi_shoal.cluster_rules import CLUSTER_RULES
from pulumi_shoal.cluster_spec import EksClusterSpec
from pulumi_shoal.image_rules import IMAGE_RULES
from pulumi_shoal.image_spec import AgentImageSpec
from pulumi_shoal.problem import Place, Problem, SettingsError, Severity
from pulumi_shoal.queue_rules import QUEUE_RULES
from pulumi_shoal.queue_spec import QueueSpec
from pulumi_shoal.settings_reader import read
from pulumi_shoal.stack_rules import STACK_AGENT_RULES, STACK_RULES
from pulumi_shoal.stack_settings import AgentSettings, StackSettings
from shoal_planner.planner_input_error import PlannerInputError

Rule = Callable[[Any], Problem | None]

RULES: Mapping[type, tuple[Rule, ...]] = {
    AgentSpec: AGENT_RULES,
    QueueSpec: QUEUE_RULES,
    AgentImageSpec: IMAGE_RULES,
    EksClusterSpec: CLUSTER_RULES,
    StackSettings: STACK_RULES,
    AgentSettings: STACK_AGENT_RULES,
}

_Spec = TypeVar("_Spec")
_SAID: ContextVar[frozenset[tuple[str, str]]] = ContextVar("_SAID", default=frozenset())


def read_args(cls: type[_Spec], component: str, args: Mapping[str, Any]) -> _Spec:
    """Return a component's arguments as checked settings; raise SettingsError otherwise."""
    place = Place(f"{component}: ")
    spec = read(cls, args, place)
    enforce([(place, spec)])
    return spec


def enforce(subjects: list[tuple[Place, Any]]) -> None:
    """Warn of what is doubtful, then raise SettingsError for what cannot work."""
    found = [(place, problem) for place, spec in subjects for problem in problems_of(spec)]
    for place, problem in found:
        if problem.severity is Severity.WARNING:
            _warn_once(place, problem)
    errors = [(place, problem) for place, problem in found if problem.severity is Severity.ERROR]
    if errors:
        raise SettingsError(errors)


def _warn_once(place: Place, problem: Problem) -> None:
    """Warn, unless the stack has said the same of the settings that it made a component of."""
    said = _SAID.get()
    mark = (problem.code, repr(problem.value))
    if mark not in said:
        _SAID.set(said | {mark})
        pulumi.warn(place.describe(problem))


def problems_of(spec: Any) -> Iterator[Problem]:
    """Yield what every rule for the settings' class finds."""
    for subject, rules in RULES.items():
        if isinstance(spec, subject):
            yield from filter(None, (rule(spec) for rule in rules))


def checked_plan(spec: AgentSpec, place: Place) -> AgentPlan:
    """Return a checked agent's plan, with the planner's objections in the user's own keys."""
    try:
        return plan_agent(spec)
    except PlannerInputError as error:
        problem = Problem(
            code="cannot-be-planned",
            key=error.parameter,
            value=error.value,
            allowed=error.allowed,
            why=error.why,
            fix=error.fix,
        )
        raise SettingsError([(place, problem)]) from None
