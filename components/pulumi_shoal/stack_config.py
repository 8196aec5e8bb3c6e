"""The road from `Pulumi.<stack>.yaml` to checked settings."""

from dataclasses import replace
from typing import Any

import pulumi
from pulumi.runtime.config import CONFIG

from pulumi_shoal.checks import checked_plan, enforce
from pulumi_shoal.problem import Place, yaml_key
from pulumi_shoal.settings_reader import read, settings_of
from pulumi_shoal.stack_settings import AgentSettings, NewCluster, StackSettings

NAMESPACE = "shoal"
_TOP = Place(f"{NAMESPACE}:", yaml_key)


def read_stack_settings() -> StackSettings:
    """Return the stack's settings, every one of them checked.

    Raises SettingsError, which Pulumi prints without a traceback, before any resource exists.
    """
    settings = read(StackSettings, _raw(), _TOP)
    enforce(_subjects(settings))
    for index, agent in enumerate(settings.agents):
        checked_plan(agent, _TOP.item(f"agents[{index}]"))
    if not pulumi.runtime.is_config_secret(f"{NAMESPACE}:agents"):
        return settings
    return replace(settings, agents=[_keep_secret(agent) for agent in settings.agents])


def _raw() -> dict[str, Any]:
    """Return what stands under `shoal:`, unknown keys included."""
    config = pulumi.Config(NAMESPACE)
    plain = {name for name, (_, what) in settings_of(StackSettings).items() if what.kind}
    names = [key.partition(":")[2] for key in CONFIG.get() if key.startswith(f"{NAMESPACE}:")]
    return {name: config.get(name) if name in plain else _section(config, name) for name in names}


def _section(config: pulumi.Config, name: str) -> Any:
    try:
        return config.get_object(name)
    except pulumi.ConfigTypeError:
        return config.get(name)


def _subjects(settings: StackSettings) -> list[tuple[Place, Any]]:
    """Return all that has rules, with the place where the user wrote it."""
    subjects: list[tuple[Place, Any]] = [(_TOP, settings)]
    if isinstance(settings.cluster, NewCluster):
        subjects.append((_TOP.item("cluster"), settings.cluster))
    for index, agent in enumerate(settings.agents):
        place = _TOP.item(f"agents[{index}]")
        subjects += [(place, agent), (place.item("queue"), agent.queue)]
        if agent.build is not None:
            subjects.append((place.item("build"), agent.build))
    return subjects


def _keep_secret(agent: AgentSettings) -> AgentSettings:
    """Mark the environment secret where any part of `shoal:agents` is: Pulumi tells no more."""
    secret = {name: pulumi.Output.secret(value) for name, value in agent.environment.items()}
    return replace(agent, environment=dict(secret))
