"""The reference page says what the code does, and leaves nothing out."""

from pathlib import Path

import pytest

from shoal_agent import contract
from shoal_agent.contract import ExitCode
from shoal_agent.metrics import AgentMetrics
from shoal_agent.reference_page import (
    agent_reference,
    exit_codes,
    metrics,
    probes,
    settings,
)

PAGE = Path(__file__).parents[2] / "docs" / "agent-reference.md"


def test_the_page_agrees_with_the_code() -> None:
    assert PAGE.read_text() == agent_reference(), "run make docs"


def test_every_variable_of_the_contract_is_there_with_its_meaning() -> None:
    variables = {
        f"`{value}`"
        for value in vars(contract).values()
        if isinstance(value, str) and value.startswith("SHOAL_")
    }
    rows = {variable: meaning for variable, _, meaning in settings()}
    assert set(rows) == variables
    assert [variable for variable, meaning in rows.items() if not meaning] == []


def test_every_default_is_a_variable_s_and_the_required_ones_have_none() -> None:
    shown = {variable: default for variable, default, _ in settings()}
    defaults = [name for name in vars(contract) if name.startswith("DEFAULT_")]
    assert defaults
    for name in defaults:
        variable = getattr(contract, name.removeprefix("DEFAULT_"))
        assert shown[f"`{variable}`"] == f"`{str(getattr(contract, name)).lower()}`" or (
            shown[f"`{variable}`"] == f"`{getattr(contract, name)}`"
        )
    required = [variable for variable, default in shown.items() if default == "required"]
    assert required == ["`SHOAL_HANDLER`", "`SHOAL_QUEUE_URL`"]


def test_every_metric_probe_and_exit_code_is_there_with_its_meaning() -> None:
    named = [value for name, value in vars(contract).items() if name.startswith("METRIC_")]
    assert sorted(row[0] for row in metrics()) == sorted(f"`{name}`" for name in named)
    assert [row[0] for row in probes()] == ["`/livez`", "`/readyz`"]
    assert [row[1] for row in exit_codes()] == [code.name for code in ExitCode]
    for row in (*metrics(), *probes(), *exit_codes()):
        assert all(row[:2])
        assert len(max(row, key=len)) > 20


@pytest.mark.parametrize("metric", AgentMetrics().all, ids=lambda metric: str(metric.name))
def test_a_metric_s_name_ends_as_its_type_asks(metric: object) -> None:
    name, kind = vars(metric)["name"], type(metric).kind  # type: ignore[attr-defined]
    assert name.endswith("_total") is (kind == "counter")
    assert name.endswith("_seconds") is (kind == "histogram")
