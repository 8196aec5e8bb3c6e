"""What the soaks found, side by side."""

from collections.abc import Sequence

from rich.table import Table
from tests.agent.soak.soak_run import SoakRun


def soak_table(runs: Sequence[SoakRun]) -> Table:
    """Return one column for each run."""
    table = Table("", title="Soak")
    for run in runs:
        table.add_column(run.server, justify="right")
    columns = [_figures(run) for run in runs]
    for title in dict.fromkeys(title for column in columns for title in column):
        table.add_row(title, *(column.get(title, "-") for column in columns))
    return table


def _figures(run: SoakRun) -> dict[str, str]:
    ledger, fleet = run.ledger, run.fleet
    repeats = len(list(ledger.repeats()))
    counts = {
        "messages": len(run.plans),
        "messages/s, to the last retry": round(len(run.plans) / run.elapsed_s),
        "deliveries": ledger.received,
        "handler calls": ledger.handled,
        "calls again, as planned": ledger.handled - len(run.plans) - repeats,
        "calls again, after a kill": repeats,
        "held by agents when killed, at most": fleet.held_at_kills,
        "agents killed": len(fleet.killed),
        "agents drained and replaced": fleet.drained,
        "agents that asked to be replaced": fleet.replaced_themselves,
        "dead letters": len(run.dead_letters),
    }
    memory = {
        f"MB of the {name} agent, warm → end": f"{warm_mb:.0f} → {end_mb:.0f}"
        for name, (warm_mb, end_mb) in fleet.memory_mb().items()
    }
    return {
        "seconds": f"{run.elapsed_s:,.0f}",
        **{title: f"{count:,}" for title, count in counts.items()},
        **memory,
        "violations": f"{len(run.violations):,}",
    }
