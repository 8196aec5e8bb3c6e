"""``python -m shoal_agent`` is ``shoal-agent``."""

import sys

from shoal_agent.cli import main

sys.exit(main())
