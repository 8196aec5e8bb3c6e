"""`python -m shoal_planner`: the same as `shoal-plan`."""

import sys

from shoal_planner.cli import main

if __name__ == "__main__":
    sys.exit(main())
