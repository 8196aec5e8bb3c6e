"""``python -m shoal_local`` is ``shoal-local``."""

import sys

from shoal_local.cli import main

sys.exit(main())
