// Only marks the module's root: versions come from ../../cluster/tools/kubernetes by -modfile.
module shoal/tests/planner/hpa_controller

go 1.26.0
