"""Run every benchmark of the project, one after the other: ``make bench``."""

import importlib
import sys

BENCHES = {"planner": "bench.planner.bench_planner", "agent": "bench.agent.bench_agent"}


def main() -> None:
    """Run the named benchmarks, or all."""
    chosen = sys.argv[1:] or list(BENCHES)
    unknown = [name for name in chosen if name not in BENCHES]
    if unknown:
        sys.exit(f"bench: no benchmark {unknown[0]!r}; there are {', '.join(BENCHES)}")
    for name in chosen:
        importlib.import_module(BENCHES[name]).main()


if __name__ == "__main__":
    main()
