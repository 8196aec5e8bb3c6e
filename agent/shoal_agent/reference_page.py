"""The reference of an agent's settings, metrics, probes and exit codes, made of the code.

``make docs`` writes it to docs/agent-reference.md; a test holds the page to the code. What a
name means is the comment beside it in ``contract``, or the text under it; a metric's text is
its own.
"""

import ast
import inspect
import re
from collections.abc import Iterator
from itertools import pairwise

from shoal_agent import contract
from shoal_agent.agent_error import ConfigurationError
from shoal_agent.metrics import AgentMetrics, Histogram, Metric
from shoal_agent.settings import read_settings

INTRODUCTION = """\
# Agent reference

What an agent process reads, serves and ends with. Everything here is `shoal_agent.contract`,
as a table; this page is written by `make docs`.
"""
SETTINGS = """\
## Environment variables

Times are in seconds. A value that is wrong ends the agent at its start with one sentence and
exit code 64; a `SHOAL_` variable that is not here is warned of, with the nearest name. Region,
endpoint and credentials come from the standard `AWS_` variables.
"""
METRICS = """\
## Metrics

On `{path}` of the metrics port, in Prometheus' text format. A metric's unit is in its name.
Buckets are upper bounds in seconds.
"""
PROBES = """\
## Probes

On the health port.
"""
EXIT_CODES = """\
## Exit codes
"""

_VARIABLE = re.compile(r'^([A-Z0-9_]+) = "(SHOAL_[A-Z0-9_]+)"(?:  # (.+))?$', re.MULTILINE)
_PROBE = re.compile(r'^[A-Z_]+_PATH = "(/[a-z]+)"  # (.+)$', re.MULTILINE)
_METRIC = re.compile(r'^METRIC_[A-Z_]+ = "([a-z_]+)"(?:  # (.+))?$', re.MULTILINE)


def agent_reference() -> str:
    """Return the whole page."""
    path = contract.METRICS_PATH
    parts = [
        INTRODUCTION,
        SETTINGS,
        _table(("Variable", "Default", "Meaning"), settings()),
        METRICS.format(path=path),
        _table(("Metric", "Type", "Labels", "Meaning", "Buckets"), metrics()),
        PROBES,
        _table(("Path", "Meaning"), probes()),
        EXIT_CODES,
        _table(("Code", "Name", "Meaning"), exit_codes()),
    ]
    return "\n".join(parts)


def settings() -> Iterator[tuple[str, ...]]:
    """Yield each variable, its default and its meaning."""
    required = _required()
    for name, variable, meaning in _VARIABLE.findall(inspect.getsource(contract)):
        default = getattr(contract, f"DEFAULT_{name}", None)
        if isinstance(default, bool):
            default = str(default).lower()
        shown = "" if default is None else f"`{default}`"
        yield f"`{variable}`", "required" if variable in required else shown, meaning


def metrics() -> Iterator[tuple[str, ...]]:
    """Yield each metric with its type, labels, meaning and buckets."""
    values = dict(_METRIC.findall(inspect.getsource(contract)))
    for metric in AgentMetrics().all:
        labels = ", ".join(f"`{label}`" for label in metric.labels)
        if "|" in values[metric.name]:
            labels += f": {values[metric.name].replace('|', ', ')}"
        yield f"`{metric.name}`", metric.kind, labels, metric.text, _buckets(metric)


def probes() -> Iterator[tuple[str, ...]]:
    """Yield each path and what it answers."""
    for path, meaning in _PROBE.findall(inspect.getsource(contract)):
        if path != contract.METRICS_PATH:
            yield f"`{path}`", meaning


def exit_codes() -> Iterator[tuple[str, ...]]:
    """Yield each exit code, its name and its meaning."""
    (tree,) = ast.parse(inspect.getsource(contract.ExitCode)).body
    body = tree.body if isinstance(tree, ast.ClassDef) else []
    for member, under in pairwise(body):
        if (
            isinstance(member, ast.Assign)
            and isinstance(member.targets[0], ast.Name)
            and isinstance(under, ast.Expr)
            and isinstance(under.value, ast.Constant)
        ):
            code = contract.ExitCode[member.targets[0].id]
            yield f"{code:d}", code.name, str(under.value.value)


def _required() -> set[str]:
    """Return the variables without which there is no agent."""
    try:
        read_settings({})
    except ConfigurationError as error:
        return {line.partition(" is not set")[0] for line in str(error).splitlines()}
    return set()


def _buckets(metric: Metric) -> str:
    if not isinstance(metric, Histogram):
        return ""
    return ", ".join(f"{bound:g}" for bound in metric.bounds_s)


def _table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
